/**
 * Workflow commands, which GitHub Actions turns into annotations of the run: critical and high failures as errors,
 * medium ones as warnings, lower ones and what is unknown as notices. What was not seen is one warning, the first of
 * them: it weighs on everything else, and must not be crowded out.
 *
 * https://docs.github.com/en/actions/reference/workflow-commands-for-github-actions
 */
import type { Evaluation } from '../engine/evaluation.ts';
import type { Scan, ScanHead } from '../engine/scan-document.ts';
import { plainLine } from './plain-text.ts';
import { worstFirst } from './worst-first.ts';

/**
 * Annotations of one level that GitHub takes from a step; it drops the rest without a word
 * (https://github.com/orgs/community/discussions/26680).
 */
const LEVEL_LIMIT = 10;

/** Gaps that the warning about them names. */
const NAMED_GAPS = 5;

type Level = 'error' | 'warning' | 'notice';

interface Annotation {
  readonly level: Level;
  readonly title: string;
  readonly message: string;
}

export function* renderGithub({ head, evaluations }: Scan): Generator<string> {
  // What is waived is accepted: it has no annotation.
  const findings = worstFirst(evaluations.filter(({ status }) => status !== 'WAIVED')).map(annotationOf);
  const annotations = [...blindSpots(head), ...findings];
  const shown = [...upTo(LEVEL_LIMIT, 'error', annotations), ...upTo(LEVEL_LIMIT, 'warning', annotations)];
  // One notice is kept for the last word.
  shown.push(...upTo(LEVEL_LIMIT - 1, 'notice', annotations));
  for (const annotation of shown) yield command(annotation);
  yield command(lastWord(head, annotations.length - shown.length));
}

function upTo(limit: number, level: Level, annotations: readonly Annotation[]): Annotation[] {
  return annotations.filter((annotation) => annotation.level === level).slice(0, limit);
}

function annotationOf(finding: Evaluation): Annotation {
  const { rule_id: rule, account_id: account, region, message } = finding;
  return { level: levelOf(finding), title: `${rule} in ${account} ${region}`, message };
}

function levelOf({ status, severity }: Evaluation): Level {
  if (status === 'UNKNOWN') return 'notice';
  switch (severity) {
    case 'critical':
    case 'high':
      return 'error';
    case 'medium':
      return 'warning';
    case 'low':
    case 'info':
      return 'notice';
  }
}

function blindSpots({ gaps, complete }: ScanHead): Annotation[] {
  const named = gaps.slice(0, NAMED_GAPS).map(({ account_id: account, region, message }) => {
    return `${account} ${region}: ${message}`;
  });
  if (gaps.length > NAMED_GAPS) named.push(`And ${gaps.length - NAMED_GAPS} more.`);
  if (!complete) named.unshift('The scan was cut short.');
  return named.length === 0 ? [] : [{ level: 'warning', title: 'Not everything was seen', message: named.join(' ') }];
}

function lastWord({ summary }: ScanHead, left: number): Annotation {
  const { score, non_compliant: failing, unknown, waived } = summary;
  const shown = score === null ? 'No score: nothing could be judged' : `Score ${score.toFixed(2)} of 100`;
  const more =
    left === 0 ? '' : ` ${left} more ${left === 1 ? 'is' : 'are'} not annotated: GitHub takes ten of a kind.`;
  const message = `${shown}: ${failing} FAIL, ${unknown} UNKNOWN, ${waived} WAIVED.${more}`;
  return { level: 'notice', title: 'Compliance scan', message };
}

function command({ level, title, message }: Annotation): string {
  return `::${level} title=${escapedProperty(plainLine(title))}::${escaped(plainLine(message))}\n`;
}

/** As the runner undoes it: https://github.com/actions/toolkit/blob/main/packages/core/src/command.ts */
function escaped(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function escapedProperty(text: string): string {
  return escaped(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}
