/** `optimize --print-iam-policy`: what it may call, printed without asking AWS for anything. Made of the calls that it makes. */
import type { Call } from '../aws/call.ts';
import { GET_PRODUCTS } from '../prices/live-prices.ts';
import {
  BETTER,
  CREATE_GRANT,
  INCLUDED,
  INCREASE_REPLICA_COUNT,
  LIST_ACCOUNT_ALIASES,
  NEEDED,
  REGISTER_SCALABLE_TARGET,
  SNAPSHOT,
  START_DB_CLUSTER,
  START_DB_INSTANCE,
  START_INSTANCES,
} from './calls.ts';
import type { OptionalKind } from './model.ts';
import { TASKS } from './discover/scaling-limits.ts';
import { GET_LEDGER, LIST_LEDGER, PUT_LEDGER } from './ledger-bucket.ts';
import { bucketOf } from './open-ledger.ts';

export interface PolicyScope {
  readonly region: string;
  /** Any where not given: which they are is not known before AWS is asked, and a policy holds in its own account only. */
  readonly partition?: string;
  readonly accountId?: string;
  /** A folder, or `s3://bucket/prefix`. */
  readonly ledger?: string;
  /** What is stopped besides. */
  readonly include?: readonly OptionalKind[];
  /** For putting back too: true where not given. */
  readonly restore?: boolean;
  /** For snapshots that are taken first. */
  readonly snapshotFirst?: boolean;
  /** Where prices come from: `bundled` asks AWS for none. */
  readonly prices?: string;
  /** What is called instead of what scaling down calls. */
  readonly calls?: readonly Call[];
}

export interface PolicyStatement {
  /** Letters and digits alone. */
  readonly sid: string;
  readonly actions: readonly string[];
  readonly resources: readonly string[];
  readonly conditions?: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;
  /** Why it is `*`; not printed. */
  readonly reason?: string;
}

/**
 * The least policy for whoever scales down and puts back.
 *
 * @throws UserError `BAD_LEDGER` where the ledger is neither a folder nor a place in S3
 */
export function optimizePolicy(scope: PolicyScope): string {
  const document = {
    Version: '2012-10-17',
    Statement: optimizeStatements(scope).map(({ sid, actions, resources, conditions }) => ({
      Sid: sid,
      Effect: 'Allow',
      Action: actions,
      Resource: resources,
      ...(conditions !== undefined && { Condition: conditions }),
    })),
  };
  return `${JSON.stringify(document, undefined, 2)}\n`;
}

/** Statements by what they are about, in the order of the calls. */
export function optimizeStatements(scope: PolicyScope): PolicyStatement[] {
  const calls = scope.calls?.filter((call) => scope.prices !== 'bundled' || call !== GET_PRODUCTS) ?? callsOf(scope);
  const byTarget = Map.groupBy(calls, (call) => targetOf(call, scope));
  return [...byTarget].map(([target, ofTarget]) => statementFor(target, ofTarget, scope));
}

/** What only putting back makes. */
const RAISING: ReadonlySet<Call> = new Set([
  CREATE_GRANT,
  INCREASE_REPLICA_COUNT,
  START_DB_CLUSTER,
  START_DB_INSTANCE,
  START_INSTANCES,
]);

function callsOf({ restore = true, snapshotFirst = false, prices, ledger, include = [] }: PolicyScope): Call[] {
  const chosen = include.map((kind) => INCLUDED[kind]);
  const calls = [
    ...NEEDED,
    ...chosen.flatMap(({ needed }) => needed),
    ...[...BETTER, ...chosen.flatMap(({ better }) => better)].map(({ call }) => call),
  ].filter((call) => (restore || !RAISING.has(call)) && (prices !== 'bundled' || call !== GET_PRODUCTS));
  const inBucket = ledger !== undefined && bucketOf(ledger) !== undefined;
  return [...calls, ...(snapshotFirst ? SNAPSHOT : []), ...(inBucket ? [PUT_LEDGER, GET_LEDGER, LIST_LEDGER] : [])];
}

/** The ARN that a call is limited to, or for which region it is where there is none. */
function targetOf(call: Call, scope: PolicyScope): string {
  const { region, partition = '*', accountId = '*', ledger = '' } = scope;
  if (call.resource === null) return isGlobal(call) ? 'global' : 'regional';
  const { bucket = '', prefix = '' } = (ledger === '' ? undefined : bucketOf(ledger)) ?? {};
  const places = {
    partition,
    region,
    account: accountId,
    bucket,
    prefix: prefix === '' ? '' : `${prefix}/`,
  };
  return call.resource.replaceAll(
    /\{(partition|region|account|bucket|prefix)\}/g,
    (_, name: keyof typeof places) => places[name],
  );
}

/** Answered from one region, whichever region is scaled down. */
function isGlobal(call: Call): boolean {
  return call === LIST_ACCOUNT_ALIASES || call === GET_PRODUCTS;
}

function statementFor(target: string, calls: readonly Call[], { region }: PolicyScope): PolicyStatement {
  const actions = [...new Set(calls.map(({ action }) => action))].toSorted();
  switch (target) {
    case 'global':
      return { sid: 'Global', actions, resources: ['*'], reason: 'These actions support no resource, and no region.' };
    case 'regional':
      return {
        sid: 'WithoutResources',
        actions,
        resources: ['*'],
        conditions: { StringEquals: { 'aws:RequestedRegion': [region] } },
        reason: 'These actions support no resource.',
      };
    default: {
      const conditions = calls.map((call) => CONDITIONS.get(call)).find((own) => own !== undefined);
      return { sid: sidOf(target), actions, resources: [target], ...(conditions !== undefined && { conditions }) };
    }
  }
}

/** What a call is limited to besides. It holds for the whole statement: no other call has the resource. */
const CONDITIONS: ReadonlyMap<Call, NonNullable<PolicyStatement['conditions']>> = new Map([
  [
    // Of all that can be registered, the tasks of services: AWS makes the ids of targets up.
    REGISTER_SCALABLE_TARGET,
    {
      StringEquals: {
        'application-autoscaling:service-namespace': [TASKS.ServiceNamespace],
        'application-autoscaling:scalable-dimension': [TASKS.ScalableDimension],
      },
    },
  ],
  [
    // For EC2 to use a key, and for no other service (kms:ViaService: docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html).
    CREATE_GRANT,
    {
      Bool: { 'kms:GrantIsForAWSResource': ['true'] },
      StringLike: { 'kms:ViaService': ['ec2.*.amazonaws.com*'] },
    },
  ],
]);

/** `RdsClusterSnapshot` of `arn:aws:rds:eu-west-1:111122223333:cluster-snapshot:*`; `S3Object` and `S3Bucket` of what has no type. */
function sidOf(arn: string): string {
  const [, , service = '', , , ...rest] = arn.split(':');
  const [first = ''] = rest.join(':').split(/[:/]/);
  const type = service === 's3' ? (arn.includes('/') ? 'object' : 'bucket') : first;
  return [...service.split('-'), ...type.split('-')]
    .map((word) => `${word.slice(0, 1).toUpperCase()}${word.slice(1)}`)
    .join('');
}
