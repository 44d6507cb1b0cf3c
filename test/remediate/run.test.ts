import { expect } from 'chai';

import type { Change } from '../../src/remediate/change.ts';
import { planRemediation } from '../../src/remediate/observe.ts';
import type { JudgedResource } from '../../src/remediate/plan.ts';
import { makeChanges } from '../../src/remediate/run.ts';
import type { ChangeResult, RunContext } from '../../src/remediate/run.ts';
import { undoRecords } from '../../src/remediate/undo.ts';
import type { UndoResult } from '../../src/remediate/undo.ts';
import { networkError, serviceError } from '../support/aws-errors.ts';
import { thrownBy } from '../support/errors.ts';
import { estate, memoryAws, memoryStore } from '../support/memory-aws.ts';
import type { Estate, Gate } from '../support/memory-aws.ts';
import { finding, planSettings, runContext } from '../support/remediation.ts';

const DATABASES = { rules: { 'rds-backup-retention': {} } };
const WEEK = { 'rds-backup-retention': { minimumDays: 7 } };
const orders = () => estate({ databases: { orders: { days: 1 } } });

/** The change from one day to seven of a database. */
const raise = (id: string): Change => ({
  rule: 'rds-backup-retention',
  action: 'rds-backup-retention',
  resource: {
    arn: `arn:aws:rds:eu-west-1:111122223333:db:${id}`,
    id,
    type: 'AWS::RDS::DBInstance',
    accountId: '111122223333',
    region: 'eu-west-1',
  },
  before: { backupRetentionDays: 1 },
  after: { backupRetentionDays: 7 },
  permissions: ['rds:ModifyDBInstance'],
  reason: 'Too short.',
  reversible: true,
  cautions: [],
});

const ended = ({ outcome, message, auditId }: ChangeResult) => [outcome, message, auditId];
const undone = ({ auditId, outcome, message }: UndoResult) => [auditId, outcome, message];
const FIRST = '2026-11-21.run.0001';

/** A gate that lets everything through but one call, counted from 1, of one operation. */
function onCall(operation: string, number: number, instead: <T>(effect: () => T) => T): Gate {
  let count = 0;
  return async (called, effect) => {
    if (called !== operation) return effect();
    count += 1;
    return count === number ? instead(effect) : effect();
  };
}

function throwing(error: Error): <T>(effect: () => T) => T {
  return () => {
    throw error;
  };
}

/** Deletes the database, where it was to be changed. */
function gone(state: Estate): <T>(effect: () => T) => T {
  return () => {
    delete state.databases['orders'];
    return {} as never;
  };
}

describe('looking at what findings are about', () => {
  const plan = async (
    found: readonly JudgedResource[],
    remediation: Parameters<typeof planSettings>[0],
    gate?: Gate,
  ) => {
    const state = estate({ databases: Object.fromEntries(found.map(({ resource_id }) => [resource_id, { days: 0 }])) });
    const aws = memoryAws(state, gate);
    const { changes, skipped } = await planRemediation(found, planSettings(remediation), runContext(aws));
    return {
      changes: changes.map(({ resource }) => resource.id),
      skipped: skipped.map(({ resource, why, message }) => [resource.id, why, message]),
      looks: aws.calls.length,
    };
  };
  const names = Array.from({ length: 30 }, (_, index) => `db-${String(index).padStart(2, '0')}`);

  it('reads no more than the limit makes sense of', async () => {
    const found = names.map((id) => finding('rds-backup-retention', id));
    const { changes, skipped, looks } = await plan(found, { ...DATABASES, limit: 4 });
    expect(changes).to.deep.equal(['db-00', 'db-01', 'db-02', 'db-03']);
    expect(looks).to.equal(4);
    const message = 'One run makes 4 changes at most; run it again for the rest.';
    expect(skipped).to.deep.equal(names.slice(4).map((id) => [id, 'limit', message]));

    const dry = await plan(found, { rules: { 'rds-backup-retention': { mode: 'dry-run' } }, limit: 1 });
    expect(dry.looks).to.equal(20);
    expect(dry.skipped.map(([, why]) => why)).to.deep.equal([
      ...names.slice(0, 20).map(() => 'dry-run'),
      ...names.slice(20).map(() => 'limit'),
    ]);
  });

  it('tells what could not be read, and goes on', async () => {
    const denied = serviceError('AccessDenied', 403, 'not authorized to perform rds:DescribeDBInstances.');
    const found = [
      finding('rds-backup-retention', 'a'),
      finding('rds-backup-retention', 'b'),
      finding('rds-backup-retention', 'c', { account_id: '999999999999' }),
    ];
    expect(await plan(found, DATABASES, onCall('DescribeDBInstances', 1, throwing(denied)))).to.deep.equal({
      changes: ['b'],
      skipped: [
        ['a', 'unreadable', 'a could not be read: not authorized to perform rds:DescribeDBInstances.'],
        ['c', 'unreadable', 'c could not be read: account 999999999999 is not within reach of these credentials.'],
      ],
      looks: 2,
    });
  });

  it('finds what is gone', async () => {
    const aws = memoryAws(estate());
    const found = [finding('rds-backup-retention', 'a')];
    const { changes, skipped } = await planRemediation(found, planSettings(DATABASES), runContext(aws));
    expect([changes, skipped.map(({ message }) => message)]).to.deep.equal([[], ['a is not there any more.']]);
  });

  it('throws a defect on', async () => {
    const defect = new TypeError('ours');
    const found = [finding('rds-backup-retention', 'a')];
    const gate = onCall('DescribeDBInstances', 1, throwing(defect));
    expect(await thrownBy(() => plan(found, DATABASES, gate))).to.equal(defect);
  });

  it('looks at nothing where nothing is to be mended', async () => {
    const aws = memoryAws(estate());
    const settings = { ...planSettings(DATABASES), remediation: undefined };
    const { changes, skipped } = await planRemediation(
      [finding('rds-backup-retention', 'a')],
      settings,
      runContext(aws),
    );
    expect([changes, skipped.map(({ why }) => why), aws.calls]).to.deep.equal([[], ['off'], []]);
  });
});

describe('making changes', () => {
  const make = async (gate?: Gate, changes: Partial<RunContext> = {}, storeGate?: Gate) => {
    const state = orders();
    const aws = memoryAws(state, gate);
    const store = memoryStore(undefined, storeGate);
    const results = await makeChanges([raise('orders')], runContext(aws, { store, ...changes }));
    return { state, aws, store, results: results.map(ended), status: store.records()[0]?.status };
  };

  it('records before and completes after (S4-3)', async () => {
    const order: string[] = [];
    const noting: Gate = async (operation, effect) => {
      order.push(operation);
      return effect();
    };
    const { state, store, results } = await make(noting, {}, noting);
    expect(order).to.deep.equal([
      'DescribeDBInstances',
      'create',
      'ModifyDBInstance',
      'complete',
      'DescribeDBInstances',
      'complete',
    ]);
    expect(state.databases).to.deep.equal({ orders: { days: 7 } });
    expect(results).to.deep.equal([['verified', 'Changed to backupRetentionDays: 7, and read back.', FIRST]]);
    expect(store.records()).to.deep.equal([
      {
        schema: 'compliancectl.audit/1',
        id: FIRST,
        run_id: '2026-11-21.run',
        environment: 'dev',
        actor: 'ada',
        status: 'verified',
        account_id: '111122223333',
        region: 'eu-west-1',
        rule_id: 'rds-backup-retention',
        action: 'rds-backup-retention',
        resource_type: 'AWS::RDS::DBInstance',
        resource_id: 'orders',
        resource_arn: 'arn:aws:rds:eu-west-1:111122223333:db:orders',
        reason: 'Too short.',
        before: { backupRetentionDays: 1 },
        after: { backupRetentionDays: 7 },
        reversible: true,
        request_ids: ['request-ModifyDBInstance'],
        steps: [
          { status: 'planned', at: '2026-11-21T06:00:01.000Z', actor: 'ada', request_ids: [] },
          {
            status: 'applied',
            at: '2026-11-21T06:00:02.000Z',
            actor: 'ada',
            request_ids: ['request-ModifyDBInstance'],
          },
          { status: 'verified', at: '2026-11-21T06:00:03.000Z', actor: 'ada', request_ids: [] },
        ],
      },
    ]);
  });

  it('changes nothing twice', async () => {
    const state = orders();
    const aws = memoryAws(state);
    const store = memoryStore();
    const results = await makeChanges([raise('orders'), raise('orders')], runContext(aws, { store }));
    expect(results.map(ended)).to.deep.equal([
      ['verified', 'Changed to backupRetentionDays: 7, and read back.', FIRST],
      ['already', 'orders is so already.', undefined],
    ]);
    expect(aws.changes()).to.deep.equal(['ModifyDBInstance']);
    expect(store.records().length).to.equal(1);
  });

  it('changes nothing that was changed since it was planned, or is gone, or out of reach', async () => {
    const state = estate({ databases: { orders: { days: 2 } } });
    const aws = memoryAws(state);
    const store = memoryStore();
    const elsewhere = { ...raise('orders'), resource: { ...raise('orders').resource, accountId: '999999999999' } };
    const changes = [raise('orders'), raise('lost'), elsewhere];
    const results = await makeChanges(changes, runContext(aws, { store }));
    expect(results.map(ended)).to.deep.equal([
      ['failed', 'It was changed since it was planned: backupRetentionDays: 2.', undefined],
      ['failed', 'lost is not there any more.', undefined],
      ['failed', 'Nothing was changed: account 999999999999 is not within reach of these credentials.', undefined],
    ]);
    expect([aws.changes(), store.records()]).to.deep.equal([[], []]);
  });

  it('says in AWS’s words why a change was denied, and goes on with the next', async () => {
    const state = estate({ databases: { orders: { days: 1 }, sales: { days: 1 } } });
    const denied = serviceError('AccessDenied', 403, 'not authorized to perform rds:ModifyDBInstance.');
    const aws = memoryAws(state, onCall('ModifyDBInstance', 1, throwing(denied)));
    const store = memoryStore();
    const results = await makeChanges([raise('orders'), raise('sales')], runContext(aws, { store }));
    const message = 'Nothing was changed: not authorized to perform rds:ModifyDBInstance.';
    expect(results.map(ended)).to.deep.equal([
      ['failed', message, FIRST],
      ['verified', 'Changed to backupRetentionDays: 7, and read back.', '2026-11-21.run.0002'],
    ]);
    const [failed] = store.records();
    expect(failed?.steps.at(-1)).to.deep.equal({
      status: 'failed',
      at: '2026-11-21T06:00:02.000Z',
      actor: 'ada',
      request_ids: [],
      message,
    });
    expect(state.databases).to.deep.equal({ orders: { days: 1 }, sales: { days: 7 } });
  });

  it('says that AWS throttled it', async () => {
    const throttled = serviceError('Throttling', 400, 'Rate exceeded');
    const { results, status } = await make(onCall('ModifyDBInstance', 1, throwing(throttled)));
    expect(results).to.deep.equal([['failed', 'Nothing was changed: Rate exceeded.', FIRST]]);
    expect(status).to.equal('failed');
  });

  it('takes a change whose answer was lost for made', async () => {
    const lost = <T>(effect: () => T): T => {
      effect();
      throw networkError('ECONNRESET', 'socket hang up');
    };
    const { results, status } = await make(onCall('ModifyDBInstance', 1, lost));
    expect(results).to.deep.equal([['verified', 'Changed to backupRetentionDays: 7, and read back.', FIRST]]);
    expect(status).to.equal('verified');
  });

  it('says that it does not know, where it cannot look either, and undoing finds out', async () => {
    let cut = false;
    const gate: Gate = async (operation, effect) => {
      const answer = cut ? undefined : effect();
      cut ||= operation === 'ModifyDBInstance';
      if (cut) throw networkError('ECONNRESET', 'socket hang up');
      return answer as never;
    };
    const { results, state, store } = await make(gate);
    expect(results).to.deep.equal([
      ['failed', `socket hang up. Whether it was changed is not known: undoing ${FIRST} finds out.`, FIRST],
    ]);
    const undo = await undoRecords(await store.find(FIRST), runContext(memoryAws(state), { store }));
    expect(undo.map(undone)).to.deep.equal([
      [FIRST, 'undone', 'Changed back to backupRetentionDays: 1, and read back.'],
    ]);
    expect(state.databases).to.deep.equal({ orders: { days: 1 } });
  });

  it('waits until AWS shows what it was told', async () => {
    const state = orders();
    let stale = 3;
    const gate: Gate = async (operation, effect) => {
      const { days } = state.databases['orders']!;
      if (operation !== 'DescribeDBInstances' || days === 1 || stale === 0) return effect();
      stale -= 1;
      state.databases['orders'] = { days: 1 };
      const answer = effect();
      state.databases['orders'] = { days };
      return answer;
    };
    const pauses: number[] = [];
    const pause = async (milliseconds: number) => {
      pauses.push(milliseconds);
    };
    const results = await makeChanges([raise('orders')], runContext(memoryAws(state, gate), { pause }));
    expect(results.map(({ outcome }) => outcome)).to.deep.equal(['verified']);
    expect(pauses).to.deep.equal([1000, 2000, 4000]);
  });

  it('fails where AWS takes a change and shows another state, or nothing at all', async () => {
    const ignored = await make(onCall('ModifyDBInstance', 1, () => ({}) as never));
    const message = 'AWS took the change and shows another state: backupRetentionDays: 1.';
    expect([ignored.results, ignored.status]).to.deep.equal([[['failed', message, FIRST]], 'failed']);

    const state = orders();
    const vanishing = memoryAws(state, onCall('ModifyDBInstance', 1, gone(state)));
    const [result] = await makeChanges([raise('orders')], runContext(vanishing));
    expect(result?.message).to.equal('AWS took the change and shows another state: nothing at all.');
  });

  it('changes nothing that it cannot record', async () => {
    const full = networkError('ENOSPC', 'no space left on device');
    const { results, aws } = await make(undefined, {}, onCall('create', 1, throwing(full)));
    expect(results).to.deep.equal([['failed', 'Nothing was changed: no space left on device.', undefined]]);
    expect(aws.changes()).to.deep.equal([]);
  });

  it('says where a record could not be completed', async () => {
    const refused = serviceError('AccessDenied', 403, 'Access Denied');
    const { results, status } = await make(undefined, {}, onCall('complete', 1, throwing(refused)));
    expect(results).to.deep.equal([['failed', `Access Denied. Undoing ${FIRST} finds out how far it came.`, FIRST]]);
    expect(status).to.equal('planned');
  });

  it('tells of a defect too, whatever was thrown, and makes the other changes', async () => {
    const open = async () => {
      // oxlint-disable-next-line typescript/only-throw-error
      throw 'a string.';
    };
    const results = await makeChanges([raise('orders')], runContext(memoryAws(orders()), { open }));
    expect(results.map(ended)).to.deep.equal([['failed', 'Nothing was changed: a string.', undefined]]);
  });

  it('begins nothing once it is to stop', async () => {
    const { results, aws } = await make(undefined, { stop: AbortSignal.abort() });
    expect(results).to.deep.equal([['not-attempted', 'The run was ended before it was begun.', undefined]]);
    expect(aws.calls).to.deep.equal([]);
  });

  it('numbers its records after those that an interrupted run of the same id has left', async () => {
    const texts = new Map<string, string>();
    const first = memoryStore(texts);
    await makeChanges([raise('orders')], runContext(memoryAws(orders()), { store: first }));
    const again = await makeChanges([raise('orders')], runContext(memoryAws(orders()), { store: memoryStore(texts) }));
    expect(again.map(({ auditId }) => auditId)).to.deep.equal(['2026-11-21.run.0002']);
    expect([...texts.keys()]).to.deep.equal([FIRST, '2026-11-21.run.0002']);
  });
});

describe('undoing', () => {
  /** An account after the change, and a store that knows of it. */
  const changed = async () => {
    const state = orders();
    const store = memoryStore();
    await makeChanges([raise('orders')], runContext(memoryAws(state), { store }));
    return { state, store };
  };
  const undo = async (
    { state, store }: Awaited<ReturnType<typeof changed>>,
    gate?: Gate,
    changes: Partial<RunContext> = {},
  ) => {
    const aws = memoryAws(state, gate);
    const results = await undoRecords(await store.find('2026-11-21.run'), runContext(aws, { store, ...changes }));
    return { results: results.map(undone), changes: aws.changes(), status: store.records()[0]?.status };
  };

  it('brings back what was there, and closes the record', async () => {
    const given = await changed();
    expect(await undo(given)).to.deep.equal({
      results: [[FIRST, 'undone', 'Changed back to backupRetentionDays: 1, and read back.']],
      changes: ['ModifyDBInstance'],
      status: 'undone',
    });
    expect(given.state.databases).to.deep.equal({ orders: { days: 1 } });
    expect(await undo(given)).to.deep.equal({
      results: [[FIRST, 'already', 'The record is closed: undone.']],
      changes: [],
      status: 'undone',
    });
  });

  it('undoes the last change of a run first', async () => {
    const state = estate({ databases: { orders: { days: 1 }, sales: { days: 1 } } });
    const store = memoryStore();
    await makeChanges([raise('orders'), raise('sales')], runContext(memoryAws(state), { store }));
    const given = [...(await store.find('2026-11-21.run')), ...(await store.find(FIRST))];
    const results = await undoRecords(given.slice(1), runContext(memoryAws(state), { store }));
    expect(results.map(({ auditId }) => auditId)).to.deep.equal(['2026-11-21.run.0002', FIRST]);
    expect(state.databases).to.deep.equal({ orders: { days: 1 }, sales: { days: 1 } });
  });

  it('refuses where someone has changed it since, or deleted it', async () => {
    const given = await changed();
    given.state.databases['orders'] = { days: 30 };
    expect(await undo(given)).to.deep.equal({
      results: [[FIRST, 'refused', 'Someone has changed it since: backupRetentionDays: 30.']],
      changes: [],
      status: 'verified',
    });
    delete given.state.databases['orders'];
    expect((await undo(given)).results).to.deep.equal([[FIRST, 'refused', 'orders is not there any more.']]);
  });

  it('closes what someone has undone by hand', async () => {
    const given = await changed();
    given.state.databases['orders'] = { days: 1 };
    expect(await undo(given)).to.deep.equal({
      results: [[FIRST, 'undone', 'Everything was as before already.']],
      changes: [],
      status: 'undone',
    });
  });

  it('says why it could not be undone, and can be asked again', async () => {
    const given = await changed();
    const denied = serviceError('AccessDenied', 403, 'not authorized');
    expect(await undo(given, onCall('ModifyDBInstance', 1, throwing(denied)))).to.deep.equal({
      results: [[FIRST, 'failed', 'It could not be undone: not authorized.']],
      changes: ['ModifyDBInstance'],
      status: 'undoing',
    });
    expect(await undo(given, onCall('DescribeDBInstances', 1, throwing(denied)))).to.deep.include({
      results: [[FIRST, 'failed', 'It could not be undone: not authorized.']],
    });
    expect(
      await undo(
        given,
        onCall('ModifyDBInstance', 1, () => ({}) as never),
      ),
    ).to.deep.include({
      results: [[FIRST, 'failed', 'AWS took the change back and shows another state: backupRetentionDays: 7.']],
    });
    const { state } = given;
    const vanishing = onCall('ModifyDBInstance', 1, gone(state));
    expect(await undo(given, vanishing)).to.deep.include({
      results: [[FIRST, 'failed', 'AWS took the change back and shows another state: nothing at all.']],
    });
    given.state.databases['orders'] = { days: 7 };
    expect((await undo(given)).status).to.equal('undone');
  });

  it('leaves a record alone that someone else is at work on, and begins nothing once it is to stop', async () => {
    const given = await changed();
    const stored = await given.store.find(FIRST);
    await undo(given);
    given.state.databases['orders'] = { days: 7 };
    const context = runContext(memoryAws(given.state), { store: given.store });
    expect((await undoRecords(stored, context)).map(undone)).to.deep.equal([
      [FIRST, 'failed', 'It could not be undone: someone else is at work on the same record.'],
    ]);
    expect((await undo(given, undefined, { stop: AbortSignal.abort() })).results).to.deep.equal([
      [FIRST, 'not-attempted', 'The run was ended before it was begun.'],
    ]);
  });
});

describe('a plan that is carried out', () => {
  it('mends what was found, and is undone whole', async () => {
    const state = estate({
      buckets: { reports: { rule: { ApplyServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } } } },
      volumes: { 'vol-1': { encrypted: false } },
      instances: { 'i-1': { tags: { Owner: ' ' } } },
      groups: {
        'sg-1': {
          ingress: [
            { IpProtocol: 'tcp', FromPort: 22, ToPort: 22, IpRanges: [{ CidrIp: '0.0.0.0/0', Description: 'now' }] },
          ],
        },
      },
      databases: { orders: { days: 1 } },
    });
    const original = structuredClone(state);
    const values = { Environment: 'dev', Owner: 'ada', CostCenter: '42' };
    const settings = planSettings(
      {
        rules: {
          's3-bucket-encrypted': {},
          'ebs-volumes-encrypted': {},
          'ec2-required-tags': { values },
          'ec2-security-group-restricted': {},
          'rds-backup-retention': {},
        },
      },
      { ...WEEK, 's3-bucket-encrypted': { minimum: 'sse-kms' } },
    );
    const found = [
      finding('s3-bucket-encrypted', 'reports'),
      finding('ebs-volumes-encrypted', 'vol-1'),
      finding('ec2-required-tags', 'i-1'),
      finding('ec2-security-group-restricted', 'sg-1', { severity: 'critical' }),
      finding('rds-backup-retention', 'orders'),
    ];
    const store = memoryStore();
    const context = runContext(memoryAws(state), { store });
    const { changes, skipped } = await planRemediation(found, settings, context);
    expect(skipped).to.deep.equal([]);
    const results = await makeChanges(changes, context);
    expect(results.map(({ change, outcome }) => [change.action, outcome])).to.deep.equal([
      ['ec2-security-group-world-rules', 'verified'],
      ['ec2-required-tags', 'verified'],
      ['ebs-default-encryption', 'verified'],
      ['rds-backup-retention', 'verified'],
      ['s3-default-encryption', 'verified'],
    ]);
    const again = await planRemediation(found, settings, context);
    expect(again.changes).to.deep.equal([]);
    expect(again.skipped.map(({ resource, why }) => [resource.id, why])).to.deep.equal([
      ['sg-1', 'already'],
      ['i-1', 'already'],
      ['vol-1', 'by-hand'],
      ['orders', 'already'],
      ['reports', 'already'],
    ]);

    const undo = await undoRecords(await store.find('2026-11-21.run'), context);
    expect(undo.map(({ outcome }) => outcome)).to.deep.equal(Array.from({ length: 5 }, () => 'undone'));
    // S3 spells out what it was not told.
    original.buckets['reports']!.rule!.BucketKeyEnabled = false;
    expect(state).to.deep.equal(original);
  });
});
