import type { AnyAction } from '../action.ts';
import type { ActionId } from '../change.ts';
import type { MendedRule } from '../settings.ts';
import { ebsDefaultEncryption } from './ebs-default-encryption.ts';
import { ec2RequiredTags } from './ec2-required-tags.ts';
import { ec2SecurityGroupWorldRules } from './ec2-security-group-world-rules.ts';
import { rdsBackupRetention } from './rds-backup-retention.ts';
import { s3DefaultEncryption } from './s3-default-encryption.ts';

/** The action that mends a rule's findings, by rule. */
export const ACTIONS: Readonly<Record<MendedRule, AnyAction>> = {
  's3-bucket-encrypted': s3DefaultEncryption,
  'ebs-volumes-encrypted': ebsDefaultEncryption,
  'ec2-required-tags': ec2RequiredTags,
  'ec2-security-group-restricted': ec2SecurityGroupWorldRules,
  'rds-backup-retention': rdsBackupRetention,
};

/** @throws Error where this version has no such action, which no record of it names */
export function actionNamed(id: ActionId): AnyAction {
  const action = Object.values(ACTIONS).find((one) => one.id === id);
  if (action === undefined) throw new Error(`There is no action ${id}`);
  return action;
}

export function isMended(ruleId: string): ruleId is MendedRule {
  return Object.hasOwn(ACTIONS, ruleId);
}
