import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { Ajv } from 'ajv';
import formats from 'ajv-formats';
import { expect } from 'chai';
import fc from 'fast-check';
import type { Log } from 'sarif';

import type { AnyRule } from '../../src/engine/rule.ts';
import { renderSarif } from '../../src/report/sarif.ts';
import { HOSTILE, hostileScan, rendered, reportFixture, rules, scanOf, wellScan } from '../support/hostile-scan.ts';
import { context, finding, head } from '../support/scans.ts';

// OASIS's schema as Microsoft publishes it with @microsoft/jest-sarif 1.0.0-beta.0 (MIT). It is of draft 4, and says
// nothing that newer drafts read otherwise, so that Ajv takes it without its own id and draft; one of its patterns is
// no regular expression of Unicode's.
const file = join(import.meta.dirname, '../fixtures/schemas/sarif-2.1.0-rtm.5.json');
const { $schema: _draft, id: _id, ...schema } = JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>;
const ajv = new Ajv({ allErrors: true, strict: false, unicodeRegExp: false });
formats.default(ajv);
const validate = ajv.compile(schema);

/** @throws where the text is not SARIF */
function parse(text: string): Log {
  const log = JSON.parse(text) as Log;
  expect(validate(log) || validate.errors).to.equal(true);
  return log;
}

const runOf = (log: Log) => log.runs[0];
const notificationsOf = (log: Log) =>
  runOf(log)?.invocations?.[0]?.toolExecutionNotifications?.map(({ message }) => message.text);

describe('renderSarif', () => {
  it('gives a result a failure, and what is unknown as a notification', () => {
    expect(rendered(renderSarif, hostileScan)).to.equal(reportFixture('hostile.sarif'));
    expect(rendered(renderSarif, wellScan)).to.equal(reportFixture('well.sarif'));
  });

  it('is SARIF by the schema', () => {
    expect(runOf(parse(rendered(renderSarif, hostileScan)))?.results).to.have.length(13);
    expect(runOf(parse(rendered(renderSarif, wellScan)))?.results).to.deep.equal([]);
  });

  it('is checked by a schema that refuses what is no SARIF', () => {
    expect(validate({ version: '2.1.0', runs: [{ tool: { driver: {} } }] })).to.equal(false);
  });

  it('has all that GitHub asks for in every result', () => {
    const run = runOf(parse(rendered(renderSarif, hostileScan)));
    const ids = run?.tool.driver.rules?.map(({ id }) => id);
    for (const { ruleId, ruleIndex, message, locations, partialFingerprints } of run?.results ?? []) {
      expect(ids?.[ruleIndex ?? -1]).to.equal(ruleId);
      expect(message.text).to.not.equal('');
      expect(locations?.[0]?.physicalLocation?.region).to.deep.equal({
        startLine: 1,
        startColumn: 1,
        endLine: 1,
        endColumn: 1,
      });
      expect(partialFingerprints?.['primaryLocationLineHash']).to.equal(
        `${partialFingerprints?.['compliancectl/v1']}:1`,
      );
    }
  });

  it('makes a path of any ARN that is relative, stays where it is and has no scheme', () => {
    const name = fc.oneof(fc.string({ unit: 'binary' }), fc.string(), fc.constantFrom(...Object.values(HOSTILE)));
    fc.assert(
      fc.property(name, (id) => {
        const [result] = runOf(JSON.parse(rendered(renderSarif, scanOf([id]))) as Log)?.results ?? [];
        const uri = result?.locations?.[0]?.physicalLocation?.artifactLocation?.uri ?? '';
        expect(uri).to.match(/^arn\/aws\/ec2\/eu-west-1\/111122223333\/instance\/[\w\-.!~*'()%/]+$/);
        expect(new URL(uri, 'file:///root/').pathname).to.equal(`/root/${uri}`);
      }),
    );
  });

  it('fills the blanks of an ARN', () => {
    const log = parse(rendered(renderSarif, scanOf(['x'], { resource_arn: 'arn:aws:s3:::reports' })));
    expect(runOf(log)?.results?.[0]?.locations?.[0]?.physicalLocation?.artifactLocation).to.deep.equal({
      uri: 'arn/aws/s3/-/-/reports',
    });
  });

  it('names no ticket where a waiver has none', () => {
    const waiver = { owner: 'ada', reason: 'It goes.', expires: '2026-12-31' };
    const log = parse(rendered(renderSarif, { head: head(), evaluations: [finding({ status: 'WAIVED', waiver })] }));
    expect(runOf(log)?.results?.[0]?.suppressions).to.deep.equal([
      {
        kind: 'external',
        status: 'accepted',
        justification: 'It goes. (Waived by ada until 2026-12-31)',
        properties: { owner: 'ada', expires: '2026-12-31' },
      },
    ]);
  });

  it('says that a scan was cut short', () => {
    const log = parse(rendered(renderSarif, { head: head({ complete: false }), evaluations: [] }));
    expect(runOf(log)?.invocations).to.deep.equal([{ executionSuccessful: false, toolExecutionNotifications: [] }]);
  });

  it('keeps the worst of more results than GitHub takes, and says how many were left out', () => {
    const low = Array.from({ length: 25_001 }, () => finding({ severity: 'low' }));
    const unknown = Array.from({ length: 1002 }, () => finding({ status: 'UNKNOWN' }));
    const text = rendered(renderSarif, {
      head: head(),
      evaluations: [...low, ...unknown, finding({ severity: 'high' })],
    });
    const log = JSON.parse(text) as Log;
    const results = runOf(log)?.results ?? [];
    expect([results.length, results[0]?.level, results.at(-1)?.level]).to.deep.equal([25_000, 'error', 'note']);
    const notifications = notificationsOf(log) ?? [];
    expect([notifications.length, ...notifications.slice(0, 2)]).to.deep.equal([
      1002,
      'Left out: 2 less severe results. A run holds 25000 at most.',
      'Left out: 2 UNKNOWN verdicts. A run holds 1000 at most.',
    ]);
  });

  it('keeps to the rules that GitHub takes', () => {
    const many: AnyRule[] = Array.from({ length: 25_001 }, (_, index) => ({ ...rules[0]!, id: `rule-${index}` }));
    const scan = { head: head(), evaluations: [finding({ rule_id: 'rule-25000' })] };
    const log = JSON.parse([...renderSarif(scan, context({ rules: many }))].join('')) as Log;
    expect(runOf(log)?.tool.driver.rules).to.have.length(25_000);
    expect(runOf(log)?.results?.map(({ ruleId, ruleIndex }) => [ruleId, ruleIndex])).to.deep.equal([
      ['rule-25000', undefined],
    ]);
    expect(notificationsOf(log)).to.deep.equal(['Left out: 1 rules. A run holds 25000 at most.']);
  });
});
