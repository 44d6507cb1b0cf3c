/** A document of which the last part is a long list: a scan, a report on evaluations. */
export interface Listing {
  readonly head: object;
  readonly evaluations: readonly object[];
}

/** The document as JSON text, in pieces: never the whole of it in one string. */
export function* renderJson({ head, evaluations }: Listing): Generator<string> {
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
