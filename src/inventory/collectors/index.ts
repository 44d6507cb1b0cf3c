/** Every collector. A new one is one line here. */
import type { Collector } from '../collector.ts';
import { ebsVolumes } from './ebs-volumes.ts';
import { ec2Instances } from './ec2-instances.ts';
import { rdsDbClusters } from './rds-db-clusters.ts';
import { rdsDbInstances } from './rds-db-instances.ts';
import { s3Buckets } from './s3-buckets.ts';

/** In stream order: within a service, what others point at comes first. */
export const collectors: readonly Collector[] = [ec2Instances, ebsVolumes, rdsDbClusters, rdsDbInstances, s3Buckets];
