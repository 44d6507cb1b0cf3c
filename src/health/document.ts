/** What was found, put together. */
import { compareText } from '../engine/compare-text.ts';
import type { Gap } from '../engine/evaluation.ts';
import { SEVERITIES } from '../engine/verdict.ts';
import type { Severity } from '../engine/verdict.ts';
import type { HealthDocument, HealthIssue } from '../report/health.ts';
import type { StackSpec } from '../stack/spec.ts';
import { EXIT } from '../user-error.ts';
import type { ExitCode } from '../user-error.ts';
import type { Judged } from './parts.ts';

export function healthDocument(
  { environment, preset, place }: StackSpec,
  { judged, gaps, now }: { readonly judged: readonly Judged[]; readonly gaps: readonly Gap[]; readonly now: Date },
): HealthDocument {
  const issues = judged.flatMap(issuesOf).toSorted(worstFirst);
  const count = (status: Judged['status']) => judged.filter((part) => part.status === status).length;
  return {
    schema: 'compliancectl.health/1',
    generated_at: now.toISOString(),
    environment,
    account_id: place.accountId,
    region: place.region,
    preset,
    summary: {
      total_issues: issues.length,
      by_severity: Object.fromEntries(
        SEVERITIES.map((severity) => [severity, issues.filter((issue) => issue.severity === severity).length]),
      ) as Record<Severity, number>,
      parts: judged.length,
      healthy: count('healthy'),
      unknown: count('unknown'),
    },
    parts: judged.map(({ kind, name, status }) => ({ kind, name, status })),
    issues,
    gaps,
  };
}

function issuesOf({ kind, name, findings }: Judged): HealthIssue[] {
  return findings.map(({ check, severity, subject, problem, remedy, command }) => ({
    id: [check, name, ...(subject === undefined ? [] : [subject])].join('/'),
    check,
    severity,
    kind,
    name,
    message: problem,
    remedy,
    ...(command !== undefined && { command }),
  }));
}

function worstFirst(a: HealthIssue, b: HealthIssue): number {
  return SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity) || compareText(a.id, b.id);
}

/** 1 where something is wrong, 3 where nothing could be read, 4 where not all could. */
export function healthExitCode({ summary, gaps }: HealthDocument): ExitCode {
  if (summary.total_issues > 0) return EXIT.shortfall;
  if (summary.unknown > 0 && summary.unknown === summary.parts) return EXIT.failed;
  return gaps.length > 0 ? EXIT.incomplete : EXIT.ok;
}
