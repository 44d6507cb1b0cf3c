import { createHash } from 'node:crypto';

import { expect } from 'chai';
import * as fc from 'fast-check';
import { stub } from 'sinon';
import type { SinonStub } from 'sinon';

import { fingerprint } from '../../src/engine/evaluation.ts';
import type { Evaluation, Status } from '../../src/engine/evaluation.ts';
import type { FailureFact } from '../../src/engine/verdict.ts';
import { storeChanges, storeEvery } from '../../src/publish/history.ts';
import type { Transition } from '../../src/publish/history.ts';
import { serviceError } from '../support/aws-errors.ts';
import { stubbedClients } from '../support/clients.ts';
import { fakeClock } from '../support/clock.ts';
import { cancelled, inMemoryTable, tableNotFound } from '../support/dynamodb-table.ts';
import type { TableOperation } from '../support/dynamodb-table.ts';
import { thrownBy } from '../support/errors.ts';
import { finding } from '../support/scans.ts';

const TABLE = 'compliance-history-dev';
const ACCOUNT = '111122223333';
const RULE = 'ec2-required-tags';
const OPERATIONS: readonly TableOperation[] = ['BatchGetItem', 'BatchWriteItem', 'TransactWriteItems'];
const never = new AbortController().signal;

/** As of when the scan of a number judges: that many hours into the day. */
const hour = (number: number) => new Date(Date.UTC(2026, 10, 21, number));

/** What a rule says of an instance. */
function verdict(status: Status, changes: Partial<Evaluation> & { readonly id?: string } = {}): Evaluation {
  const { id = 'i-1', ...rest } = changes;
  const arn = `arn:aws:ec2:eu-west-1:${ACCOUNT}:instance/${id}`;
  const { rule_id: rule = RULE } = rest;
  return finding({
    status,
    resource_id: id,
    resource_arn: arn,
    fingerprint: fingerprint(rule, ACCOUNT, 'eu-west-1', arn),
    message: `Instance ${id} is ${status}.`,
    ...rest,
  });
}

const facts = (...keys: readonly string[]): FailureFact[] => keys.map((key) => ({ key, message: `${key} is wrong.` }));

describe('the history', () => {
  const table = inMemoryTable(TABLE);
  const dynamodb = stubbedClients().dynamodb();

  const scanOf = (number: number, signal: AbortSignal) => ({
    table: TABLE,
    scanId: `scan-${number}`,
    evaluatedAt: hour(number),
    signal,
  });
  const every = async (number: number, evaluations: readonly Evaluation[], signal = never) =>
    storeEvery(await dynamodb, evaluations, scanOf(number, signal));
  const changes = async (number: number, evaluations: readonly Evaluation[], signal = never) =>
    storeChanges(await dynamodb, evaluations, scanOf(number, signal));

  /** Runs the scan, and lets its process end at a call: before it is served, or before it is answered. */
  const crashing = async (when: 'before' | 'after', call: number, run: (signal: AbortSignal) => Promise<unknown>) => {
    const invocation = new AbortController();
    let calls = 0;
    const crash = () => {
      calls += 1;
      if (calls < call) return;
      invocation.abort();
      throw new Error('The process ended.');
    };
    for (const operation of OPERATIONS) table.during(operation, { [when]: crash, times: Infinity });
    const outcome = await run(invocation.signal).then(
      () => 'It got that far.',
      (error: unknown) => (error as Error).message,
    );
    // What the others of its calls come to is none of the next attempt's business.
    await new Promise(setImmediate);
    return outcome;
  };

  const isCurrent = (item: Record<string, unknown>) => String(item['evaluation_timestamp']).startsWith('CURRENT#');
  /** `i-1 ec2-required-tags scan-1 FAIL` of every item that is, or is not, a current state. */
  const linesOf = (kept: (item: Record<string, unknown>) => boolean) =>
    table
      .items()
      .filter(kept)
      .map((item) => [item['resource_name'], item['rule_id'], item['scan_id'], item['status']].join(' '));
  const history = () => linesOf((item) => !isCurrent(item));
  const current = () => linesOf(isCurrent);
  const callsOf = (operation: TableOperation) => table.requests.filter((request) => request.operation === operation);
  const estate = (size: number, status: Status = 'FAIL') =>
    Array.from({ length: size }, (_, index) => verdict(status, { id: `i-${index}` }));
  const asItem = {
    resource_id: `arn:aws:ec2:eu-west-1:${ACCOUNT}:instance/i-1`,
    evaluation_timestamp: `2026-11-21T01:00:00.000Z#${RULE}#scan-1`,
    rule_id: RULE,
    scan_id: 'scan-1',
    evaluated_at: '2026-11-21T01:00:00.000Z',
    status: 'FAIL',
    compliance_type: 'NON_COMPLIANT',
    severity: 'medium',
    category: 'tagging',
    resource_type: 'AWS::EC2::Instance',
    resource_name: 'i-1',
    account_id: ACCOUNT,
    region: 'eu-west-1',
    message: 'Instance i-1 is FAIL.',
    facts: facts('b', 'a'),
    fingerprint: verdict('FAIL').fingerprint,
  };
  const asAttributes = {
    resource_id: { S: asItem.resource_id },
    evaluation_timestamp: { S: asItem.evaluation_timestamp },
    rule_id: { S: RULE },
    scan_id: { S: 'scan-1' },
    evaluated_at: { S: '2026-11-21T01:00:00.000Z' },
    status: { S: 'FAIL' },
    compliance_type: { S: 'NON_COMPLIANT' },
    severity: { S: 'medium' },
    category: { S: 'tagging' },
    resource_type: { S: 'AWS::EC2::Instance' },
    resource_name: { S: 'i-1' },
    account_id: { S: ACCOUNT },
    region: { S: 'eu-west-1' },
    message: { S: 'Instance i-1 is FAIL.' },
    facts: {
      L: [
        { M: { key: { S: 'b' }, message: { S: 'b is wrong.' } } },
        { M: { key: { S: 'a' }, message: { S: 'a is wrong.' } } },
      ],
    },
    fingerprint: { S: asItem.fingerprint },
  };
  const digest = (...parts: readonly unknown[]) => createHash('sha256').update(JSON.stringify(parts)).digest('hex');

  describe('of every evaluation', () => {
    it('holds an item an evaluation (S2-2)', async () => {
      await every(1, [verdict('FAIL', { facts: facts('b', 'a') })]);
      expect(table.requests).to.deep.equal([
        {
          operation: 'BatchWriteItem',
          input: { RequestItems: { [TABLE]: [{ PutRequest: { Item: asAttributes } }] } },
        },
      ]);
      expect(table.items()).to.deep.equal([asItem]);
    });

    it('says in AWS Config’s words what a status is', async () => {
      const statuses = ['PASS', 'FAIL', 'NOT_APPLICABLE', 'UNKNOWN', 'WAIVED'] as const;
      await every(
        1,
        statuses.map((status, index) => verdict(status, { id: `i-${index}` })),
      );
      expect(table.items().map((item) => [item['status'], item['compliance_type'], item['facts']])).to.deep.equal([
        ['PASS', 'COMPLIANT', []],
        ['FAIL', 'NON_COMPLIANT', []],
        ['NOT_APPLICABLE', 'NOT_APPLICABLE', []],
        ['UNKNOWN', 'INSUFFICIENT_DATA', []],
        ['WAIVED', 'NOT_APPLICABLE', []],
      ]);
    });

    it('keeps several rules on one resource at one instant apart (S2-2)', async () => {
      await every(1, [verdict('FAIL'), verdict('PASS', { rule_id: 'ec2-no-public-ip' })]);
      expect(history()).to.deep.equal(['i-1 ec2-no-public-ip scan-1 PASS', 'i-1 ec2-required-tags scan-1 FAIL']);
    });

    it('holds each once, however often the scan is repeated', async () => {
      await every(1, estate(30));
      const once = table.items();
      await every(1, estate(30));
      await every(1, estate(30));
      expect(table.items()).to.deep.equal(once);
      expect(once).to.have.length(30);
    });

    it('holds every scan', async () => {
      await every(1, [verdict('FAIL')]);
      await every(2, [verdict('FAIL')]);
      expect(history()).to.deep.equal(['i-1 ec2-required-tags scan-1 FAIL', 'i-1 ec2-required-tags scan-2 FAIL']);
    });

    it('takes an account that is entered twice once', async () => {
      await every(1, [verdict('FAIL'), verdict('PASS', { id: 'i-2' }), verdict('UNKNOWN')]);
      expect(history()).to.deep.equal(['i-1 ec2-required-tags scan-1 UNKNOWN', 'i-2 ec2-required-tags scan-1 PASS']);
    });

    it('asks for nothing where there is nothing', async () => {
      await every(1, []);
      expect(table.requests).to.deep.equal([]);
    });

    it('is written 25 at a time', async () => {
      await every(1, estate(60));
      expect(table.requests).to.have.length(3);
      expect(table.items()).to.have.length(60);
    });

    it('takes what no rule has ever said', async () => {
      await every(
        1,
        Array.from({ length: 25 }, (_, index) => endless(index)),
      );
      expect(table.items()).to.have.length(25);
    });
  });

  describe('of changes', () => {
    it('reads the current state, and writes a change and the new one together', async () => {
      const failing = verdict('FAIL', { facts: facts('b', 'a') });
      const currentState = {
        ...asAttributes,
        evaluation_timestamp: { S: `CURRENT#${RULE}` },
        digest: { S: digest('FAIL', 'medium', 'Instance i-1 is FAIL.', ['a', 'b']) },
        decided: { M: { status: { S: 'FAIL' }, severity: { S: 'medium' }, facts: { L: [{ S: 'b' }, { S: 'a' }] } } },
      };
      expect(await changes(1, [failing])).to.deep.equal([{ evaluation: failing, change: 'new' }]);
      const read = {
        operation: 'BatchGetItem',
        input: {
          RequestItems: {
            [TABLE]: {
              Keys: [{ resource_id: { S: asItem.resource_id }, evaluation_timestamp: { S: `CURRENT#${RULE}` } }],
              ConsistentRead: true,
              ExpressionAttributeNames: { '#status': 'status' },
              ProjectionExpression:
                'resource_id, evaluation_timestamp, scan_id, evaluated_at, digest, #status, decided, decided_before',
            },
          },
        },
      };
      const write = {
        operation: 'TransactWriteItems',
        input: {
          TransactItems: [
            {
              Put: {
                TableName: TABLE,
                Item: currentState,
                ConditionExpression: 'attribute_not_exists(resource_id)',
              },
            },
            { Put: { TableName: TABLE, Item: asAttributes } },
          ],
        },
      };
      expect(table.requests).to.deep.equal([read, write]);

      const passing = verdict('PASS');
      expect(await changes(2, [passing])).to.deep.equal([{ evaluation: passing }]);
      expect(table.requests.slice(2, 3)).to.deep.equal([read]);
      const passed = {
        ...asAttributes,
        evaluation_timestamp: { S: `2026-11-21T02:00:00.000Z#${RULE}#scan-2` },
        scan_id: { S: 'scan-2' },
        evaluated_at: { S: '2026-11-21T02:00:00.000Z' },
        status: { S: 'PASS' },
        compliance_type: { S: 'COMPLIANT' },
        message: { S: 'Instance i-1 is PASS.' },
        facts: { L: [] },
      };
      expect(table.requests.slice(3)).to.deep.equal([
        {
          operation: 'TransactWriteItems',
          input: {
            TransactItems: [
              {
                Put: {
                  TableName: TABLE,
                  Item: {
                    ...passed,
                    evaluation_timestamp: { S: `CURRENT#${RULE}` },
                    digest: { S: digest('PASS', 'medium', 'Instance i-1 is PASS.', []) },
                    decided: { M: { status: { S: 'PASS' }, severity: { S: 'medium' }, facts: { L: [] } } },
                    decided_before: currentState.decided,
                  },
                  ConditionExpression: 'digest = :digest AND evaluated_at = :evaluated_at',
                  ExpressionAttributeValues: {
                    ':digest': currentState.digest,
                    ':evaluated_at': { S: '2026-11-21T01:00:00.000Z' },
                  },
                },
              },
              { Put: { TableName: TABLE, Item: passed } },
            ],
          },
        },
      ]);
    });

    it('stores nothing for a verdict that stays', async () => {
      await changes(1, [verdict('FAIL', { facts: facts('a', 'b') }), verdict('PASS', { id: 'i-2' })]);
      const before = table.items();
      expect(
        await changes(2, [verdict('FAIL', { facts: facts('b', 'a') }), verdict('PASS', { id: 'i-2' })]),
      ).to.deep.equal([]);
      expect(table.items()).to.deep.equal(before);
      expect(callsOf('TransactWriteItems')).to.have.length(1);
    });

    it('asks for nothing where there is nothing', async () => {
      expect(await changes(1, [])).to.deep.equal([]);
      expect(table.requests).to.deep.equal([]);
    });

    /** What the last of several scans of one instance finds changed. */
    const newsOf = async (...verdicts: readonly Evaluation[]): Promise<string | undefined> => {
      table.clear();
      let last: readonly Transition[] = [];
      for (const [index, said] of verdicts.entries()) last = await changes(index + 1, [said]);
      const [transition, ...more] = last;
      expect(more).to.deep.equal([]);
      expect(transition?.evaluation).to.equal(transition === undefined ? undefined : verdicts.at(-1));
      return transition === undefined ? 'no transition' : transition.change;
    };
    const fail = (...keys: readonly string[]) => verdict('FAIL', { facts: facts(...keys) });

    it('tells a failure that was none before as new', async () => {
      expect(await newsOf(fail('a'))).to.equal('new');
      expect(await newsOf(verdict('PASS'), fail('a'))).to.equal('new');
      expect(await newsOf(verdict('NOT_APPLICABLE'), fail('a'))).to.equal('new');
      expect(await newsOf(verdict('UNKNOWN'), fail('a'))).to.equal('new');
      expect(await newsOf(fail('a'), verdict('PASS'), fail('a'))).to.equal('new');
      expect(await newsOf(fail('a'), verdict('WAIVED'), fail('a'))).to.equal('new');
      expect(await newsOf(fail('a'), verdict('PASS'), verdict('UNKNOWN'), fail('a'))).to.equal('new');
    });

    it('tells a failure in another way, or of a higher severity, as worse', async () => {
      expect(await newsOf(fail('a'), fail('a', 'b'))).to.equal('worse');
      expect(await newsOf(fail('a'), fail('b'))).to.equal('worse');
      expect(await newsOf(fail('a'), verdict('UNKNOWN'), fail('b'))).to.equal('worse');
      expect(await newsOf(fail('a'), { ...fail('a'), severity: 'high' })).to.equal('worse');
      expect(await newsOf({ ...fail('a'), severity: 'high' }, verdict('UNKNOWN'), fail('a'))).to.equal(undefined);
    });

    it('tells what stays a failure, in other words or in fewer ways, as no news', async () => {
      expect(await newsOf(fail('a'), fail('a'))).to.equal('no transition');
      expect(await newsOf(fail('a', 'b'), fail('b'))).to.equal(undefined);
      expect(await newsOf(fail('a'), { ...fail('a'), severity: 'low' })).to.equal(undefined);
      expect(await newsOf(fail(), { ...fail(), message: 'Instance i-1 lacks the tag Owner.' })).to.equal(undefined);
    });

    it('takes a failure before and after what could not be read for the same one', async () => {
      expect(await newsOf(fail('a'), verdict('UNKNOWN'))).to.equal(undefined);
      expect(await newsOf(fail('a'), verdict('UNKNOWN'), fail('a'))).to.equal(undefined);
      const elsewise = verdict('UNKNOWN', { message: 'Reading was throttled to the end.' });
      expect(await newsOf(fail('a'), verdict('UNKNOWN'), elsewise, fail('a'))).to.equal(undefined);
    });

    it('tells of no failure where one is mended, accepted or gone', async () => {
      expect(await newsOf(fail('a'), verdict('PASS'))).to.equal(undefined);
      expect(await newsOf(fail('a'), verdict('WAIVED'))).to.equal(undefined);
      expect(await newsOf(fail('a'), verdict('NOT_APPLICABLE'))).to.equal(undefined);
      expect(await newsOf(fail('a'), verdict('UNKNOWN'), verdict('PASS'))).to.equal(undefined);
      expect(await newsOf(verdict('UNKNOWN'))).to.equal(undefined);
      expect(await newsOf(verdict('UNKNOWN'), verdict('UNKNOWN'))).to.equal('no transition');
    });

    it('goes by the status where no more is known', async () => {
      await changes(1, [fail('a')]);
      const statusAlone = async (number: number, evaluation: Evaluation) =>
        storeChanges(await dynamodb, [evaluation], { ...scanOf(number, never), statusAlone: true });
      expect(await statusAlone(2, verdict('FAIL', { severity: 'critical', message: 'Non-compliant.' }))).to.deep.equal(
        [],
      );
      expect(history()).to.deep.equal(['i-1 ec2-required-tags scan-1 FAIL']);
      expect(await statusAlone(3, verdict('PASS'))).to.deep.equal([{ evaluation: verdict('PASS') }]);
      expect(await statusAlone(4, verdict('FAIL'))).to.deep.equal([{ evaluation: verdict('FAIL'), change: 'new' }]);
      expect(current()).to.deep.equal(['i-1 ec2-required-tags scan-4 FAIL']);
    });

    it('keeps rules on one resource, and one rule on several, apart', async () => {
      await changes(1, [
        verdict('FAIL'),
        verdict('FAIL', { rule_id: 'ec2-no-public-ip' }),
        verdict('FAIL', { id: 'i-2' }),
      ]);
      const other = verdict('PASS', { rule_id: 'ec2-no-public-ip' });
      expect(await changes(2, [verdict('FAIL'), other, verdict('FAIL', { id: 'i-2' })])).to.deep.equal([
        { evaluation: other },
      ]);
      expect(current()).to.deep.equal([
        'i-1 ec2-no-public-ip scan-2 PASS',
        'i-1 ec2-required-tags scan-1 FAIL',
        'i-2 ec2-required-tags scan-1 FAIL',
      ]);
    });

    it('takes an account that is entered twice once', async () => {
      const [first, second] = [verdict('FAIL'), verdict('FAIL')];
      expect(await changes(1, [first, second])).to.deep.equal([{ evaluation: second, change: 'new' }]);
      expect(history()).to.deep.equal(['i-1 ec2-required-tags scan-1 FAIL']);
    });

    it('is read 100 at a time, and written 25 at a time', async () => {
      const transitions = await changes(1, estate(230));
      expect(transitions).to.deep.equal(estate(230).map((evaluation) => ({ evaluation, change: 'new' })));
      expect(callsOf('BatchGetItem')).to.have.length(3);
      expect(callsOf('TransactWriteItems')).to.have.length(4 + 4 + 2);
      expect(table.items()).to.have.length(460);
    });

    describe('with more to say than fits', () => {
      it('fits, and stays no news, in whatever order AWS answers', async () => {
        const all = Array.from({ length: 25 }, (_, index) => endless(index));
        await changes(1, all);
        await changes(2, estate(25, 'PASS'));
        expect((await changes(3, all)).map(({ change }) => change)).to.deep.equal(all.map(() => 'new'));
        const reversed = all.map((evaluation) => ({ ...evaluation, facts: evaluation.facts?.toReversed() ?? [] }));
        expect(await changes(4, reversed)).to.deep.equal([]);
      });

      it('is not worse for what was left out', async () => {
        await changes(1, [endless(1)]);
        const reworded = { ...endless(1), message: 'Instance i-1 is wrong.' };
        expect(await changes(2, [reworded])).to.deep.equal([{ evaluation: reworded }]);
      });

      it('keeps the first 4000 characters of a message', async () => {
        await changes(1, [{ ...endless(1), facts: [] }]);
        expect(table.items().map((item) => String(item['message']).length)).to.deep.equal([4000, 4000]);
      });
    });

    describe('of two scans at once', () => {
      /** The second scan runs while the first, having compared, is about to write. */
      const interleaved = async (
        first: readonly [number, readonly Evaluation[]],
        second: readonly [number, readonly Evaluation[]],
      ) => {
        let other: readonly Transition[] = [];
        table.during('TransactWriteItems', {
          before: async () => {
            other = await changes(...second);
          },
        });
        const own = await changes(...first);
        return { first: own.map(({ change }) => change), second: other.map(({ change }) => change) };
      };

      it('stores a change that both see once, and one of them tells it', async () => {
        expect(await interleaved([1, [verdict('FAIL')]], [2, [verdict('FAIL')]])).to.deep.equal({
          first: [],
          second: ['new'],
        });
        expect(history()).to.deep.equal(['i-1 ec2-required-tags scan-2 FAIL']);
        expect(current()).to.deep.equal(['i-1 ec2-required-tags scan-2 FAIL']);
      });

      it('does the same where there was a state before', async () => {
        await changes(1, [verdict('PASS')]);
        expect(await interleaved([3, [verdict('FAIL')]], [2, [verdict('FAIL')]])).to.deep.equal({
          first: [],
          second: ['new'],
        });
        expect(history()).to.deep.equal(['i-1 ec2-required-tags scan-1 PASS', 'i-1 ec2-required-tags scan-2 FAIL']);
      });

      it('never puts an older verdict over a newer one', async () => {
        expect(await interleaved([1, [verdict('PASS')]], [2, [verdict('FAIL')]])).to.deep.equal({
          first: [],
          second: ['new'],
        });
        expect(history()).to.deep.equal(['i-1 ec2-required-tags scan-2 FAIL']);
        expect(current()).to.deep.equal(['i-1 ec2-required-tags scan-2 FAIL']);
      });

      it('compares anew what the other one has changed, and writes the rest as it is', async () => {
        const first = [verdict('PASS'), verdict('FAIL', { id: 'i-2' })];
        expect(await interleaved([2, first], [1, [verdict('FAIL')]])).to.deep.equal({
          first: ['new', undefined],
          second: ['new'],
        });
        expect(history()).to.deep.equal([
          'i-1 ec2-required-tags scan-1 FAIL',
          'i-1 ec2-required-tags scan-2 PASS',
          'i-2 ec2-required-tags scan-2 FAIL',
        ]);
      });

      it('stores the changes of one scan once, though both of its invocations tell them', async () => {
        expect(await interleaved([1, [verdict('FAIL')]], [1, [verdict('FAIL')]])).to.deep.equal({
          first: ['new'],
          second: ['new'],
        });
        expect(history()).to.deep.equal(['i-1 ec2-required-tags scan-1 FAIL']);
      });

      it('keeps the first verdict of two as of one moment', async () => {
        await changes(1, [verdict('FAIL')]);
        const other = { ...scanOf(1, never), scanId: 'another' };
        expect(await storeChanges(await dynamodb, [verdict('PASS')], other)).to.deep.equal([]);
        expect(current()).to.deep.equal(['i-1 ec2-required-tags scan-1 FAIL']);
      });

      it('leaves a newer verdict alone when an older scan comes late', async () => {
        await changes(2, [verdict('FAIL')]);
        expect(await changes(1, [verdict('PASS')])).to.deep.equal([]);
        expect(current()).to.deep.equal(['i-1 ec2-required-tags scan-2 FAIL']);
        expect(history()).to.deep.equal(['i-1 ec2-required-tags scan-2 FAIL']);
      });
    });

    describe('after an invocation that failed', () => {
      for (const when of ['before', 'after'] as const) {
        it(`tells and stores what an undisturbed one does (${when} a call is served)`, async () => {
          const [before, now] = [estate(130, 'PASS'), [...estate(90), ...estate(130).slice(100)]];
          await changes(1, before);
          const expected = await changes(2, now);
          const undisturbed = table.items();
          expect(expected).to.have.length(120);
          const calls = 2 + 4 + 1;
          for (let call = 1; call <= calls; call += 1) {
            table.clear();
            await changes(1, before);
            expect(await crashing(when, call, (signal) => changes(2, now, signal))).to.equal('The process ended.');
            table.settle();
            const retried = await changes(2, now);
            expect(retried.map(lineOf).toSorted(), `call ${call}`).to.deep.equal(expected.map(lineOf).toSorted());
            expect(table.items(), `call ${call}`).to.deep.equal(undisturbed);
          }
        });
      }
    });
  });

  describe('of a table that answers badly', () => {
    const refusals = {
      throttled: serviceError('ThrottlingException', 400, 'Rate exceeded'),
      denied: serviceError('AccessDeniedException', 400, 'User is not authorized'),
      'that is gone': tableNotFound(),
    };
    for (const [what, error] of Object.entries(refusals)) {
      it(`fails with the reason: ${what}`, async () => {
        for (const operation of OPERATIONS) table.fail(operation, error);
        expect(await thrownBy(() => every(1, estate(60)))).to.equal(error);
        expect(await thrownBy(() => changes(1, estate(60)))).to.equal(error);
        expect(table.items()).to.deep.equal([]);
      });
    }

    it('fails with the reason where only writing is refused', async () => {
      table.fail('TransactWriteItems', refusals.denied);
      expect(await thrownBy(() => changes(1, estate(1)))).to.equal(refusals.denied);
    });

    it('fails where the table has another name', async () => {
      const other = { ...scanOf(1, never), table: 'compliance-history-gone' };
      expect(await thrownBy(async () => storeEvery(await dynamodb, estate(1), other))).to.deep.equal(tableNotFound());
      expect(await thrownBy(async () => storeChanges(await dynamodb, estate(1), other))).to.deep.equal(tableNotFound());
    });

    it('fails where an answer does not say what was taken', async () => {
      table.during('BatchWriteItem', { instead: {} });
      expect(await thrownBy(() => every(1, estate(1)))).to.deep.include({
        name: 'MalformedAnswerError',
        message: 'The answer has no UnprocessedItems',
      });
      table.during('BatchGetItem', { instead: {} });
      expect(await thrownBy(() => changes(1, estate(1)))).to.have.property('message', 'The answer has no Responses');
      table.during('BatchGetItem', { instead: { Responses: {} } });
      expect(await thrownBy(() => changes(1, estate(1)))).to.have.property(
        'message',
        'The answer has no UnprocessedKeys',
      );
      expect(table.items()).to.deep.equal([]);
    });

    it('takes an answer that says nothing of the table for an empty one', async () => {
      table.during('BatchGetItem', { instead: { Responses: {}, UnprocessedKeys: {} } });
      expect(await changes(1, estate(1))).to.have.length(1);
    });

    it('fails where a transaction is cancelled for what no other round would mend', async () => {
      const invalid = cancelled([
        { Code: 'None' },
        { Code: 'ValidationError', Message: 'One or more values are invalid' },
      ]);
      table.fail('TransactWriteItems', invalid, 1);
      expect(await thrownBy(() => changes(1, estate(1)))).to.equal(invalid);
      const unexplained = cancelled([]);
      table.fail('TransactWriteItems', unexplained, 1);
      expect(await thrownBy(() => changes(1, estate(1)))).to.equal(unexplained);
      const silent = Object.assign(cancelled([]), { CancellationReasons: undefined });
      table.fail('TransactWriteItems', silent, 1);
      expect(await thrownBy(() => changes(1, estate(1)))).to.equal(silent);
      expect(callsOf('TransactWriteItems')).to.have.length(3);
    });

    it('makes no call once it is interrupted', async () => {
      const interrupted = AbortSignal.abort();
      expect(await thrownBy(() => every(1, estate(1), interrupted))).to.have.property('name', 'AbortError');
      expect(await thrownBy(() => changes(1, estate(1), interrupted))).to.have.property('name', 'AbortError');
      const later = new AbortController();
      table.during('TransactWriteItems', { before: () => later.abort() });
      expect(await thrownBy(() => changes(1, estate(1), later.signal))).to.have.property('name', 'AbortError');
      expect(table.items()).to.deep.equal([]);
    });
  });

  describe('of a table that takes its time', () => {
    const clock = fakeClock();
    let random: SinonStub<[], number>;
    beforeEach(() => {
      random = stub(Math, 'random').returns(1);
    });
    afterEach(() => {
      random.restore();
    });

    /** What it gives or throws, once it has waited as long as it wants to. */
    const waited = async <Result>(work: Promise<Result>): Promise<Result> => {
      const state = { ended: false };
      const end = () => {
        state.ended = true;
      };
      void work.then(end, end);
      while (!state.ended) await clock().runAllAsync();
      return work;
    };
    /** Milliseconds of waiting before the last of eight rounds. */
    const ALL_ROUNDS = 100 + 200 + 400 + 800 + 1600 + 3200 + 3200;

    it('writes what is left, until nothing is', async () => {
      table.take('BatchWriteItem', 10);
      await waited(every(1, estate(25)));
      expect(table.items()).to.have.length(25);
      expect(
        table.requests.map(
          ({ input }) => (input as { RequestItems: Record<string, object[]> }).RequestItems[TABLE]?.length,
        ),
      ).to.deep.equal([25, 15, 5]);
      expect(clock().now).to.equal(100 + 200);
    });

    it('reads what is left, until nothing is', async () => {
      await waited(changes(1, estate(100)));
      const before = clock().now;
      table.take('BatchGetItem', 40);
      expect(await waited(changes(2, estate(100)))).to.deep.equal([]);
      expect(
        callsOf('BatchGetItem')
          .slice(1)
          .map(({ input }) => keysOf(input)),
      ).to.deep.equal([100, 60, 20]);
      expect(clock().now - before).to.equal(100 + 200);
    });

    it('gives up in the end where nothing is taken', async () => {
      table.take('BatchWriteItem', 0);
      expect(await thrownBy(() => waited(every(1, estate(3))))).to.have.property(
        'message',
        'The table compliance-history-dev did not take 3 evaluations.',
      );
      expect(table.requests).to.have.length(8);
      expect(clock().now).to.equal(ALL_ROUNDS);
    });

    it('gives up in the end where nothing is given', async () => {
      table.take('BatchGetItem', 0);
      expect(await thrownBy(() => waited(changes(1, estate(3))))).to.have.property(
        'message',
        'The table compliance-history-dev did not give 3 items.',
      );
      expect(table.requests).to.have.length(8);
      expect(clock().now).to.equal(ALL_ROUNDS);
    });

    for (const Code of [
      'ConditionalCheckFailed',
      'TransactionConflict',
      'ThrottlingError',
      'ProvisionedThroughputExceeded',
    ]) {
      it(`tries a change again that was refused with ${Code}`, async () => {
        const reasons = [{ Code: 'None' }, { Code }, { Code: 'None' }, { Code: 'None' }];
        table.fail('TransactWriteItems', cancelled(reasons), 1);
        const transitions = await waited(changes(1, estate(2)));
        expect(transitions.map(lineOf)).to.deep.equal(['i-1 FAIL new', 'i-0 FAIL new']);
        expect(callsOf('TransactWriteItems').map(({ input }) => itemsOf(input))).to.deep.equal([4, 2, 2]);
        expect(callsOf('BatchGetItem').map(({ input }) => keysOf(input))).to.deep.equal([2, 1]);
        expect(clock().now).to.equal(100);
      });

      it(`gives up in the end where it is refused with ${Code} to the last`, async () => {
        table.fail('TransactWriteItems', cancelled([{ Code }, { Code: 'None' }]));
        expect(await thrownBy(() => waited(changes(1, estate(1))))).to.have.property(
          'message',
          'The table compliance-history-dev did not take 1 changes.',
        );
        expect(callsOf('TransactWriteItems')).to.have.length(8);
        expect(clock().now).to.equal(ALL_ROUNDS);
      });
    }

    it('ends its waiting where it is interrupted', async () => {
      for (const work of [every, changes]) {
        table.take('BatchWriteItem', 0);
        table.take('BatchGetItem', 0);
        const interruption = new AbortController();
        const ended = thrownBy(() => work(1, estate(1), interruption.signal));
        // The first round, and the beginning of the wait for the second.
        while (clock().countTimers() === 0) await Promise.resolve();
        interruption.abort();
        expect(await ended).to.have.property('name', 'AbortError');
        expect(clock().countTimers()).to.equal(0);
        expect(clock().now).to.equal(0);
      }
    });
  });

  describe('of any scans', () => {
    const someVerdict = fc.oneof(
      fc
        .tuple(fc.subarray(['a', 'b', 'c']), fc.constantFrom('low' as const, 'high' as const))
        .map(([keys, severity]) => ({ status: 'FAIL' as const, severity, facts: facts(...keys) })),
      fc
        .constantFrom<Status>('PASS', 'UNKNOWN', 'WAIVED', 'NOT_APPLICABLE')
        .map((status) => ({ status, severity: 'high' as const, facts: [] })),
    );
    const KEYS = ['i-1', 'i-2', 'i-3'].flatMap((id) => [RULE, 'ec2-no-public-ip'].map((rule_id) => ({ id, rule_id })));
    type Said = readonly (typeof someVerdict extends fc.Arbitrary<infer Verdict> ? Verdict | undefined : never)[];
    /** What each rule says of each resource, or nothing. */
    const someScan: fc.Arbitrary<Said> = fc.tuple(
      ...KEYS.map(() => fc.option(someVerdict, { nil: undefined, freq: 4 })),
    );
    const evaluationsOf = (said: Said): Evaluation[] =>
      KEYS.flatMap((key, index) => {
        const given = said[index];
        return given === undefined ? [] : [verdict(given.status, { ...key, ...given })];
      });
    const keyOf = ({ resource_id: id, rule_id: rule }: Evaluation) => `${id} ${rule}`;
    const sameVerdict = (a: Evaluation, b: Evaluation) =>
      JSON.stringify([a.status, a.severity, a.facts]) === JSON.stringify([b.status, b.severity, b.facts]);

    /** What a failure is, given every verdict before it, oldest first. */
    const expectedChange = (earlier: readonly Evaluation[], now: Evaluation): 'new' | 'worse' | undefined => {
      if (now.status !== 'FAIL') return undefined;
      const decided = earlier.findLast(({ status }) => status !== 'UNKNOWN');
      if (decided?.status !== 'FAIL') return 'new';
      const heavier = decided.severity === 'low' && now.severity === 'high';
      const further = now.facts?.some(({ key }) => decided.facts?.every((fact) => fact.key !== key));
      return heavier || further === true ? 'worse' : undefined;
    };

    it('is the list of changes, and its end the newest verdict, whatever is repeated and whatever crashes', async () => {
      const someCrash = fc.record({
        when: fc.constantFrom('before' as const, 'after' as const),
        call: fc.integer({ min: 1, max: 2 }),
      });
      const someStep = fc.record({
        said: someScan,
        crashes: fc.array(someCrash, { maxLength: 2 }),
        repeated: fc.option(fc.nat(), { nil: undefined }),
      });
      await fc.assert(
        fc.asyncProperty(fc.array(someStep, { minLength: 1, maxLength: 6 }), async (steps) => {
          table.clear();
          const seen = new Map<string, Evaluation[]>();
          const expected: string[] = [];
          for (const [index, { said, crashes, repeated }] of steps.entries()) {
            const evaluations = evaluationsOf(said);
            const news = evaluations.flatMap((evaluation) => {
              const earlier = seen.get(keyOf(evaluation)) ?? [];
              seen.set(keyOf(evaluation), [...earlier, evaluation]);
              const last = earlier.at(-1);
              if (last !== undefined && sameVerdict(last, evaluation)) return [];
              expected.push([keyOf(evaluation), `scan-${index}`, evaluation.status].join(' '));
              return [`${lineOf({ evaluation })} ${expectedChange(earlier, evaluation)}`];
            });
            for (const { when, call } of crashes)
              await crashing(when, call, (signal) => changes(index, evaluations, signal));
            table.settle();
            const told = await changes(index, evaluations);
            expect(
              told.map(({ evaluation, change }) => `${lineOf({ evaluation })} ${change}`).toSorted(),
            ).to.deep.equal(news.toSorted());
            if (repeated === undefined) continue;
            const before = table.items();
            const again = repeated % (index + 1);
            await changes(again, evaluationsOf(steps[again]?.said ?? []));
            expect(table.items()).to.deep.equal(before);
          }
          expect(history().toSorted()).to.deep.equal(expected.toSorted());
          expect(
            table
              .items()
              .filter(isCurrent)
              .map(({ resource_name, rule_id, status, severity, facts }) => ({
                resource_name,
                rule_id,
                status,
                severity,
                facts,
              })),
          ).to.deep.equal(
            KEYS.toSorted((a, b) => (`${a.id} ${a.rule_id}` < `${b.id} ${b.rule_id}` ? -1 : 1)).flatMap(
              ({ id, rule_id }) => {
                const newest = seen.get(`${id} ${rule_id}`)?.at(-1);
                if (newest === undefined) return [];
                const { status, severity, facts } = newest;
                return [{ resource_name: id, rule_id, status, severity, facts }];
              },
            ),
          );
        }),
      );
    });

    describe('at once', () => {
      let random: SinonStub<[], number>;
      beforeEach(() => {
        // Rounds follow each other without a wait.
        random = stub(Math, 'random').returns(0);
      });
      afterEach(() => {
        random.restore();
      });

      it('tells each change in one scan alone where two are made at once, and ends with the newer verdict', async () => {
        await fc.assert(
          fc.asyncProperty(fc.scheduler(), someScan, someScan, async (scheduler, older, newer) => {
            table.clear();
            const inTurn = () => scheduler.schedule(Promise.resolve());
            for (const operation of OPERATIONS)
              table.during(operation, { before: inTurn, after: inTurn, times: Infinity });
            const both = Promise.all([changes(1, evaluationsOf(older)), changes(2, evaluationsOf(newer))]);
            const told = await scheduler.waitFor(both);
            const lines = told.flatMap((transitions, index) =>
              transitions.map(({ evaluation }) => `${keyOf(evaluation)} scan-${index + 1} ${evaluation.status}`),
            );
            expect(lines.toSorted()).to.deep.equal(history().toSorted());
            const newest = new Map(
              [...evaluationsOf(older), ...evaluationsOf(newer)].map((said) => [keyOf(said), said.status]),
            );
            const states = table.items().filter(isCurrent);
            expect(
              new Map(
                states.map((item) => [`${String(item['resource_name'])} ${String(item['rule_id'])}`, item['status']]),
              ),
            ).to.deep.equal(newest);
          }),
        );
      });
    });
  });
});

const keysOf = (input: unknown) =>
  (input as { RequestItems: Record<string, { Keys: object[] }> }).RequestItems[TABLE]?.Keys.length;
const itemsOf = (input: unknown) => (input as { TransactItems: object[] }).TransactItems.length;
const lineOf = ({ evaluation, change }: Transition) => `${evaluation.resource_id} ${evaluation.status} ${change}`;

/** A failure with more to say than any table takes, in letters of three bytes. */
function endless(index: number): Evaluation {
  const text = '語'.repeat(10_000);
  return verdict('FAIL', {
    id: `i-${index}`,
    message: text,
    facts: Array.from({ length: 1000 }, (_, fact) => ({
      key: `tag/${fact}/${'語'.repeat(200)}`,
      message: text.slice(0, 30),
    })),
  });
}
