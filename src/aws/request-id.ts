/** The id of an answered request, where AWS gave one. */
export function requestIdOf(answer: { readonly $metadata?: { readonly requestId?: string | undefined } }): string[] {
  const id = answer.$metadata?.requestId;
  return id === undefined ? [] : [id];
}
