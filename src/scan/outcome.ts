/** What the outcome of a scan means for the shell that called it. */
import type { Severity } from '../engine/verdict.ts';
import { atLeast } from '../engine/verdict.ts';
import { plural } from '../report/plural.ts';
import type { ExitCode } from '../user-error.ts';
import { EXIT } from '../user-error.ts';
import type { ScanOutcome } from './run.ts';

export interface Limits {
  /** The lowest score that is good enough, 0 to 100. */
  readonly threshold: number;
  /** A failure of this severity, or a worse one, is a shortfall whatever the score; `new`, one the baseline lacks. */
  readonly failOn?: Severity | 'new';
  /** What could not be read does not matter. */
  readonly allowIncomplete: boolean;
}

export interface ScanVerdict {
  readonly exitCode: ExitCode;
  /** One sentence for each thing that decided it; none where all is well. */
  readonly reasons: readonly string[];
}

/** What the exit code goes by. */
export interface Judged extends Pick<ScanOutcome, 'head' | 'evaluations' | 'readable'> {
  /** Evaluations that are missing, though they were counted: of a deployed scan that had no room for them. */
  readonly omitted?: number;
}

/** Decides the exit code, and says why. A score that nothing was judged for is never a shortfall. */
export function judgeOutcome({ head, evaluations, readable, omitted = 0 }: Judged, limits: Limits): ScanVerdict {
  const { score, unknown } = head.summary;
  const interrupted = head.gaps.some(({ reason }) => reason === 'interrupted');
  if (interrupted) return { exitCode: EXIT.interrupted, reasons: ['The scan was interrupted.'] };
  if (!readable && head.gaps.length > 0) {
    return { exitCode: EXIT.failed, reasons: ['Nothing could be read: every call for a list of resources failed.'] };
  }

  const shortfalls: string[] = [];
  if (score !== null && score < limits.threshold) {
    shortfalls.push(`The score ${score} is below the threshold of ${limits.threshold}.`);
  }
  const { failOn } = limits;
  if (failOn === 'new') {
    const fresh = (head.baseline?.new ?? 0) + (head.baseline?.worse ?? 0);
    if (fresh > 0) shortfalls.push(`${plural(fresh, 'finding is', 'findings are')} new or worse since the baseline.`);
  } else if (failOn !== undefined) {
    const failing = evaluations.filter(({ status, severity }) => status === 'FAIL' && atLeast(severity, failOn)).length;
    if (failing > 0)
      shortfalls.push(`${plural(failing, 'finding is', 'findings are')} of severity ${failOn} or worse.`);
  }
  const blind: string[] = [];
  if (head.gaps.length > 0) blind.push(`${plural(head.gaps.length, 'call')} could not be answered.`);
  if (unknown > 0) blind.push(`${plural(unknown, 'verdict is', 'verdicts are')} UNKNOWN.`);
  if (failOn !== undefined && omitted > 0) {
    blind.push(`${plural(omitted, 'evaluation is', 'evaluations are')} missing, and may be what --fail-on looks for.`);
  }
  const reasons = [...shortfalls, ...blind];
  if (shortfalls.length > 0) return { exitCode: EXIT.shortfall, reasons };
  if (blind.length > 0 && !limits.allowIncomplete) return { exitCode: EXIT.incomplete, reasons };
  return { exitCode: EXIT.ok, reasons };
}
