/** XML as a parser that is not ours reads it: Python's, which is expat and takes nothing that is not well-formed. */
import { execFileSync } from 'node:child_process';

export interface XmlElement {
  readonly tag: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly text: string;
  readonly children: readonly XmlElement[];
}

const SCRIPT = `
import json, sys
import xml.etree.ElementTree as tree
def plain(e):
    return {'tag': e.tag, 'attributes': e.attrib, 'text': e.text or '', 'children': [plain(c) for c in e]}
json.dump([plain(tree.fromstring(d.encode('utf-8'))) for d in json.load(sys.stdin)], sys.stdout)
`;

/** @throws where one of the documents is not well-formed */
export function parseXml(documents: readonly string[]): XmlElement[] {
  const input = JSON.stringify(documents);
  const output = execFileSync('python3', ['-c', SCRIPT], { input, encoding: 'utf8', maxBuffer: 1 << 28 });
  return JSON.parse(output) as XmlElement[];
}
