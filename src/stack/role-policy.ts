/** What a function's role allows: the calls that it makes, on the stack's own parts, and what AWS does in its name. */
import type { Call } from '../aws/call.ts';
import type { FunctionConfiguration } from '../functions/configuration.ts';
import type { ActionOnBehalf } from '../functions/permissions.ts';
import { DECRYPT_ON_BEHALF } from '../publish/webhooks/secrets.ts';
import { GET_AUDIT, LIST_AUDIT, PUT_AUDIT } from '../remediate/audit-bucket.ts';
import type { Names } from './names.ts';
import type { PolicyStatement } from './spec.ts';

/** What the resources of calls are written out with. */
export interface RoleScope {
  readonly names: Names;
  /** Regions that are read. */
  readonly regions: readonly string[];
  readonly configuration: FunctionConfiguration;
  /** The namespaces that metrics are put into. */
  readonly namespaces: readonly string[];
}

/**
 * Statements for these calls: ARNs where the action supports one, the stack's own where it is a part of the stack; else `*`,
 * narrowed by the condition that AWS has for the action, and the reason.
 */
export function callStatements(calls: readonly Call[], scope: RoleScope): PolicyStatement[] {
  // Who one is, anyone may ask: sts:GetCallerIdentity needs no permission.
  const allowed = calls.filter(({ action }) => action !== 'sts:GetCallerIdentity');
  const targets = Map.groupBy(allowed, (call) => {
    const resources = resourcesOf(call, scope);
    return JSON.stringify([serviceOf(call), resources, conditionFor(call, resources, scope)]);
  });
  return numbered(
    [...targets].map(([key, ofTarget]) => {
      const [service, resources, conditions] = JSON.parse(key) as Target;
      return {
        sid: pascal(service),
        effect: 'Allow',
        actions: [...new Set(ofTarget.map(({ action }) => action))].toSorted(),
        resources,
        ...(Object.keys(conditions).length > 0 && { conditions }),
        ...(resources.includes('*') && { reason: 'These actions support no resource.' }),
      };
    }),
  );
}

type Target = [service: string, resources: string[], conditions: Record<string, Record<string, string[]>>];

/** Statements for what AWS does in the function's name, all of it on one part of the stack. */
export function onBehalf(sid: string, actions: readonly ActionOnBehalf[], resource: string): PolicyStatement {
  return {
    sid,
    effect: 'Allow',
    actions: actions.map(({ action }) => action).toSorted(),
    resources: [resource],
    reason: actions.map(({ reason }) => reason).join(' '),
  };
}

/** Where webhooks' addresses or credentials are kept under a key of the customer's. */
export function secretStatements({ names, configuration }: RoleScope): PolicyStatement[] {
  const services = [
    ...(sourcesOf(configuration).some((source) => 'ssm' in source) ? ['ssm'] : []),
    ...(sourcesOf(configuration).some((source) => 'secret' in source) ? ['secretsmanager'] : []),
  ];
  if (services.length === 0) return [];
  const { action, resource, condition, reason } = DECRYPT_ON_BEHALF;
  const through = services.map((service) => `${service}.${names.place.region}.amazonaws.com`);
  return [
    {
      sid: 'WebhookSecrets',
      effect: 'Allow',
      actions: [action],
      resources: [filled(resource, names)],
      conditions: { StringEquals: { [condition]: through } },
      reason,
    },
  ];
}

/** The condition that narrows an action without resources; and buckets, whose ARNs have no account in them. */
function conditionFor(
  { action }: Call,
  resources: readonly string[],
  { names, regions, namespaces }: RoleScope,
): Record<string, object> {
  if (!resources.some((resource) => resource === '*' || resource.endsWith(':s3:::*'))) return {};
  if (action.startsWith('ec2:')) return { StringEquals: { 'ec2:Region': regions } };
  if (action === 'cloudwatch:PutMetricData') return { StringEquals: { 'cloudwatch:namespace': namespaces } };
  if (action.startsWith('s3:')) return { StringEquals: { 's3:ResourceAccount': [names.place.accountId] } };
  return { StringEquals: { 'aws:RequestedRegion': [names.place.region] } };
}

const AUDIT_CALLS: ReadonlySet<Call> = new Set([GET_AUDIT, LIST_AUDIT, PUT_AUDIT]);

function resourcesOf(call: Call, scope: RoleScope): string[] {
  const { names, regions, configuration } = scope;
  const { resource: pattern } = call;
  const { results, reports, history, alerts, remediation, accounts } = configuration;
  if (call.action === 'sts:AssumeRole') return (accounts ?? []).map(({ roleArn }) => roleArn);
  if (pattern === null) return ['*'];
  if (call.action.startsWith('dynamodb:')) return [names.arn('dynamodb', `table/${history?.table}`)];
  if (call.action === 'sns:Publish') return present([alerts.topicArn, alerts.criticalTopicArn]);
  if (pattern.includes('{bucket}')) {
    const buckets = AUDIT_CALLS.has(call) ? [remediation?.auditBucket] : [results.bucket, reports.bucket];
    return present(buckets).map((bucket) => filled(pattern.replace('{bucket}', bucket), names));
  }
  if (pattern.includes('{parameter}')) {
    return sourcesOf(configuration).flatMap((source) =>
      'ssm' in source ? [filled(pattern.replace('{parameter}', source.ssm.replace(/^\//, '')), names)] : [],
    );
  }
  if (pattern.includes('{secret}')) {
    return sourcesOf(configuration).flatMap((source) =>
      'secret' in source ? [secretArn(source.secret, pattern, names)] : [],
    );
  }
  const places = pattern.includes('{region}') ? regions : [''];
  return places.map((region) => filled(pattern.replace('{region}', region), names));
}

/** A secret is named, or given by its whole ARN. */
function secretArn(secret: string, pattern: string, names: Names): string {
  return secret.startsWith('arn:') ? secret : filled(pattern.replace('{secret}', secret), names);
}

type Source = { readonly ssm: string } | { readonly secret: string };

function sourcesOf({ webhooks = [] }: FunctionConfiguration): Source[] {
  return webhooks.flatMap((webhook) => {
    const credentials = 'credentialsFrom' in webhook ? webhook.credentialsFrom : undefined;
    return [webhook.urlFrom, credentials].filter((source) => source !== undefined);
  });
}

function filled(pattern: string, { place }: Names): string {
  return pattern
    .replace('{partition}', place.partition)
    .replace('{region}', place.region)
    .replace('{account}', place.accountId);
}

function present(values: readonly (string | undefined)[]): string[] {
  return [...new Set(values.filter((value) => value !== undefined))];
}

function serviceOf({ action }: Call): string {
  return action.split(':')[0] ?? '';
}

function pascal(word: string): string {
  return `${word.charAt(0).toUpperCase()}${word.slice(1)}`;
}

/** A policy's statements need names of their own. */
function numbered(statements: readonly PolicyStatement[]): PolicyStatement[] {
  const seen = new Map<string, number>();
  return statements.map((statement) => {
    const count = (seen.get(statement.sid) ?? 0) + 1;
    seen.set(statement.sid, count);
    return count === 1 ? statement : { ...statement, sid: `${statement.sid}${count}` };
  });
}
