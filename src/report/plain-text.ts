/**
 * Text from strangers - a tag, a bucket's name, AWS's answer - made harmless for a terminal: control characters that
 * could move the cursor or set its colours are removed, and so are the marks that turn the reading direction.
 */
export function plainText(text: string): string {
  // Every control, format and separator character of Unicode but the line break.
  return text.replaceAll(/(?!\n)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '');
}

/** The same on one line. */
export function plainLine(text: string): string {
  return plainText(text.replaceAll(/\s+/g, ' '));
}
