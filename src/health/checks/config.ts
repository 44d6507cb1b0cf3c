/** AWS Config: does it record, deliver, and ask our rules. */
import type { Fact } from '../../engine/model.ts';
import type { ConfigRuleSpec, ConfigSpec, RecorderSpec } from '../../stack/spec.ts';
import { awsCommand, differences, finding } from '../finding.ts';
import type { Checking, Finding } from '../finding.ts';
import { parsedJson, stableJson } from './json-text.ts';

/** The stack's own recorder, or the name of the one that it found. */
export type WatchedRecorder = RecorderSpec | { readonly name: string };

export interface RecorderSeen {
  readonly roleArn: string;
  /** Sorted; `null` where it records by another rule than a list. */
  readonly resourceTypes: readonly string[] | null;
  /** `null` where it was never started. */
  readonly status: Fact<RecorderStatus | null>;
}

export interface RecorderStatus {
  readonly recording: boolean;
  /** `SUCCESS`, `PENDING`, `FAILURE`, `NotApplicable`. */
  readonly last: string;
  /** AWS's code and message. */
  readonly error: string | null;
}

export function checkRecorder(spec: WatchedRecorder, seen: RecorderSeen, checking: Checking): Finding[] {
  const { name } = spec;
  const { status } = seen;
  const findings: Finding[] = [];
  if (status.known && status.value?.recording !== true) {
    const start = ['configservice', 'start-configuration-recorder', '--configuration-recorder-name', name];
    findings.push(
      finding('recorder-stopped', `AWS Config’s recorder ${name} does not record: changes are not seen.`, {
        remedy: 'Start it.',
        command: awsCommand(checking.region, ...start),
      }),
    );
  } else if (status.known && status.value?.last.toUpperCase() === 'FAILURE') {
    findings.push(
      finding('recorder-failing', `AWS Config’s recorder ${name} fails${because(status.value.error)}`, {
        remedy: 'See that its role is there and may read the account.',
        ...(checking.redeploy.command !== undefined && { command: checking.redeploy.command }),
      }),
    );
  }
  if (!('role' in spec)) return findings;
  const wanted = spec.resourceTypes.toSorted().join(', ');
  const found = seen.resourceTypes?.join(', ') ?? 'all but some';
  return [
    ...findings,
    ...differences(
      'recorder-differs',
      `AWS Config’s recorder ${name}`,
      [
        { name: 'role', wanted: spec.role.arn, found: seen.roleArn },
        { name: 'resource types', wanted, found },
      ],
      checking,
    ),
  ];
}

function because(error: string | null): string {
  return error === null || error === '' ? '.' : `: ${error.replace(/\.$/, '')}.`;
}

export interface DeliveryChannelSeen {
  readonly bucket: string;
  /** Deliveries whose last try failed: AWS's code and message of each. */
  readonly failures: Fact<readonly string[]>;
}

export function checkDeliveryChannel(spec: RecorderSpec, seen: DeliveryChannelSeen, checking: Checking): Finding[] {
  const { channel, bucket } = spec;
  const failed = seen.failures.known ? seen.failures.value : [];
  return [
    ...(failed.length > 0
      ? [
          finding(
            'delivery-channel-failing',
            `AWS Config cannot deliver through ${channel}${because(failed.join('; '))}`,
            {
              remedy: `See that ${bucket} is there and lets AWS Config write.`,
              ...(checking.redeploy.command !== undefined && { command: checking.redeploy.command }),
            },
          ),
        ]
      : []),
    ...differences(
      'delivery-channel-differs',
      channel,
      [{ name: 'bucket', wanted: bucket, found: seen.bucket }],
      checking,
    ),
  ];
}

export interface ConfigRuleSeen {
  /** `ACTIVE`, `DELETING`, `DELETING_RESULTS`, `EVALUATING`. */
  readonly state: string;
  readonly functionArn: string;
  readonly parameters: string | null;
  /** Sorted. */
  readonly resourceTypes: readonly string[];
  readonly periodic: string | null;
  /** Why its evaluations fail now; `null` where they do not. */
  readonly failure: Fact<string | null>;
}

export function checkConfigRule(spec: ConfigRuleSpec, seen: ConfigRuleSeen, checking: Checking): Finding[] {
  const { name, functionArn } = spec;
  const { state, failure } = seen;
  return [
    ...(state === 'ACTIVE' || state === 'EVALUATING'
      ? []
      : [finding('config-rule-not-active', `The AWS Config rule ${name} is ${state}.`, checking.redeploy)]),
    ...(failure.known && failure.value !== null
      ? [
          finding(
            'config-rule-failing',
            `The evaluations of the AWS Config rule ${name} fail${because(failure.value)}`,
            {
              remedy: `Read the log of ${functionArn.slice(functionArn.lastIndexOf(':') + 1)}, then evaluate anew.`,
              command: awsCommand(
                checking.region,
                'configservice',
                'start-config-rules-evaluation',
                '--config-rule-names',
                name,
              ),
            },
          ),
        ]
      : []),
    ...differences(
      'config-rule-differs',
      `The AWS Config rule ${name}`,
      [
        { name: 'function', wanted: functionArn, found: seen.functionArn },
        {
          name: 'parameters',
          wanted: stableJson(spec.parameters),
          found: seen.parameters === null ? null : stableJson(parsedJson(seen.parameters)),
        },
        {
          name: 'resource types',
          wanted: spec.resourceTypes.toSorted().join(', '),
          found: seen.resourceTypes.join(', '),
        },
        { name: 'frequency', wanted: spec.periodic ?? null, found: seen.periodic },
      ],
      checking,
    ),
  ];
}

export interface AggregatorSeen {
  readonly accountIds: readonly string[];
  readonly regions: readonly string[];
  /** Sources whose last update failed: the region, and AWS's code and message. */
  readonly failures: Fact<readonly string[]>;
}

export function checkAggregator(
  { name, accountId, regions }: NonNullable<ConfigSpec['aggregator']>,
  seen: AggregatorSeen,
  checking: Checking,
): Finding[] {
  const failed = seen.failures.known ? seen.failures.value : [];
  return [
    ...(failed.length > 0
      ? [
          finding('aggregator-failing', `The aggregator ${name} does not get all${because(failed.join('; '))}`, {
            remedy: 'See that AWS Config records in those regions.',
          }),
        ]
      : []),
    ...differences(
      'aggregator-differs',
      `The aggregator ${name}`,
      [
        { name: 'accounts', wanted: accountId, found: seen.accountIds.join(', ') },
        { name: 'regions', wanted: regions.toSorted().join(', '), found: seen.regions.toSorted().join(', ') },
      ],
      checking,
    ),
  ];
}
