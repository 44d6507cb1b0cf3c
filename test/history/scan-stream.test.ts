import { gzipSync } from 'node:zlib';

import { expect } from 'chai';

import type { Evaluation } from '../../src/engine/evaluation.ts';
import type { ScanHead } from '../../src/engine/scan-document.ts';
import { readScan, scanFrom, UnreadableDocumentError } from '../../src/history/scan-stream.ts';
import type { StartReading } from '../../src/history/scan-stream.ts';
import { thrownBy } from '../support/errors.ts';
import { finding, gap, head } from '../support/scans.ts';
import { documentText, inPieces } from '../support/stored-scans.ts';

const all: StartReading<{ head: ScanHead; evaluations: Evaluation[] }> = (head) => {
  const evaluations: Evaluation[] = [];
  return {
    evaluation: (evaluation) => {
      evaluations.push(evaluation);
    },
    end: () => ({ head, evaluations }),
  };
};
const read = (content: string | Uint8Array, size?: number) => readScan(inPieces(Buffer.from(content), size), all);

const waiver = {
  rule_id: 'ec2-no-public-ip',
  scope: 'account:111122223333',
  owner: 'Ada',
  reason: 'A bastion',
  expires: '2027-03-31',
  ticket: 'SEC-1',
  state: 'active',
  matched: 2,
} as const;
const changes = { gaps: [gap()], waivers: [waiver], by_rule: { r: { ...zero(), total: 1, compliant: 1 } } };
function zero() {
  return { total: 0, compliant: 0, non_compliant: 0, not_applicable: 0, unknown: 0, waived: 0 };
}
const findings = [finding({ message: 'Größe ist 10 €.' }), finding({ resource_id: 'i-2' })];
const text = documentText(changes, findings);

describe('readScan', () => {
  it('gives the head and each evaluation', async () => {
    const expected = { head: head(changes), evaluations: findings };
    expect(await read(text)).to.deep.equal(expected);
    expect(await read(gzipSync(text))).to.deep.equal(expected);
  });

  it('loses nothing: written again, the document is the same', async () => {
    const { remediation = '', ...bare } = finding();
    const waiver = { owner: 'Ada', reason: 'A bastion', expires: '2027-03-31' };
    const whole = documentText(changes, [
      { ...bare, facts: [{ key: 'missing/Owner', message: 'The tag Owner is missing.' }], remediation },
      { ...bare, status: 'UNKNOWN', missing_permission: 'ec2:DescribeTags' },
      { ...bare, status: 'WAIVED', waiver: { ...waiver, ticket: 'SEC-1' } },
      { ...bare, status: 'WAIVED', waiver },
    ]);
    const { head, evaluations = [] } = (await read(whole)) ?? {};
    expect(documentText(head, evaluations)).to.equal(whole);
  });

  for (const size of [1, 2, 3, 7, 100]) {
    it(`gives the same whatever the pieces: of ${size} bytes`, async () => {
      expect(await read(text, size)).to.deep.equal(await read(text));
      expect(await read(gzipSync(text), size)).to.deep.equal(await read(text));
    });
  }

  it('misses no line break at the end', async () => {
    expect(await read(text.trimEnd())).to.deep.equal(await read(text));
  });

  it('reads a scan that found nothing', async () => {
    expect(await read(documentText())).to.deep.equal({ head: head(), evaluations: [] });
  });

  it('says times in UTC, with milliseconds', async () => {
    const answer = await read(documentText({ report_timestamp: '2026-11-20T02:00:00+03:00' }));
    expect(answer?.head.report_timestamp).to.equal('2026-11-19T23:00:00.000Z');
  });

  it('takes keys that a later version has added', async () => {
    const later = text
      .replace('  "evaluations"', '  "added": { "a": 1 },\n  "evaluations"')
      .replace('"rule_id"', '"x":1,"rule_id"');
    expect(await read(later)).to.deep.equal(await read(text));
  });

  it('reads no further where the scan is not wanted', async () => {
    let pieces = 0;
    let ended = false;
    async function* endless() {
      try {
        yield Buffer.from(documentText({}, [finding()]));
        for (;;) {
          pieces += 1;
          yield Buffer.from('    {},\n');
        }
      } finally {
        ended = true;
      }
    }
    expect(await readScan(endless(), () => undefined)).to.equal(undefined);
    expect({ pieces, ended }).to.deep.equal({ pieces: 0, ended: true });
  });

  it('lets go of the bytes of an archive that is not wanted', async () => {
    let ended = false;
    async function* bytes() {
      try {
        yield* inPieces(gzipSync(text), 100);
      } finally {
        ended = true;
      }
    }
    expect(await readScan(bytes(), () => undefined)).to.equal(undefined);
    await new Promise(setImmediate);
    expect(ended).to.equal(true);
  });

  const fault = async (content: string | Uint8Array) => {
    const error = await thrownBy(() => read(content));
    if (!(error instanceof UnreadableDocumentError)) throw error;
    return [error.fault, error.message];
  };
  const zipped = gzipSync(
    documentText(
      {},
      Array.from({ length: 200 }, (_, index) => finding({ resource_id: `i-${index}` })),
    ),
  );
  const foreign = (why: string) => ['not-a-scan', `Not a scan document: ${why}.`];
  const another = 'it is not JSON as compliancectl writes it';
  const damaged = Uint8Array.from(zipped, (byte, index) => (index === 300 ? byte ^ 255 : byte));
  const cases: [what: string, content: string | Uint8Array, expected: string[]][] = [
    ['an archive that was cut short', zipped.subarray(0, -20), ['truncated', 'The archive ends before its end.']],
    ['the first bytes of an archive', zipped.subarray(0, 2), ['truncated', 'The archive ends before its end.']],
    ['a single byte', zipped.subarray(0, 1), foreign('it does not begin like one')],
    ['a document that was cut short', text.slice(0, -3), ['truncated', 'The document ends before its end.']],
    ['one that was cut in its head', text.slice(0, 40), ['truncated', 'The document ends before its end.']],
    [
      'one that was cut in a line',
      text.slice(0, text.indexOf('"i-2"')),
      ['truncated', 'The document ends before its end.'],
    ],
    ['one that was spoilt in a line', text.replace('"fingerprint"', '"finger'), foreign(another)],
    ['one line of something else', '{"schema":"compliancectl.scan/1"}', foreign('it does not begin like one')],
    ['nothing', '', ['truncated', 'The document ends before its end.']],
    ['a damaged archive', damaged, ['not-a-scan', 'The archive is damaged.']],
    ['an archive of something else', gzipSync('hello\n'), foreign('it does not begin like one')],
    ['something else', 'hello\n', foreign('it does not begin like one')],
    ['bytes that are no text', Uint8Array.of(0x7b, 0x0a, 0xff, 0xfe), foreign('it is not UTF-8')],
    ['another document', '{\n  "evaluations": []\n}\n', foreign('its head is another')],
    ['one without a schema', text.replace('"schema"', '"scheme"'), foreign('its head is another')],
    [
      'one of a newer schema',
      text.replace('scan/1', 'scan/2'),
      ['newer-schema', 'The document is of the newer schema compliancectl.scan/2.'],
    ],
    ['one of a schema of old', text.replace('scan/1', 'scan/0'), foreign('its head is another')],
    ['a head that lacks a count', text.replace('"total_resources"', '"resources"'), foreign('its head is another')],
    ['a line that is no evaluation', text.replace('"FAIL"', '"FAILED"'), foreign('an evaluation of it is none')],
    ['a second list', text.replace('\n  ]\n}', '\n  ],\n  "x": []\n}'), foreign(another)],
    [
      'something after the list',
      text.replace('\n  ]\n}', '\n  ]\n  ,\n}'),
      foreign('something follows its evaluations'),
    ],
    ['something after its end', `${text}{\n`, foreign('something follows its end')],
  ];
  for (const [what, content, expected] of cases) {
    it(`refuses ${what}`, async () => {
      expect(await fault(content)).to.deep.equal(expected);
    });
  }

  it('refuses a line without an end, and a head without one, before they fill the memory', async () => {
    async function* endless(piece: string) {
      yield Buffer.from('{\n');
      for (;;) yield Buffer.from(piece);
    }
    const megabyte = 'x'.repeat(1024 * 1024);
    expect(await thrownBy(() => readScan(endless(megabyte), all))).to.deep.equal(
      new UnreadableDocumentError('not-a-scan', 'Not a scan document: a line of it has no end.'),
    );
    expect(await thrownBy(() => readScan(endless(`${megabyte}\n`), all))).to.deep.equal(
      new UnreadableDocumentError('not-a-scan', 'Not a scan document: its head has no end.'),
    );
  });

  it('throws on what the bytes throw, gzipped or not', async () => {
    const error = new Error('read ECONNRESET');
    async function* broken(content: Uint8Array) {
      yield content.subarray(0, 50);
      throw error;
    }
    expect(await thrownBy(() => readScan(broken(gzipSync(text)), all))).to.equal(error);
    expect(await thrownBy(() => readScan(broken(Buffer.from(text)), all))).to.equal(error);
  });
});

describe('scanFrom', () => {
  const inline = (changes: object = {}): unknown => ({ ...head(), evaluations: [finding()], ...changes });

  it('gives head and evaluations apart', () => {
    expect(scanFrom(inline())).to.deep.equal({ head: head(), evaluations: [finding()] });
  });

  for (const [what, value, fault, message] of [
    ['nothing', undefined, 'not-a-scan', 'Not a scan document: its head is another.'],
    ['null', null, 'not-a-scan', 'Not a scan document: its head is another.'],
    ['a head alone', head(), 'not-a-scan', 'Not a scan document: it has no evaluations.'],
    [
      'an evaluation that is none',
      inline({ evaluations: [{}] }),
      'not-a-scan',
      'Not a scan document: an evaluation of it is none.',
    ],
    [
      'one of a newer schema',
      inline({ schema: 'compliancectl.scan/2' }),
      'newer-schema',
      'The document is of the newer schema compliancectl.scan/2.',
    ],
  ] as const) {
    it(`refuses ${what}`, async () => {
      expect(await thrownBy(() => scanFrom(value))).to.deep.equal(new UnreadableDocumentError(fault, message));
    });
  }
});
