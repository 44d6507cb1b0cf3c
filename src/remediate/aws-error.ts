/** True for an answer of AWS's with one of these codes. */
export function awsErrorNamed(error: unknown, ...codes: readonly string[]): boolean {
  return error instanceof Error && codes.includes(error.name);
}
