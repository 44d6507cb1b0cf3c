/** Every rule, by id in the order in which `rules` lists them. A new rule is one line here. */
import type { AnyRule } from '../rule.ts';
import { ec2RequiredTags } from './ec2-required-tags.ts';
import { ec2SecurityGroupRestricted } from './ec2-security-group-restricted.ts';

export const rules: readonly AnyRule[] = [ec2RequiredTags, ec2SecurityGroupRestricted];
