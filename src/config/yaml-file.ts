/** YAML read with positions, so that an error can say where it is. */
import { isMap, isScalar, LineCounter, parseDocument } from 'yaml';
import type { Document, Node } from 'yaml';

import { UserError } from '../user-error.ts';
import type { Echo } from '../user-error.ts';

export interface YamlSource {
  readonly name: string;
  /** True where the name was given on the command line, which documents must not repeat. */
  readonly typed: boolean;
}

export interface YamlFile extends YamlSource {
  /** The content as plain values; `{}` for an empty file. */
  readonly value: unknown;
  /** `line:column` of the value at a path, or of its key; of the nearest parent where the path ends early. */
  readonly locate: (path: readonly PropertyKey[], what: 'key' | 'value') => string;
  readonly has: (path: readonly PropertyKey[]) => boolean;
}

/** @throws UserError `CONFIG_SYNTAX`, with the position, where the text is not YAML */
export function parseYaml(source: YamlSource, text: string): YamlFile {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true });
  const at = (offset: number) => {
    const { line, col } = lines.linePos(offset);
    return `${line}:${col}`;
  };
  const [error] = document.errors;
  if (error !== undefined) {
    const [reason = ''] = error.message.split(/ at line \d+/);
    const where = at(error.pos[0]);
    throw new UserError(sentenceAt(source, where, `not valid YAML: ${reason}.`), {
      code: 'CONFIG_SYNTAX',
      suggestions: ['Check the indentation, the quotes and the colons on that line'],
    });
  }
  return {
    ...source,
    value: document.toJS() ?? {},
    locate: (path, what) => at(offsetOf(document, path, what)),
    has: (path) => document.hasIn(path),
  };
}

/** `file:line:column: what is wrong there`. */
export function sentenceAt({ name, typed }: YamlSource, where: string, what: string): string | Echo {
  const say = (file: string) => `${file}:${where}: ${what}`;
  return typed ? { typed: name, say } : say(name);
}

function offsetOf(document: Document, path: readonly PropertyKey[], what: 'key' | 'value'): number {
  for (let length = path.length; length > 0; length -= 1) {
    const part = path.slice(0, length);
    // The key stands where the person looks first; a list's item has none.
    const node =
      (length === path.length && what === 'value' ? undefined : keyNode(document, part)) ?? document.getIn(part, true);
    const range = (node as Node | undefined)?.range;
    if (range !== undefined && range !== null) return range[0];
  }
  return 0;
}

function keyNode(document: Document, path: readonly PropertyKey[]): Node | undefined {
  const parent = path.length === 1 ? document.contents : document.getIn(path.slice(0, -1), true);
  if (!isMap(parent)) return undefined;
  const pair = parent.items.find(({ key }) => isScalar(key) && key.value === path.at(-1));
  return pair?.key as Node | undefined;
}
