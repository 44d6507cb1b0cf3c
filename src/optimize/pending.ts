/** What AWS has been told to change and has not yet: by the SDK's names, sorted. An empty element is none. */
export function pendingChanges(values: object | undefined): string[] {
  return Object.entries(values ?? {})
    .filter(([, value]) => isThere(value))
    .map(([name]) => name)
    .toSorted();
}

function isThere(value: unknown): boolean {
  if (value === undefined || value === null) return false;
  return typeof value !== 'object' || Object.values(value).some(isThere);
}
