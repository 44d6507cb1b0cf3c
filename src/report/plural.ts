/** `1 call`, `2 calls`: a number with the word that fits it. */
export function plural(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}
