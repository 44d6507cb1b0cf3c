/**
 * HTML as values: what is shown is put together here and written in one place, in the report as text and in the browser
 * as nodes. Text stays text in both, whoever wrote it.
 */
import { plainText } from '../plain-text.ts';

export type Content = string | Element | readonly Content[];

export interface Element {
  readonly tag: string;
  readonly attributes: Attributes;
  readonly content: readonly Content[];
}

/** `true` gives an attribute without a value, `false` and `undefined` give none. */
type Value = string | number | boolean | undefined;

type PlainName =
  | 'charset'
  | 'class'
  | 'colspan'
  | 'content'
  | 'cx'
  | 'cy'
  | 'd'
  | 'datetime'
  | 'dominant-baseline'
  | 'for'
  | 'height'
  | 'hidden'
  | 'http-equiv'
  | 'id'
  | 'lang'
  | 'name'
  | 'placeholder'
  | 'preserveAspectRatio'
  | 'r'
  | 'rel'
  | 'role'
  | 'rx'
  | 'scope'
  | 'tabindex'
  | 'target'
  | 'text-anchor'
  | 'transform'
  | 'type'
  | 'value'
  | 'viewBox'
  | 'width'
  | 'x'
  | 'y';

/** The attributes there are: none that runs a script or carries a style, and no address but ours and https. */
export type Attributes = { readonly [Name in PlainName]?: Value } & {
  readonly href?: `https://${string}` | `#${string}` | undefined;
} & { readonly [Name in `aria-${string}` | `data-${string}`]?: Value };

const WITHOUT_END: ReadonlySet<string> = new Set(['input', 'meta']);

export function element(tag: string, attributes: Attributes = {}, ...content: readonly Content[]): Element {
  return { tag, attributes, content };
}

/** A stranger's text, whose reading direction stays its own. */
export function isolated(text: string): Element {
  return element('bdi', {}, text);
}

export function toHtml(content: Content): string {
  if (typeof content === 'string') return escaped(content);
  if (!isElement(content)) return content.map(toHtml).join('');
  const { tag, attributes, content: inner } = content;
  const start = `<${tag}${Array.from(attributesOf(attributes), ([name, value]) => ` ${name}="${escaped(value)}"`).join('')}>`;
  return WITHOUT_END.has(tag) ? start : `${start}${toHtml(inner)}</${tag}>`;
}

export function isElement(content: Exclude<Content, string>): content is Element {
  return 'tag' in content;
}

/** The attributes that are set, with their values as text. */
export function* attributesOf(attributes: Attributes): Generator<readonly [name: string, value: string]> {
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== undefined && value !== false) yield [name, value === true ? '' : shownText(String(value))];
  }
}

/** What a reader may be shown: without characters that control a terminal or turn the reading direction. */
export function shownText(text: string): string {
  return plainText(text).toWellFormed();
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escaped(text: string): string {
  return shownText(text).replaceAll(/[&<>"']/g, (character) => ENTITIES[character] ?? '');
}
