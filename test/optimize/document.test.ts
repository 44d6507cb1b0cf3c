import { expect } from 'chai';

import { known } from '../../src/engine/model.ts';
import { optimizeDocumentSchema } from '../../src/optimize/compare-plan.ts';
import { optimizeDocument } from '../../src/optimize/document.ts';
import type { DocumentParts, StepReport } from '../../src/optimize/document.ts';
import { planRows } from '../../src/optimize/plan-rows.ts';
import type { Saving } from '../../src/optimize/saving.ts';
import { optimizeSchema } from '../../src/optimize/settings.ts';
import type { UnitPrice } from '../../src/prices/price.ts';
import { ACCOUNT, databaseCluster, fargateService, REGION, replicationGroup } from '../support/optimize.ts';

const AT = new Date('2026-11-21T18:00:00Z');
const SCOPE = { environment: 'dev', accountId: ACCOUNT, region: REGION };
const LEDGER = { place: '/state/dev', entryId: '2026-11-21.1' };

const cluster = databaseCluster({ memberIds: [], earliestRestorableTime: null });
const group = replicationGroup();
const service = fargateService({ scaling: known({ min: 3, max: 3 }) });

const rowsOf = (...found: Parameters<typeof planRows>[0]) =>
  planRows(found, optimizeSchema.parse({}), { keepBackups: false, include: [], gaps: [], now: AT });

const ROWS = rowsOf(cluster, group, service);

const price = (usageType: string, unit: string, amount: number): UnitPrice => ({
  amount,
  unit,
  usageType,
  region: REGION,
  source: 'bundled',
  origin: 'AWS Price List',
  date: '2026-10-02',
});

const saving = (amount: number, formula: string, ...prices: readonly UnitPrice[]): Saving => ({
  known: true,
  amount,
  formula,
  prices,
  assumptions: ['On demand.'],
});

const ACU = price('Aurora:ServerlessV2Usage', 'ACU-Hr', 0.12);
const SAVINGS = new Map<string, Saving>([
  [cluster.arn, saving((2 - 0.5) * 0.12 * 730, '(2 - 0.5) ACU x 1 instance x $0.12 x 730 h', ACU)],
  [group.arn, saving(0.016 * 730, '1 node x $0.016 x 730 h')],
  [service.arn, saving((0.25 * 0.04048 + 0.5 * 0.004445) * 730, '1 task x 730 h')],
]);

const built = (own: Partial<DocumentParts> = {}) =>
  optimizeDocument({
    at: AT,
    mode: 'plan',
    scope: SCOPE,
    choice: { names: null, tags: null, stacks: null, keep_backups: false, include: [] },
    ledger: null,
    rows: ROWS,
    savings: SAVINGS,
    results: [],
    nearMisses: [],
    gaps: [],
    ...own,
  });

/** Every step of the plan, with what became of it, in order. */
const results = (...outcomes: readonly StepReport['outcome'][]): StepReport[] =>
  ROWS.flatMap(({ steps }) => steps).flatMap((step, index) => {
    const outcome = outcomes[index];
    return outcome === undefined ? [] : [{ step, outcome, message: outcome === 'verified' ? '' : `It is ${outcome}.` }];
  });

describe('the document of optimize', () => {
  it('shows a plan whole', () => {
    const nearMisses = [{ kind: 'ecs', id: 'TapStackdev2/web', why: 'the suffix dev is followed by 2' }] as const;
    const measured = { amount: 87.604, formula: '1 ACU x $0.12 x 730 h' };
    const savings = new Map(SAVINGS).set(cluster.arn, {
      ...saving(131.4, 'f', ACU),
      measured,
    } as Saving);
    const document = built({ nearMisses, savings, rows: rowsOf(cluster), ledger: { ...LEDGER, entryId: null } });
    expect(document).to.deep.equal({
      schema: 'compliancectl.optimize/1',
      at: '2026-11-21T18:00:00.000Z',
      mode: 'plan',
      environment: 'dev',
      account_id: '111122223333',
      region: 'us-east-1',
      choice: { names: null, tags: null, stacks: null, keep_backups: false, include: [] },
      ledger: { place: '/state/dev', entry_id: null },
      rows: [
        {
          kind: 'aurora',
          resource_type: 'AWS::RDS::DBCluster',
          resource_id: 'tapstackdev',
          resource_name: null,
          resource_arn: 'arn:aws:rds:us-east-1:111122223333:cluster:tapstackdev',
          state: 'change',
          reason: null,
          changes: [
            {
              step: 'aurora-cluster',
              from: { minCapacity: 2, maxCapacity: 4, backupRetentionDays: 14 },
              to: { minCapacity: 0.5, maxCapacity: 1, backupRetentionDays: 1 },
              outcome: null,
              message: null,
            },
          ],
          cautions: [
            'Parameters that follow from the maximum capacity, max_connections among them, may change only when its instances are rebooted.',
            'It has no instances: lower capacity saves nothing until it has some.',
          ],
          lost: ['It cannot be restored any more to moments before 2026-11-20T18:00:00Z.'],
          saving: {
            monthly_usd: 131.4,
            formula: 'f',
            reason: null,
            permission: null,
            assumptions: ['On demand.'],
            measured: { monthly_usd: 87.6, formula: '1 ACU x $0.12 x 730 h' },
            prices: [
              {
                usd: 0.12,
                unit: 'ACU-Hr',
                usage_type: 'Aurora:ServerlessV2Usage',
                region: 'us-east-1',
                source: 'bundled',
                origin: 'AWS Price List',
                date: '2026-10-02',
              },
            ],
          },
        },
        {
          kind: 'elasticache',
          resource_type: 'AWS::ElastiCache::ReplicationGroup',
          resource_id: null,
          resource_name: null,
          resource_arn: null,
          state: 'missing',
          reason: 'No ElastiCache replication group of this environment was found.',
          changes: [],
          cautions: [],
          lost: [],
          saving: null,
        },
        {
          kind: 'ecs',
          resource_type: 'AWS::ECS::Service',
          resource_id: null,
          resource_name: null,
          resource_arn: null,
          state: 'missing',
          reason: 'No ECS service of this environment was found.',
          changes: [],
          cautions: [],
          lost: [],
          saving: null,
        },
      ],
      total: { monthly_usd: 131.4, unknown: 0, hours: 730 },
      near_misses: [{ kind: 'ecs', resource_id: 'TapStackdev2/web', why: 'the suffix dev is followed by 2' }],
      gaps: [],
      incomplete: false,
    });
  });

  it('comes to the sums of S0, and its total to the sum of what it shows', () => {
    const { rows, total, incomplete, ledger } = built();
    expect(rows.map((row) => row.saving?.monthly_usd)).to.deep.equal([131.4, 11.68, 9.01]);
    expect(total).to.deep.equal({ monthly_usd: 152.09, unknown: 0, hours: 730 });
    expect({ incomplete, ledger }).to.deep.equal({ incomplete: false, ledger: null });
    const thirds = new Map([cluster, group, service].map(({ arn }) => [arn, saving(1.004, '')]));
    expect(built({ savings: thirds }).total.monthly_usd).to.equal(3);
  });

  it('leaves what is not known out of the total, and says so', () => {
    const unread = { known: false, reason: 'The size of its tasks could not be read.' } as const;
    const savings = new Map(SAVINGS)
      .set(service.arn, { ...unread, permission: 'ecs:DescribeTaskDefinition' })
      .set(group.arn, unread);
    const { rows, total } = built({ savings });
    expect(total).to.deep.equal({ monthly_usd: 131.4, unknown: 2, hours: 730 });
    const unknown = {
      monthly_usd: null,
      formula: null,
      reason: 'The size of its tasks could not be read.',
      permission: null,
      assumptions: [],
      measured: null,
      prices: [],
    };
    expect(rows.slice(1).map((row) => row.saving)).to.deep.equal([
      unknown,
      { ...unknown, permission: 'ecs:DescribeTaskDefinition' },
    ]);
  });

  it('has no saving where nothing is changed', () => {
    const rows = rowsOf(databaseCluster({ status: 'modifying' }));
    const { total, incomplete, ...document } = built({ rows });
    expect(document.rows.map(({ state, saving: shown }) => [state, shown])).to.deep.equal([
      ['blocked', null],
      ['missing', null],
      ['missing', null],
    ]);
    expect({ total, incomplete }).to.deep.equal({
      total: { monthly_usd: 0, unknown: 0, hours: 730 },
      incomplete: false,
    });
  });

  it('names the gaps, and is incomplete with them', () => {
    const gap = { kind: 'aurora', operation: 'DescribeDBClusters', reason: 'denied', message: 'Not listed.' } as const;
    const { gaps, incomplete } = built({ gaps: [gap, { ...gap, permission: 'rds:DescribeDBClusters' }] });
    const shown = { kind: 'aurora', api: 'DescribeDBClusters', reason: 'denied', message: 'Not listed.' };
    expect(gaps).to.deep.equal([
      { ...shown, permission: null },
      { ...shown, permission: 'rds:DescribeDBClusters' },
    ]);
    expect(incomplete).to.equal(true);
  });

  it('shows what became of every step that was applied', () => {
    const { rows, total, incomplete, ledger } = built({
      mode: 'apply',
      ledger: LEDGER,
      results: results('verified', 'applied', 'already', 'verified'),
    });
    expect(
      rows.map(({ changes }) => changes.map(({ step, outcome, message }) => [step, outcome, message])),
    ).to.deep.equal([
      [['aurora-cluster', 'verified', null]],
      [['cache-replicas', 'applied', 'It is applied.']],
      [
        ['ecs-minimum', 'already', 'It is already.'],
        ['ecs-tasks', 'verified', null],
      ],
    ]);
    expect(total.monthly_usd).to.equal(152.09);
    expect({ incomplete, ledger }).to.deep.equal({
      incomplete: false,
      ledger: { place: '/state/dev', entry_id: '2026-11-21.1' },
    });
  });

  it('shows the numbers that were really changed', () => {
    const [first] = results('verified');
    if (first === undefined) throw new Error('There is no step');
    const step = { ...first.step, from: { minCapacity: 3 }, to: { minCapacity: 0.5 } };
    const { rows } = built({ mode: 'apply', rows: rowsOf(cluster), results: [{ ...first, step }] });
    expect(rows[0]?.changes).to.deep.equal([
      {
        step: 'aurora-cluster',
        from: { minCapacity: 3 },
        to: { minCapacity: 0.5 },
        outcome: 'verified',
        message: null,
      },
    ]);
  });

  for (const [outcomes, total] of [
    [['failed', 'verified', 'verified', 'verified'], 20.69],
    [['verified', 'gone', 'verified', 'verified'], 140.41],
    [['verified', 'verified', 'verified', 'not-attempted'], 143.08],
  ] as const) {
    it(`counts no saving of what was not done: ${outcomes.join(', ')}`, () => {
      const document = built({ mode: 'apply', ledger: LEDGER, results: results(...outcomes) });
      expect(document.total).to.deep.equal({ monthly_usd: total, unknown: 0, hours: 730 });
      expect(document.incomplete).to.equal(!outcomes.some((outcome) => outcome === 'gone'));
    });
  }

  it('is incomplete where a step has no outcome, or a resource took no change', () => {
    expect(built({ mode: 'apply', results: results('verified') }).incomplete).to.equal(true);
    const rows = rowsOf(databaseCluster({ status: 'modifying' }));
    expect(built({ mode: 'apply', rows }).incomplete).to.equal(true);
    expect(built({ mode: 'apply', rows: rowsOf() }).incomplete).to.equal(false);
  });

  it('shows steps that an earlier run began, though the plan has no need of them', () => {
    const [first] = results('verified');
    if (first === undefined) throw new Error('There is no step');
    const rows = rowsOf({ ...cluster, capacity: { min: 0.5, max: 1 }, backupRetentionDays: 1 });
    const { rows: shown, total } = built({ mode: 'apply', rows, results: [first] });
    expect(shown[0]).to.deep.include({ state: 'already', saving: null });
    expect(shown[0]?.changes.map(({ step, outcome }) => [step, outcome])).to.deep.equal([
      ['aurora-cluster', 'verified'],
    ]);
    expect(total.monthly_usd).to.equal(0);
  });

  it('shows what was put back, by kind and id, from the results alone', () => {
    const undone = results('gone', 'restored', 'restored', 'failed')
      .toReversed()
      .map((result) => ({ ...result, step: { ...result.step, from: result.step.to, to: result.step.from } }));
    const document = built({ mode: 'restore', ledger: LEDGER, rows: [], savings: new Map(), results: undone });
    expect(document.rows).to.deep.equal([
      {
        kind: 'aurora',
        resource_type: 'AWS::RDS::DBCluster',
        resource_id: 'tapstackdev',
        resource_name: null,
        resource_arn: cluster.arn,
        state: 'change',
        reason: null,
        changes: [
          {
            step: 'aurora-cluster',
            from: { minCapacity: 0.5, maxCapacity: 1, backupRetentionDays: 1 },
            to: { minCapacity: 2, maxCapacity: 4, backupRetentionDays: 14 },
            outcome: 'gone',
            message: 'It is gone.',
          },
        ],
        cautions: [],
        lost: [],
        saving: null,
      },
      {
        kind: 'elasticache',
        resource_type: 'AWS::ElastiCache::ReplicationGroup',
        resource_id: 'tapstack-dev-cache',
        resource_name: null,
        resource_arn: group.arn,
        state: 'change',
        reason: null,
        changes: [
          {
            step: 'cache-replicas',
            from: { 'replicas/0001': 1 },
            to: { 'replicas/0001': 2 },
            outcome: 'restored',
            message: 'It is restored.',
          },
        ],
        cautions: [],
        lost: [],
        saving: null,
      },
      {
        kind: 'ecs',
        resource_type: 'AWS::ECS::Service',
        resource_id: 'TapStackdev/web',
        resource_name: null,
        resource_arn: service.arn,
        state: 'change',
        reason: null,
        changes: [
          { step: 'ecs-tasks', from: { desired: 2 }, to: { desired: 3 }, outcome: 'failed', message: 'It is failed.' },
          { step: 'ecs-minimum', from: { min: 2 }, to: { min: 3 }, outcome: 'restored', message: 'It is restored.' },
        ],
        cautions: [],
        lost: [],
        saving: null,
      },
    ]);
    expect(document.total).to.deep.equal({ monthly_usd: 0, unknown: 0, hours: 730 });
    expect(document.incomplete).to.equal(true);
  });

  it('is one that a plan may be read from', () => {
    for (const document of [built(), built({ mode: 'apply', results: results('verified', 'failed') })]) {
      expect(optimizeDocumentSchema.parse(JSON.parse(JSON.stringify(document)))).to.deep.equal(document);
    }
  });

  it('keeps rows of one id apart by their ARNs', () => {
    const twins = ['b', 'a', 'b'].map((name) => replicationGroup({ id: 'same', arn: `arn:${name}` }));
    const { rows } = built({ rows: rowsOf(...twins).toReversed() });
    expect(rows.map(({ kind, resource_arn: arn }) => [kind, arn])).to.deep.equal([
      ['aurora', null],
      ['elasticache', 'arn:a'],
      ['elasticache', 'arn:b'],
      ['elasticache', 'arn:b'],
      ['ecs', null],
    ]);
  });
});
