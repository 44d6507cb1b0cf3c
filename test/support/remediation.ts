/** Findings, settings and a run, as the tests of remediation hand them in. */
import type { Resource } from '../../src/engine/model.ts';
import type { ChosenRule } from '../../src/engine/rule.ts';
import { rules } from '../../src/engine/rules/index.ts';
import type { Action, ActionContext, Obstacle, Proposal } from '../../src/remediate/action.ts';
import type { Target } from '../../src/remediate/change.ts';
import type { MendedRule } from '../../src/remediate/settings.ts';
import { remediationSchema } from '../../src/remediate/settings.ts';
import type { JudgedResource, PlanSettings } from '../../src/remediate/plan.ts';
import type { RunContext } from '../../src/remediate/run.ts';
import type { MemoryAws } from './memory-aws.ts';
import { memoryStore } from './memory-aws.ts';

const SCOPE = { accountId: '111122223333', partition: 'aws', region: 'eu-west-1' };

const TYPES = {
  's3-bucket-encrypted': 'AWS::S3::Bucket',
  'ebs-volumes-encrypted': 'AWS::EC2::Volume',
  'ec2-required-tags': 'AWS::EC2::Instance',
  'ec2-security-group-restricted': 'AWS::EC2::SecurityGroup',
  'rds-backup-retention': 'AWS::RDS::DBInstance',
} as const satisfies Record<MendedRule, Resource['type']>;

const ARNS: Readonly<Record<string, string>> = {
  'AWS::S3::Bucket': 'arn:aws:s3:::',
  'AWS::EC2::Volume': 'arn:aws:ec2:eu-west-1:111122223333:volume/',
  'AWS::EC2::Instance': 'arn:aws:ec2:eu-west-1:111122223333:instance/',
  'AWS::EC2::SecurityGroup': 'arn:aws:ec2:eu-west-1:111122223333:security-group/',
  'AWS::RDS::DBInstance': 'arn:aws:rds:eu-west-1:111122223333:db:',
  'AWS::RDS::DBCluster': 'arn:aws:rds:eu-west-1:111122223333:cluster:',
};

/** A failure of one of the rules that are mended. */
export function finding(ruleId: MendedRule, id: string, changes: Partial<JudgedResource> = {}): JudgedResource {
  const type = changes.resource_type ?? TYPES[ruleId];
  return {
    rule_id: ruleId,
    severity: 'high',
    status: 'FAIL',
    message: `${id} fails.`,
    resource_type: type,
    resource_id: id,
    resource_arn: `${ARNS[type]}${id}`,
    account_id: SCOPE.accountId,
    region: SCOPE.region,
    ...changes,
  };
}

function chosenRule(id: string, parameters: object = {}): ChosenRule {
  const rule = rules.find((one) => one.id === id);
  if (rule === undefined) throw new Error(`There is no rule ${id}.`);
  return { rule, parameters: rule.parameters.parse(parameters) };
}

/**
 * @param remediation the section, with `mode: apply` for each rule that does not say otherwise
 * @param parameters of rules, by id
 */
export function planSettings(
  remediation: { readonly rules: Readonly<Record<string, object>>; readonly [key: string]: unknown },
  parameters: Readonly<Record<string, object>> = {},
  changes: Partial<PlanSettings> = {},
): PlanSettings {
  const modes = Object.entries(remediation.rules).map(([id, rule]) => [id, { mode: 'apply', ...rule }]);
  return {
    remediation: remediationSchema.parse({ ...remediation, rules: Object.fromEntries(modes) }),
    rules: Object.keys(TYPES).map((id) => chosenRule(id, parameters[id])),
    waivers: [],
    asOf: new Date('2026-11-21T06:00:00Z'),
    ...changes,
  };
}

/** A run of `ada`'s over an account in memory, whose clock ticks a second each time it is read. */
export function runContext(aws: Pick<MemoryAws, 'clients'>, changes: Partial<RunContext> = {}): RunContext {
  let ticks = 0;
  const signal = new AbortController().signal;
  return {
    open: async (accountId, region) =>
      accountId === SCOPE.accountId ? { clients: aws.clients, scope: { ...SCOPE, region } } : undefined,
    signal,
    stop: signal,
    store: memoryStore(),
    identity: { runId: '2026-11-21.run', environment: 'dev', actor: 'ada' },
    clock: () => new Date(Date.UTC(2026, 10, 21, 6, 0, (ticks += 1))),
    pause: async () => {},
    ...changes,
  };
}

/** Reads one resource and asks its action what to do; as a plan does, without settings that hold it back. */
export async function proposed<Rule extends MendedRule, Detail>(
  action: Action<Rule, Detail>,
  aws: Pick<MemoryAws, 'clients'>,
  id: string,
  given: { readonly settings?: object; readonly parameters?: object; readonly type?: Resource['type'] } = {},
): Promise<Proposal | Obstacle | 'gone'> {
  const { settings = {}, parameters = {}, type = TYPES[action.rule] } = given;
  const { rule, parameters: parsed } = chosenRule(action.rule, parameters);
  const { remediation } = planSettings({ rules: { [action.rule]: settings } });
  const live = await action.read(targetOf(type, id), actingOn(aws));
  if (live === undefined) return 'gone';
  return action.plan(live, {
    settings: remediation!.rules[action.rule] as never,
    parameters: parsed,
    judge: (resource) => rule.check(resource, { parameters: parsed, related: () => undefined }),
  });
}

export function actingOn({ clients }: Pick<MemoryAws, 'clients'>): ActionContext {
  return { clients, scope: SCOPE, signal: new AbortController().signal };
}

export function targetOf(type: Resource['type'], id: string): Target {
  return { arn: `${ARNS[type]}${id}`, id, type, accountId: SCOPE.accountId, region: SCOPE.region };
}
