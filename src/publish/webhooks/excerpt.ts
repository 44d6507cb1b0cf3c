/** As much of a text as a service takes. */

/** @returns what a text weighs for the limit; that of two texts must be the sum of theirs */
export type Weigh = (text: string) => number;

const length: Weigh = (text) => text.length;

/**
 * The text, or its first whole lines and a last one that says where the rest is.
 *
 * @param ending the last line of what is cut
 */
export function excerpt(text: string, limit: number, ending: string, weigh: Weigh = length): string {
  if (weigh(text) <= limit) return text;
  const kept: string[] = [];
  let left = limit - weigh(ending);
  for (const line of text.split('\n')) {
    left -= weigh(`${line}\n`);
    if (left < 0) break;
    kept.push(`${line}\n`);
  }
  return kept.join('') + ending;
}

/** What stands in place of the rest. */
export function restIs(link: string | undefined): string {
  return link === undefined ? '… and more' : `… and more, in the whole document: ${link}`;
}
