import type { Scan } from '../engine/scan-document.ts';

/** The scan document as JSON text, in pieces: never the whole of it in one string. */
export function* renderJson({ head, evaluations }: Scan): Generator<string> {
  const start = JSON.stringify(head, undefined, 2);
  // The head's closing brace makes room for the evaluations, one a line.
  yield `${start.slice(0, -2)},\n  "evaluations": [`;
  let separator = '\n    ';
  for (const evaluation of evaluations) {
    yield separator + JSON.stringify(evaluation);
    separator = ',\n    ';
  }
  yield evaluations.length === 0 ? ']\n}\n' : '\n  ]\n}\n';
}
