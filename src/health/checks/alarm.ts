/** A CloudWatch alarm: what it says, and whether anybody would hear. */
import type { AlarmSpec } from '../../stack/spec.ts';
import { awsCommand, differences, finding } from '../finding.ts';
import type { Checking, Finding } from '../finding.ts';
import { stableJson } from './json-text.ts';

export interface AlarmSeen {
  readonly state: 'OK' | 'ALARM' | 'INSUFFICIENT_DATA';
  readonly stateReason: string | null;
  /** When it was made, or last changed. */
  readonly configured: Date;
  readonly actionsEnabled: boolean;
  readonly actions: readonly string[];
  readonly namespace: string | null;
  readonly metric: string | null;
  readonly dimensions: Readonly<Record<string, string>>;
  readonly statistic: string | null;
  readonly periodSeconds: number | null;
  readonly periods: number;
  readonly comparison: string;
  readonly threshold: number | null;
  readonly missing: string;
}

export function checkAlarm(spec: AlarmSpec, seen: AlarmSeen, checking: Checking): Finding[] {
  return [
    ...stateFindings(spec, seen, checking),
    ...actionFindings(spec, seen, checking),
    ...differences(
      'alarm-differs',
      spec.name,
      [
        { name: 'metric', wanted: `${spec.namespace} ${spec.metric}`, found: `${seen.namespace} ${seen.metric}` },
        { name: 'dimensions', wanted: stableJson(spec.dimensions), found: stableJson(seen.dimensions) },
        { name: 'statistic', wanted: spec.statistic, found: seen.statistic },
        { name: 'period', wanted: spec.periodSeconds, found: seen.periodSeconds },
        { name: 'periods', wanted: spec.periods, found: seen.periods },
        { name: 'comparison', wanted: spec.comparison, found: seen.comparison },
        { name: 'threshold', wanted: spec.threshold, found: seen.threshold },
        { name: 'missing data', wanted: spec.missing, found: seen.missing },
      ],
      checking,
    ),
  ];
}

function stateFindings(spec: AlarmSpec, { state, stateReason, configured }: AlarmSeen, checking: Checking): Finding[] {
  const { name, description, periodSeconds, periods } = spec;
  const history = {
    remedy: 'Find out since when, and mend what it watches.',
    command: awsCommand(checking.region, 'cloudwatch', 'describe-alarm-history', '--alarm-name', name),
  };
  if (state === 'ALARM') {
    const why = stateReason === null || stateReason === '' ? '' : ` ${stateReason.replace(/\.$/, '')}.`;
    return [
      finding('alarm-firing', `${name} is in ALARM: ${description}${why}`, history, {
        severity: watchesEstate(spec) ? 'medium' : 'high',
      }),
    ];
  }
  // An alarm waits for the data of its window, and the metric for whoever puts it: twice that is time enough.
  const due = 2 * periodSeconds * periods * 1000;
  if (state !== 'INSUFFICIENT_DATA' || checking.now.getTime() - configured.getTime() <= due) return [];
  return [
    finding('alarm-no-data', `${name} has no data, though ${spec.namespace} ${spec.metric} was due.`, {
      remedy: 'See that the function which puts the metric runs and may put it.',
      command: history.command,
    }),
  ];
}

/** The score and the tags are the estate's business; that scans come at all is the stack's. */
function watchesEstate({ namespace, metric }: AlarmSpec): boolean {
  return !namespace.startsWith('AWS/') && metric !== 'ScanCompleted';
}

function actionFindings({ name, actions }: AlarmSpec, seen: AlarmSeen, { region, redeploy }: Checking): Finding[] {
  return [
    ...(seen.actionsEnabled
      ? []
      : [
          finding('alarm-muted', `${name} does nothing when it goes off: its actions are switched off.`, {
            remedy: 'Switch its actions on.',
            command: awsCommand(region, 'cloudwatch', 'enable-alarm-actions', '--alarm-names', name),
          }),
        ]),
    ...actions
      .filter((action) => !seen.actions.includes(action))
      .map((action) =>
        finding('alarm-tells-nobody', `${name} does not tell ${action}.`, redeploy, { subject: action }),
      ),
  ];
}
