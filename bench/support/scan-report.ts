/** The table of a measured scan. */
import type { ScanDocument } from '../../src/engine/scan-document.ts';
import type { Measured } from './processes.ts';
import { whole } from './table.ts';

/** Figures that every scan has, with what is aimed at beside them. */
export function scanRows(
  { seconds, cpuSeconds, peakMegabytes, exitCode, stdout }: Measured,
  targets: { readonly seconds: string; readonly memory: string },
): string[][] {
  const { summary, gaps } = JSON.parse(stdout) as ScanDocument;
  return [
    ['measure', 'figure', 'target'],
    ['wall time', `${seconds.toFixed(2)} s`, targets.seconds],
    ['processor time', `${cpuSeconds.toFixed(2)} s`, ''],
    ['peak memory', `${whole(peakMegabytes)} MB`, targets.memory],
    ['resources judged', whole(summary.total_resources), ''],
    ['verdicts', whole(summary.total_evaluations), ''],
    ['findings', whole(summary.non_compliant + summary.unknown), ''],
    ['gaps', whole(gaps.length), ''],
    ['document', `${(stdout.length / 1_000_000).toFixed(1)} MB`, ''],
    ['exit code', String(exitCode), ''],
  ];
}

/** What decides the exit code is of no interest here: a figure is. */
export const SCAN = ['scan', '--local', '--json', '--quiet', '--allow-incomplete', '--threshold', '0'];

/** For node, where a processor profile is wanted in a folder. */
export function profiling(folder: string | undefined): string[] {
  return folder === undefined ? [] : ['--cpu-prof', '--cpu-prof-dir', folder];
}
