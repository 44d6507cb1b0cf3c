import type { Scan } from '../engine/scan-document.ts';

/** The scan document a line at a time: its head as `{"scan": ...}`, then an `{"evaluation": ...}` a line. */
export function* renderNdjson({ head, evaluations }: Scan): Generator<string> {
  yield `${JSON.stringify({ scan: head })}\n`;
  for (const evaluation of evaluations) yield `${JSON.stringify({ evaluation })}\n`;
}
