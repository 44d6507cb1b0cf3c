/** The least policy that lets a scan read what its rules need: made from the same calls that the scan makes. */
import type { NeededCall } from '../inventory/calls.ts';
import type { AccountRole } from '../aws/accounts.ts';

export interface PolicyScope {
  /** Regions to limit it to; `all` limits nothing. */
  readonly regions: readonly string[] | 'all';
  readonly roles: readonly AccountRole[];
}

export interface PolicyDocument {
  readonly Version: '2012-10-17';
  readonly Statement: readonly PolicyStatement[];
}

interface PolicyStatement {
  readonly Sid: string;
  readonly Effect: 'Allow';
  readonly Action: readonly string[];
  readonly Resource: string | readonly string[];
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;
}

/**
 * An identity policy for the principal that scans. Resources are ARNs where AWS supports them for an action; the rest is
 * `*`, for EC2 narrowed to the regions that are read. sts:GetCallerIdentity needs no permission and is left out.
 */
export function iamPolicyFor(calls: readonly NeededCall[], scope: PolicyScope): PolicyDocument {
  const statements: PolicyStatement[] = [];
  if (scope.roles.length > 0) {
    const roleArns = scope.roles.map(({ roleArn }) => roleArn);
    statements.push({ Sid: 'EnterAccounts', Effect: 'Allow', Action: ['sts:AssumeRole'], Resource: roleArns });
  }
  const reads = calls.filter(({ api }) => !api.startsWith('sts:'));
  for (const [target, ofTarget] of Map.groupBy(
    reads,
    ({ action, resource }) => `${serviceOf(action)} ${resource ?? '*'}`,
  )) {
    const [service = '', pattern = '*'] = target.split(' ');
    const actions = [...new Set(ofTarget.map(({ action }) => action))].toSorted();
    const asked = ofTarget.some(({ api }) => api === 'ec2:DescribeRegions');
    const regions =
      service === 'ec2' && pattern === '*' && scope.regions !== 'all' && !asked ? scope.regions : undefined;
    statements.push({
      Sid: `Read${service.toUpperCase()}${pattern === '*' ? '' : statementSuffix(pattern)}`,
      Effect: 'Allow',
      Action: actions,
      Resource: pattern === '*' ? '*' : resourcesFor(pattern, scope),
      ...(regions !== undefined && { Condition: { StringEquals: { 'ec2:Region': regions } } }),
    });
  }
  return { Version: '2012-10-17', Statement: statements };
}

function serviceOf(action: string): string {
  return action.split(':')[0] ?? '';
}

/** `arn:{partition}:rds:{region}:{account}:db:*` gives `Db`; a Sid may hold letters and digits alone. */
function statementSuffix(pattern: string): string {
  const word = /[:/]([a-z-]+)[:/]\*$/.exec(pattern)?.[1] ?? 'each';
  return word.replaceAll(/(^|-)([a-z])/g, (_, __, letter: string) => letter.toUpperCase());
}

function resourcesFor(pattern: string, { regions }: PolicyScope): string[] {
  const places = regions === 'all' || !pattern.includes('{region}') ? ['*'] : regions;
  const partition = regions === 'all' ? '*' : partitionOf(regions[0] ?? '');
  // Which account it is for is not known before AWS is asked; a policy holds in its own account only.
  return places.map((region) =>
    pattern.replace('{partition}', partition).replace('{region}', region).replace('{account}', '*'),
  );
}

/** The regions' prefixes of every partition but `aws`: github.com/boto/botocore/blob/develop/botocore/data/partitions.json */
const PARTITIONS: readonly (readonly [prefix: string, partition: string])[] = [
  ['cn-', 'aws-cn'],
  ['us-gov-', 'aws-us-gov'],
  ['us-isob-', 'aws-iso-b'],
  ['us-isof-', 'aws-iso-f'],
  ['us-iso-', 'aws-iso'],
  ['eu-isoe-', 'aws-iso-e'],
  ['eusc-', 'aws-eusc'],
];

function partitionOf(region: string): string {
  return PARTITIONS.find(([prefix]) => region.startsWith(prefix))?.[1] ?? 'aws';
}
