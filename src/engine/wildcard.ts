/**
 * True where `text` fits `pattern`, in which `*` stands for any characters and everything else for itself, case and all.
 * Linear in both for any pattern: no backtracking into earlier stars.
 */
export function matchesWildcard(pattern: string, text: string): boolean {
  const [start = '', ...rest] = pattern.split('*');
  const end = rest.pop();
  if (end === undefined) return text === start;
  if (!text.startsWith(start) || text.length < start.length + end.length || !text.endsWith(end)) return false;
  let from = start.length;
  const limit = text.length - end.length;
  for (const part of rest) {
    const at = text.indexOf(part, from);
    if (at === -1 || at + part.length > limit) return false;
    from = at + part.length;
  }
  return true;
}
