/** An EventBridge rule, a schedule or one for events, and what it starts. */
import type { Fact } from '../../engine/model.ts';
import type { EventsSpec, ScheduleSpec, TargetSpec } from '../../stack/spec.ts';
import { awsCommand, differences, finding } from '../finding.ts';
import type { Checking, Finding } from '../finding.ts';
import { parsedJson, stableJson } from './json-text.ts';

export type RuleSpec = ScheduleSpec | EventsSpec;

export interface RuleSeen {
  readonly enabled: boolean;
  readonly expression: string | null;
  readonly pattern: string | null;
  readonly targets: Fact<readonly TargetSeen[]>;
  /** Of the last day. */
  readonly failed: Fact<number | null>;
}

export interface TargetSeen {
  readonly arn: string;
  readonly deadLetterArn: string | null;
  readonly attempts: number | null;
  readonly maximumAgeSeconds: number | null;
  readonly template: string | null;
}

export function checkRule(spec: RuleSpec, seen: RuleSeen, checking: Checking): Finding[] {
  const { name, target } = spec;
  const { region } = checking;
  const failed = seen.failed.known ? (seen.failed.value ?? 0) : 0;
  return [
    ...(seen.enabled
      ? []
      : [
          finding('rule-disabled', `${name} is switched off: ${target.functionName} is not started by it.`, {
            remedy: 'Switch it on.',
            command: awsCommand(region, 'events', 'enable-rule', '--name', name),
          }),
        ]),
    ...startFindings(spec, seen, checking),
    ...(seen.targets.known ? targetFindings(name, target, seen.targets.value, checking) : []),
    ...(failed > 0
      ? [
          finding('rule-failing', `${name} could not start its target ${failed} times in the last 24 hours.`, {
            remedy: `Look into the dead-letter queue of ${target.functionName}: what was not delivered lies there, with the reason.`,
          }),
        ]
      : []),
  ];
}

function startFindings(spec: RuleSpec, { expression, pattern }: RuleSeen, checking: Checking): Finding[] {
  if ('expression' in spec) {
    const setting = { name: 'schedule', wanted: spec.expression, found: expression };
    return differences('rule-differs', spec.name, [setting], checking);
  }
  if (pattern !== null && stableJson(parsedJson(pattern)) === stableJson(spec.pattern)) return [];
  const problem = `${spec.name} does not listen for the events that the settings say.`;
  return [finding('rule-differs', problem, checking.redeploy, { subject: 'pattern' })];
}

function targetFindings(name: string, wanted: TargetSpec, there: readonly TargetSeen[], checking: Checking): Finding[] {
  const own = there.find(({ arn }) => arn === wanted.arn);
  if (own === undefined) {
    return [finding('rule-target-missing', `${name} does not start ${wanted.arn}.`, checking.redeploy)];
  }
  return differences(
    'rule-target-differs',
    `The target of ${name}`,
    [
      { name: 'dead-letter queue', wanted: wanted.deadLetterArn, found: own.deadLetterArn },
      { name: 'retries', wanted: wanted.retry.attempts, found: own.attempts },
      { name: 'maximum age', wanted: wanted.retry.maximumAgeSeconds, found: own.maximumAgeSeconds },
      { name: 'input', wanted: wanted.input?.template ?? null, found: own.template },
    ],
    checking,
  );
}
