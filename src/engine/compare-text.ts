/** The order of code units: the same in every language, and the order of keys in S3. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
