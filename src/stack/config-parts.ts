/** AWS Config: the recorder, unless the account has one, our rules in it, and the view over several regions. */
import { ruleNamed } from '../config/rule-names.ts';
import type { Configuration } from '../config/schema.ts';
import { judgedTypes } from '../engine/rule.ts';
import { rules } from '../engine/rules/index.ts';
import { ON_BEHALF_WITH_KEY } from '../functions/permissions.ts';
import type { Blueprint } from './blueprints.ts';
import { bucketFor } from './parts.ts';
import type { Names } from './names.ts';
import type { StackSettings } from './settings.ts';
import { onBehalf } from './role-policy.ts';
import { KEY_ARN } from './spec.ts';
import type { BucketSpec, ConfigRuleSpec, ConfigSpec, RecorderSpec, StackSpec } from './spec.ts';

export interface ConfigPlan {
  readonly names: Names;
  readonly blueprint: Blueprint;
  readonly configuration: Configuration;
  readonly stack: StackSettings;
  readonly buckets: StackSpec['buckets'];
  /** The account's recorder, where it is not the stack's. */
  readonly adopted?: string;
}

/** What is recorded: what the rules judge, and IAM for S2-1. In the order that AWS Config gives them back in. */
export const RECORDED_TYPES = [
  'AWS::EC2::Instance',
  'AWS::IAM::Group',
  'AWS::IAM::Policy',
  'AWS::IAM::Role',
  'AWS::IAM::User',
  'AWS::RDS::DBCluster',
  'AWS::RDS::DBInstance',
  'AWS::S3::Bucket',
];

export function configParts(plan: ConfigPlan): ConfigSpec | undefined {
  const { names, blueprint, configuration, buckets, adopted } = plan;
  const delivery = bucketFor('delivery', buckets);
  const evaluator = blueprint.functions['config-evaluator'];
  if (evaluator === undefined) return undefined;
  const functionArn = names.arn('lambda', `function:${names.named(evaluator)}`);
  return {
    ...(delivery !== undefined && { recorder: recorder(delivery, names) }),
    ...(adopted !== undefined && { adopted }),
    rules: Object.entries(blueprint.configRules).map(([part, ruleId]) =>
      configRule({ part, ruleId, functionArn }, plan),
    ),
    ...(blueprint.aggregates && {
      aggregator: {
        name: names.named('config-aggregator'),
        accountId: names.place.accountId,
        regions: [...new Set(configuration.regions ?? [names.place.region])],
      },
    }),
  };
}

function recorder(delivery: BucketSpec, names: Names): RecorderSpec {
  const { place, named, globalArn } = names;
  return {
    name: named('config-recorder'),
    channel: named('config-delivery-channel'),
    bucket: delivery.name,
    resourceTypes: RECORDED_TYPES,
    role: {
      name: named('config-role'),
      arn: globalArn('iam', `role/${named('config-role')}`),
      description: 'What AWS Config reads of the account, and where it delivers.',
      service: 'config.amazonaws.com',
      managedPolicies: [`arn:${place.partition}:iam::aws:policy/service-role/AWS_ConfigRole`],
      policyName: named('config-policy'),
      policy: [
        { sid: 'Bucket', effect: 'Allow', actions: ['s3:GetBucketVersioning'], resources: [delivery.arn] },
        {
          sid: 'Objects',
          effect: 'Allow',
          actions: ['s3:GetObject', 's3:PutObject'],
          resources: [`${delivery.arn}/*`],
        },
        ...(delivery.encryption === 'customer-key' ? [onBehalf('Key', ON_BEHALF_WITH_KEY, KEY_ARN)] : []),
      ],
    },
  };
}

function configRule(
  { part, ruleId, functionArn }: { readonly part: string; readonly ruleId: string; readonly functionArn: string },
  { names, stack }: ConfigPlan,
): ConfigRuleSpec {
  const rule = ruleNamed(ruleId, rules);
  const every = stack.configRules?.every;
  return {
    name: names.named(part),
    description: rule.title,
    functionArn,
    resourceTypes: judgedTypes(rule),
    ...(every !== undefined && { periodic: every }),
    parameters: { ruleId },
  };
}
