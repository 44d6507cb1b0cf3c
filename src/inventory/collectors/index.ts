/** Every collector. A new one is one line here. */
import type { Collector } from '../collector.ts';
import { ec2Instances } from './ec2-instances.ts';
import { ec2SecurityGroups } from './ec2-security-groups.ts';

/** In stream order: within a service, what others point at comes first. */
export const collectors: readonly Collector[] = [ec2SecurityGroups, ec2Instances];
