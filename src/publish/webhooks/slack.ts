/** Slack's incoming webhooks: the alert as Block Kit. */
import { excerpt, restIs } from './excerpt.ts';
import type { AlertMessage, Payload } from './message.ts';

/**
 * Characters that Slack takes: of a section's text (docs.slack.dev/reference/block-kit/blocks/section-block) and of a
 * header's (docs.slack.dev/reference/block-kit/blocks/header-block). A message takes 50 blocks
 * (docs.slack.dev/reference/block-kit/blocks), and 40,000 characters of `text`
 * (api.slack.com/changelog/2018-04-truncating-really-long-messages).
 */
const SECTION_LENGTH = 3000;
const HEADER_LENGTH = 150;

/** Characters of the alert that are shown: a channel is no archive. Ten sections at most, far from the 50. */
const TEXT_LENGTH = 12_000;

/** What makes a section read as it was written: no bold, no emoji, one width. */
const FENCE = '```';
const ROOM = SECTION_LENGTH - 2 * `${FENCE}\n`.length;

export function slackPayload({ subject, text, link }: AlertMessage): Payload {
  const shown = unfenced(excerpt(text, TEXT_LENGTH, restIs(link), (part) => escaped(unfenced(part)).length));
  const [title = ''] = piecesOf(subject, HEADER_LENGTH);
  const sections = sectionsOf(shown).map((section) => ({
    type: 'section',
    // Verbatim: no link, channel or name is made of what only looks like one.
    text: { type: 'mrkdwn', text: `${FENCE}\n${section}${FENCE}`, verbatim: true },
  }));
  return {
    body: {
      text: escaped(subject),
      blocks: [{ type: 'header', text: { type: 'plain_text', text: title, emoji: false } }, ...sections],
    },
  };
}

/** The three characters that mean something to Slack everywhere (docs.slack.dev/messaging/formatting-message-text). */
function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/** Nothing in the text may end the block that it stands in. */
function unfenced(text: string): string {
  return text.replaceAll('`', "'");
}

/** Whole lines, escaped, as many to a section as there is room for; only a line that is longer is divided. */
function sectionsOf(text: string): readonly string[] {
  const sections: string[] = [];
  let section = '';
  for (const line of text.replace(/\n$/, '').split('\n')) {
    for (const piece of piecesOf(line, ROOM - 1)) {
      if (section.length + piece.length + 1 > ROOM) {
        sections.push(section);
        section = '';
      }
      section += `${piece}\n`;
    }
  }
  return [...sections, section];
}

/** A line, escaped, in pieces of whole characters. */
function piecesOf(line: string, room: number): readonly string[] {
  const pieces: string[] = [];
  let piece = '';
  for (const character of line) {
    const safe = escaped(character);
    if (piece.length + safe.length > room) {
      pieces.push(piece);
      piece = '';
    }
    piece += safe;
  }
  return [...pieces, piece];
}
