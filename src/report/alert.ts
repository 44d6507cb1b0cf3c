import type { Evaluation } from '../engine/evaluation.ts';
import type { ScanHead } from '../engine/scan-document.ts';
import type { Severity } from '../engine/verdict.ts';
export type AlertMode = 'every' | 'changes' | 'digest';
export function alertMessage(a: {
  head: ScanHead;
  threshold: number;
  mode: AlertMode;
  severity: Severity;
  findings: readonly Evaluation[];
  link?: string;
}): { subject: string; text: string } {
  return {
    subject: `[${a.severity}] ${a.findings.length} ${a.mode}`,
    text: a.findings.map((f) => f.message).join('\n'),
  };
}
