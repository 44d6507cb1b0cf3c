import { plainLine } from './plain-text.ts';

/** What means something to Markdown, GitHub's included, or to HTML. */
const MEANINGFUL = /[&<>"'`*_[\](){}~|\\!$#@^]/g;

/** Stands between two characters without being seen, so that GitHub does not take them for a link. */
const ZERO_WIDTH_SPACE = '&#8203;';

/**
 * Text from strangers as one line of Markdown that reads as it was written: no link, image, HTML, code, end of a table's
 * cell or mention comes of it.
 *
 * Entities are never markup, wherever they stand, which backslashes cannot promise inside a table. GitHub looks for
 * mentions (`@team`), references (`#1`, `GH-1`) and bare addresses in the finished text, so those are broken up as well.
 */
export function markdownText(text: string): string {
  return plainLine(text)
    .toWellFormed()
    .replaceAll(MEANINGFUL, (character) => {
      const entity = `&#${character.charCodeAt(0)};`;
      return character === '@' || character === '#' ? entity + ZERO_WIDTH_SPACE : entity;
    })
    .replaceAll(/:(?=\/\/)|\bwww(?=\.)|\bGH(?=-\d)|\b(?:mailto|xmpp)(?=:)/gi, `$&${ZERO_WIDTH_SPACE}`);
}
