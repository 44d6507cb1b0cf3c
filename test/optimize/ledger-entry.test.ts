import { expect } from 'chai';

import {
  closed,
  entryIdOf,
  entryText,
  isEntryId,
  isPutBack,
  keyOf,
  newEntry,
  numbersText,
  parseEntry,
  plannedStep,
  withNews,
  withPlanned,
  withRun,
} from '../../src/optimize/ledger-entry.ts';
import type { LedgerEntry } from '../../src/optimize/ledger.ts';
import type { Numbers, Step } from '../../src/optimize/step.ts';
import { userErrorOf } from '../support/errors.ts';
import { SCOPE, START, step } from '../support/scaled-estate.ts';

const LATER = new Date('2026-11-21T07:00:00Z');
const EMPTY = newEntry('2026-11-21.run', SCOPE, START);
const TASKS = step('ecs-tasks', 'web', { desired: 5 }, { desired: 2 });
const DATABASE = step('aurora-cluster', 'db', { minCapacity: 2, maxCapacity: 4 }, { minCapacity: 1 });

const planned = (entry: LedgerEntry, one: Step, live: Numbers, at = START) =>
  withPlanned(entry, [{ step: one, live }], at);

describe('an entry', () => {
  it('has an id that tells its day and can be a path', () => {
    expect(entryIdOf('2026-11-20.run', START)).to.equal('2026-11-20.run');
    expect(entryIdOf('6f9d8f4e/../x', START)).to.equal('2026-11-21.6f9d8f4e----x');
    expect(['2026-11-21.run', 'run', '../open', '2026-11-21.a/b', '2026-11-21.a.b'].map(isEntryId)).to.deep.equal([
      true,
      false,
      false,
      false,
      false,
    ]);
  });

  it('holds what is planned with the higher of what was seen and what is', () => {
    const entry = planned(EMPTY, DATABASE, { minCapacity: 3, maxCapacity: 9 });
    expect(entry.steps).to.deep.equal([
      {
        step: 'aurora-cluster',
        kind: 'aurora',
        resource_type: 'AWS::RDS::DBCluster',
        resource_id: 'db',
        resource_arn: 'arn:aws:aurora:eu-west-1:111122223333:db',
        // What the step does not change is none of its business.
        before: { minCapacity: 3 },
        target: { minCapacity: 1 },
        status: 'planned',
        at: START.toISOString(),
        request_ids: [],
      },
    ]);
    expect(plannedStep(entry.steps[0]!, entry)).to.deep.equal({
      ...DATABASE,
      from: { minCapacity: 3 },
      to: { minCapacity: 1 },
    });
    expect(planned(EMPTY, DATABASE, {}).steps[0]!.before).to.deep.equal({ minCapacity: 2 });
  });

  it('remembers what people call what has an id that says nothing', () => {
    const { target, ...rest } = step('ec2-running', 'i-0123', { running: 1 }, { running: 0 });
    const named = { ...rest, target: { ...target, name: 'web' } };
    const entry = planned(EMPTY, named, {});
    expect(entry.steps[0]).to.deep.include({ resource_id: 'i-0123', resource_name: 'web' });
    expect(plannedStep(parseEntry(entryText(entry), SCOPE, 'open.json').steps[0]!, entry)).to.deep.equal(named);
  });

  for (const status of ['planned', 'applying', 'applied', 'verified', 'failed', 'restoring'] as const) {
    it(`keeps the original of a step that is ${status}, and its lowest target`, () => {
      const first = withNews(planned(EMPTY, TASKS, { desired: 5 }), keyOf(TASKS), { status, requestIds: ['r'] }, START);
      const lower = planned(first, step('ecs-tasks', 'web', { desired: 3 }, { desired: 1 }), { desired: 3 }, LATER);
      expect(lower.steps).to.deep.equal([{ ...first.steps[0], before: { desired: 5 }, target: { desired: 1 } }]);
      const higher = planned(first, step('ecs-tasks', 'web', { desired: 3 }, { desired: 3 }), { desired: 8 }, LATER);
      expect(higher.steps).to.deep.equal([{ ...first.steps[0], before: { desired: 8 }, target: { desired: 2 } }]);
    });
  }

  for (const status of ['restored', 'gone'] as const) {
    it(`begins anew with a step that is ${status}`, () => {
      const first = withNews(planned(EMPTY, TASKS, { desired: 5 }), keyOf(TASKS), { status, requestIds: ['r'] }, START);
      const again = planned(first, step('ecs-tasks', 'web', { desired: 3 }, { desired: 3 }), { desired: 4 }, LATER);
      expect(again.steps).to.deep.equal([
        {
          ...first.steps[0],
          before: { desired: 4 },
          target: { desired: 3 },
          status: 'planned',
          at: LATER.toISOString(),
          request_ids: ['r'],
        },
      ]);
    });
  }

  it('takes news of one step, and keeps the last message alone', () => {
    const entry = planned(planned(EMPTY, TASKS, { desired: 5 }), DATABASE, {});
    const failed = withNews(entry, keyOf(TASKS), { status: 'failed', before: { desired: 6 }, message: 'No.' }, LATER);
    expect(failed.steps).to.deep.equal([
      { ...entry.steps[0], before: { desired: 6 }, status: 'failed', message: 'No.', at: LATER.toISOString() },
      entry.steps[1],
    ]);
    const next = withNews(failed, keyOf(TASKS), { requestIds: ['r-1'], before: { desired: 1 } }, LATER);
    expect(next.steps[0]).to.deep.equal({
      ...entry.steps[0],
      before: { desired: 6 },
      status: 'failed',
      request_ids: ['r-1'],
      at: LATER.toISOString(),
    });
    const elsewhere = { ...keyOf(TASKS), resource_arn: 'arn:other' };
    expect(withNews(entry, elsewhere, { status: 'gone' }, LATER)).to.deep.equal(entry);
    expect(withNews(entry, { ...keyOf(TASKS), step: 'ecs-minimum' }, { status: 'gone' }, LATER)).to.deep.equal(entry);
  });

  it('is put back when every step is back or gone', () => {
    let entry = planned(planned(EMPTY, TASKS, { desired: 5 }), DATABASE, {});
    expect(isPutBack(entry)).to.equal(false);
    entry = withNews(entry, keyOf(TASKS), { status: 'restored' }, LATER);
    expect(isPutBack(entry)).to.equal(false);
    entry = withNews(entry, keyOf(DATABASE), { status: 'gone' }, LATER);
    expect(isPutBack(entry)).to.equal(true);
    expect(closed(entry, LATER)).to.deep.equal({ ...entry, status: 'closed', closed_at: LATER.toISOString() });
  });

  it('survives being written and read', () => {
    const entry = withRun(planned(EMPTY, TASKS, { desired: 5 }), { runId: 'r', actor: 'ada' }, 'apply', LATER);
    expect(entry.runs).to.deep.equal([{ run_id: 'r', at: LATER.toISOString(), actor: 'ada', kind: 'apply' }]);
    expect(parseEntry(entryText(entry), SCOPE, 'open.json')).to.deep.equal(entry);
  });

  it('says its numbers in words', () => {
    expect(numbersText({ minCapacity: 0.5, 'replicas/0001': 2 })).to.equal('minCapacity 0.5, replicas/0001 2');
    expect([numbersText({ running: 1 }), numbersText({ running: 0 })]).to.deep.equal(['running', 'stopped']);
  });
});

describe('a text that is no entry', () => {
  const refused = (text: string) => userErrorOf(() => parseEntry(text, SCOPE, '/ledger/open.json'));

  it('is named, and left as it is', async () => {
    for (const text of ['', '{"schema":', '[]', 'null', '7', '{"schema":"compliancectl.audit/1"}', '{"schema":1}']) {
      const { message, suggestions, ...rest } = await refused(text);
      expect(rest).to.deep.equal({ code: 'LEDGER_DAMAGED', exitCode: 3 });
      expect(message).to.match(/^\/ledger\/open\.json is not an entry of the ledger: \S/);
      expect(suggestions).to.deep.equal([
        'Nothing was changed: it may hold the only copy of what values were before, so it is never overwritten',
        'Mend it by hand, or put back an earlier version of it',
      ]);
    }
    const cut = entryText(EMPTY).replace('"steps": [],', '');
    expect((await refused(cut)).code).to.equal('LEDGER_DAMAGED');
  });

  it('is told apart where a later version wrote it', async () => {
    expect(await refused(entryText(EMPTY).replace('ledger/1', 'ledger/2'))).to.deep.equal({
      code: 'LEDGER_DAMAGED',
      exitCode: 3,
      message:
        '/ledger/open.json was written by another version of compliancectl: its schema is compliancectl.ledger/2, and this one knows compliancectl.ledger/1.',
      suggestions: ['Nothing was changed; use the version that wrote it, or a later one'],
    });
  });

  for (const [what, scope, message] of [
    ['account', { accountId: '999999999999' }, 'account 999999999999, not 111122223333'],
    ['region', { region: 'us-east-1' }, 'region us-east-1, not eu-west-1'],
    ['environment', { environment: 'prod' }, 'environment prod, not dev'],
  ] as const) {
    it(`is told apart where it is of another ${what}`, async () => {
      expect(await refused(entryText(newEntry('x', { ...SCOPE, ...scope }, START)))).to.deep.equal({
        code: 'LEDGER_OTHER',
        exitCode: 3,
        message: `/ledger/open.json is of ${message}.`,
        suggestions: ['Nothing was changed; put the file back where it was, or name another place with --ledger'],
      });
    });
  }
});
