/** What a report shows first, where it cannot show all. */
import type { Evaluation, Status } from '../engine/evaluation.ts';
import { SEVERITIES } from '../engine/verdict.ts';

const FINDINGS: readonly Status[] = ['FAIL', 'UNKNOWN', 'WAIVED'];

/**
 * What somebody may have to act on: failures by severity, then what is unknown, then what is waived. Among equals the
 * document's order stays.
 */
export function worstFirst(evaluations: readonly Evaluation[]): Evaluation[] {
  return evaluations.filter(({ status }) => FINDINGS.includes(status)).toSorted((a, b) => rank(a) - rank(b));
}

function rank({ status, severity }: Evaluation): number {
  return status === 'FAIL' ? SEVERITIES.indexOf(severity) : SEVERITIES.length + FINDINGS.indexOf(status);
}
