/** `report --kind health --print-iam-policy`: what looking takes, on the parts of one stack alone. */
import type { PolicyStatement, StackSpec } from '../stack/spec.ts';
import { callsFor } from './calls.ts';
import type { Target } from './calls.ts';
import { queuesOf, rolesOf } from './stack-parts.ts';

/** Statements for every call that looking at this stack makes, by what they are about. */
export function healthPolicy(spec: StackSpec): PolicyStatement[] {
  const calls = callsFor(spec);
  return [...Map.groupBy(calls, ({ of }) => groupOf(of, spec))].map(([sid, ofGroup]) => {
    const actions = [...new Set(ofGroup.map(({ action }) => action))].toSorted();
    const target = ofGroup[0]?.of;
    const resources = target !== undefined && target in RESOURCES ? RESOURCES[target as Target](spec) : [];
    const base = { sid, effect: 'Allow', actions } as const;
    if (resources.length === 0) {
      return {
        ...base,
        resources: ['*'],
        conditions: { StringEquals: { 'aws:RequestedRegion': [spec.place.region] } },
        reason: 'These actions support no resource.',
      };
    }
    if (target !== 'key' || spec.key === undefined) return { ...base, resources };
    return {
      ...base,
      resources,
      conditions: { 'ForAnyValue:StringEquals': { 'kms:ResourceAliases': [spec.key.alias] } },
      reason: 'AWS makes up the ids of keys: this stack’s is known by its alias.',
    };
  });
}

/** What supports no ARN goes together. */
function groupOf(of: string, spec: StackSpec): string {
  const limited = of in RESOURCES && RESOURCES[of as Target](spec).length > 0;
  return limited ? `${of.charAt(0).toUpperCase()}${of.slice(1)}` : 'Unlimited';
}

const RESOURCES: Readonly<Record<Target, (spec: StackSpec) => string[]>> = {
  functions: ({ functions }) =>
    functions.flatMap(({ arn, onSuccess }) => [arn, ...(onSuccess === undefined ? [] : [onSuccess.aliasArn])]),
  alarms: (spec) => spec.alarms.map(({ name }) => regional(spec, 'cloudwatch', `alarm:${name}`)),
  dashboard: ({ dashboard, place }) =>
    dashboard === undefined
      ? []
      : [`arn:${place.partition}:cloudwatch::${place.accountId}:dashboard/${dashboard.name}`],
  topics: ({ topics }) => topics.map(({ arn }) => arn),
  buckets: ({ buckets }) => buckets.map(({ arn }) => arn),
  rules: ({ schedules, events }) => [...schedules, ...events].map(({ arn }) => arn),
  queues: (spec) => queuesOf(spec).map(({ spec: { arn } }) => arn),
  table: ({ table }) => (table === undefined ? [] : [table.arn]),
  key: (spec) => [regional(spec, 'kms', 'key/*')],
  // Which recorder the account has is found out by asking for all of them.
  recorder: (spec) => [regional(spec, 'config', 'configuration-recorder/*')],
  aggregator: (spec) => [regional(spec, 'config', 'config-aggregator/*')],
  roles: (spec) => rolesOf(spec).map(({ arn }) => arn),
};

function regional({ place: { partition, region, accountId } }: StackSpec, service: string, resource: string): string {
  return `arn:${partition}:${service}:${region}:${accountId}:${resource}`;
}

/** The document as IAM takes it. */
export function healthPolicyText(spec: StackSpec): string {
  const statements = healthPolicy(spec).map(({ sid, effect, actions, resources, conditions }) => ({
    Sid: sid,
    Effect: effect,
    Action: actions,
    Resource: resources,
    ...(conditions !== undefined && { Condition: conditions }),
  }));
  return `${JSON.stringify({ Version: '2012-10-17', Statement: statements }, undefined, 2)}\n`;
}
