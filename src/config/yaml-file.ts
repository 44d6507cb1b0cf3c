/** YAML read with positions, so that an error can say where it is. */
import { isMap, isScalar, LineCounter, parseDocument } from 'yaml';
import type { Document, Node } from 'yaml';

import { UserError } from '../user-error.ts';

export interface YamlFile {
  readonly name: string;
  /** The content as plain values; `{}` for an empty file. */
  readonly value: unknown;
  /** `file:line:column` of the value at a path, or of its key; of the nearest parent where the path ends early. */
  locate(path: readonly PropertyKey[], what: 'key' | 'value'): string;
  has(path: readonly PropertyKey[]): boolean;
}

/** @throws UserError `CONFIG_SYNTAX`, with the position, where the text is not YAML */
export function parseYaml(name: string, text: string): YamlFile {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true });
  const at = (offset: number) => {
    const { line, col } = lines.linePos(offset);
    return `${name}:${line}:${col}`;
  };
  const [error] = document.errors;
  if (error !== undefined) {
    const [reason = ''] = error.message.split(/ at line \d+/);
    throw new UserError(`${at(error.pos[0])}: not valid YAML: ${reason}.`, {
      code: 'CONFIG_SYNTAX',
      suggestions: ['Check the indentation, the quotes and the colons on that line'],
    });
  }
  return {
    name,
    value: document.toJS() ?? {},
    locate: (path, what) => at(offsetOf(document, path, what)),
    has: (path) => document.hasIn(path),
  };
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
