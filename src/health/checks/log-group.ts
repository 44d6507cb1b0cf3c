/** A function's log group. */
import type { LogGroupSpec } from '../../stack/spec.ts';
import { awsCommand, finding } from '../finding.ts';
import type { Checking, Finding } from '../finding.ts';

export interface LogGroupSeen {
  /** `null` keeps for ever. */
  readonly retentionDays: number | null;
}

export function checkLogGroup(spec: LogGroupSpec, { retentionDays }: LogGroupSeen, { region }: Checking): Finding[] {
  const { name, retentionDays: wanted } = spec;
  if (retentionDays === wanted) return [];
  const kept = retentionDays === null ? 'for ever' : `${retentionDays} days`;
  const days = ['--log-group-name', name, '--retention-in-days', String(wanted)];
  return [
    finding('log-group-retention', `${name} keeps events ${kept} where the settings say ${wanted} days.`, {
      remedy: 'Set its retention.',
      command: awsCommand(region, 'logs', 'put-retention-policy', ...days),
    }),
  ];
}
