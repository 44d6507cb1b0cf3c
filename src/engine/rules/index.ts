/** Every rule, in the order of the ids. A new rule is one line here. */
import type { AnyRule } from '../rule.ts';
import { ebsVolumesEncrypted } from './ebs-volumes-encrypted.ts';
import { ec2ApprovedInstanceType } from './ec2-approved-instance-type.ts';
import { ec2NoPublicIp } from './ec2-no-public-ip.ts';
import { ec2RequiredTags } from './ec2-required-tags.ts';
import { ec2SecurityGroupRestricted } from './ec2-security-group-restricted.ts';
import { rdsBackupRetention } from './rds-backup-retention.ts';
import { s3BucketEncrypted } from './s3-bucket-encrypted.ts';

export const rules: readonly AnyRule[] = [
  ebsVolumesEncrypted,
  ec2ApprovedInstanceType,
  ec2NoPublicIp,
  ec2RequiredTags,
  ec2SecurityGroupRestricted,
  rdsBackupRetention,
  s3BucketEncrypted,
];
