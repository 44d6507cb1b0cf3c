import { expect } from 'chai';

import { known } from '../../src/engine/model.ts';
import { differencesFrom, parsePlan, refuseOtherPlan } from '../../src/optimize/compare-plan.ts';
import { optimizeDocument } from '../../src/optimize/document.ts';
import type { Found } from '../../src/optimize/model.ts';
import { planRows } from '../../src/optimize/plan-rows.ts';
import { optimizeSchema } from '../../src/optimize/settings.ts';
import type { OptimizeDocument } from '../../src/report/optimize-document.ts';
import { UserError } from '../../src/user-error.ts';
import { thrownBy, userErrorOf } from '../support/errors.ts';
import { ACCOUNT, databaseCluster, fargateService, REGION, replicationGroup, shard } from '../support/optimize.ts';

const AT = new Date('2026-11-21T18:00:00Z');
const LATER = new Date('2026-11-21T20:00:00Z');
const SCOPE = { environment: 'dev', accountId: ACCOUNT, region: REGION };

const S0 = [databaseCluster(), replicationGroup(), fargateService({ scaling: known({ min: 3, max: 10 }) })];

const rowsOf = (found: readonly Found[], settings: object = {}, keepBackups = false) =>
  planRows(found, optimizeSchema.parse(settings), { keepBackups, include: [], gaps: [], now: LATER });

function planOf(found: readonly Found[], own: Partial<OptimizeDocument> = {}): OptimizeDocument {
  const document = optimizeDocument({
    at: AT,
    mode: 'plan',
    scope: SCOPE,
    choice: { names: null, tags: null, stacks: null, keep_backups: false, include: [] },
    ledger: null,
    rows: planRows(found, optimizeSchema.parse({}), { keepBackups: false, include: [], gaps: [], now: AT }),
    savings: new Map(),
    results: [],
    nearMisses: [],
    gaps: [],
  });
  return { ...document, ...own };
}

const differences = (then: readonly Found[], now: readonly Found[], settings?: object, keepBackups?: boolean) =>
  differencesFrom(planOf(then), rowsOf(now, settings, keepBackups));

describe('a saved plan', () => {
  it('holds where nothing has changed that it is about, however later it is', () => {
    expect(differences(S0, S0)).to.deep.equal([]);
    expect(differences(S0, [...S0].toReversed())).to.deep.equal([]);
    expect(differences([], [])).to.deep.equal([]);
    const running = S0.map((one) => (one.kind === 'ecs' ? { ...one, running: 1 } : one));
    expect(differences(S0, running)).to.deep.equal([]);
  });

  it('holds where what is not changed comes, goes or is otherwise', () => {
    const small = databaseCluster({ id: 'small', capacity: { min: 0.5, max: 1 }, backupRetentionDays: 1 });
    const skipped = databaseCluster({ id: 'small', capacity: null });
    expect(differences(S0, [...S0, small])).to.deep.equal([]);
    expect(differences([...S0, small], S0)).to.deep.equal([]);
    expect(differences([...S0, small], [...S0, skipped])).to.deep.equal([]);
  });

  it('names what is gone as people know it', () => {
    const named = S0.map((one) => ({ ...one, name: `The ${one.kind}` }));
    expect(differences(named, [])).to.deep.equal([
      'The aurora was to be changed, and is not found any more.',
      'The elasticache was to be changed, and is not found any more.',
      'The ecs was to be changed, and is not found any more.',
    ]);
  });

  it('may be of a version that knew neither names nor what is stopped besides', () => {
    const { choice, rows, ...rest } = planOf(S0);
    const { include: _, ...older } = choice!;
    const unnamed = rows.map(({ resource_name: __, ...row }) => row);
    expect(parsePlan(JSON.stringify({ ...rest, choice: older, rows: unnamed }), 'plan.json')).to.deep.equal(planOf(S0));
  });

  it('does not hold where a resource is new, gone or in another state', () => {
    const other = databaseCluster({ id: 'tapstackdev-2' });
    const low = { ...other, capacity: { min: 0.5, max: 1 }, backupRetentionDays: 1 };
    expect(differences(S0, [...S0, other])).to.deep.equal(['tapstackdev-2 is not in the plan, and would be changed.']);
    expect(differences([...S0, other], S0)).to.deep.equal([
      'tapstackdev-2 was to be changed, and is not found any more.',
    ]);
    expect(differences([other], [{ ...other, status: 'modifying' }])).to.deep.equal([
      'tapstackdev-2 was to be changed, and would not be now: Its status is modifying: it takes changes when it is available.',
    ]);
    expect(differences([low], [other])).to.deep.equal(['tapstackdev-2 was not to be changed, and would be now.']);
  });

  it('does not take one resource for another of its name', () => {
    const twin = databaseCluster({ arn: 'arn:aws:rds:us-east-1:111122223333:cluster:again' });
    expect(differences([databaseCluster()], [twin])).to.deep.equal([
      'tapstackdev is not in the plan, and would be changed.',
      'tapstackdev was to be changed, and is not found any more.',
    ]);
  });

  it('does not hold where a number is another', () => {
    const now = [
      databaseCluster({ capacity: { min: 3, max: 4 }, backupRetentionDays: 7 }),
      replicationGroup({ shards: [shard('0001', 2)] }),
      fargateService({ desired: 4, scaling: known(null) }),
    ];
    expect(differences(S0, now)).to.deep.equal([
      'tapstackdev: minCapacity is 3 now, and was 2 when the plan was made.',
      'tapstackdev: backupRetentionDays is 7 now, and was 14 when the plan was made.',
      'tapstack-dev-cache was to be changed, and would not be now: It has no more than 2 nodes in all.',
      'TapStackdev/web: ecs-minimum was planned, and has nothing to lower now.',
      'TapStackdev/web: desired is 4 now, and was 3 when the plan was made.',
    ]);
  });

  it('does not hold where another target is asked for', () => {
    const settings = { aurora: { minCapacity: 1, maxCapacity: 4, backupRetentionDays: 2 } };
    expect(differences(S0, S0, settings)).to.deep.equal([
      'tapstackdev: minCapacity would be lowered to 1, and the plan says 0.5.',
      'tapstackdev: maxCapacity was to be lowered, and would not be now.',
      'tapstackdev: backupRetentionDays would be lowered to 2, and the plan says 1.',
    ]);
    expect(differences(S0, S0, {}, true)).to.deep.equal([
      'tapstackdev: backupRetentionDays was to be lowered, and would not be now.',
    ]);
  });

  it('does not hold where there is more to lower', () => {
    const plain = fargateService();
    expect(differences([plain], [fargateService({ scaling: known({ min: 3, max: 3 }) })])).to.deep.equal([
      'TapStackdev/web: ecs-minimum is not in the plan, and would be made.',
    ]);
    const shards = (...counts: readonly number[]) =>
      replicationGroup({ shards: counts.map((nodes, index) => shard(`000${index + 1}`, nodes)) });
    expect(differences([shards(3, 2)], [shards(3, 3)])).to.deep.equal([
      'tapstack-dev-cache: replicas/0002 is not in the plan, and would be lowered.',
    ]);
  });

  it('is not believed where its numbers are no pairs, or have names that are traps', () => {
    const document = planOf([fargateService()]);
    const row = document.rows.at(-1);
    const [change] = row?.changes ?? [];
    if (row === undefined || change === undefined) throw new Error('There is no change');
    const changed = (numbers: object) => ({ ...document, rows: [{ ...row, changes: [{ ...change, ...numbers }] }] });
    const rows = rowsOf([fargateService()]);
    expect(differencesFrom(changed({ from: {} }), rows)).to.deep.equal([
      'TapStackdev/web: desired is not in the plan, and would be lowered.',
    ]);
    const traps = { from: { desired: 3, constructor: 1 }, to: { desired: 2, constructor: 0 } };
    expect(differencesFrom(changed(traps), rows)).to.deep.equal([
      'TapStackdev/web: constructor was to be lowered, and would not be now.',
    ]);
    expect(
      differencesFrom({ ...document, rows: [{ ...row, resource_id: null, resource_arn: 'arn:x' }] }, []),
    ).to.deep.equal(['arn:x was to be changed, and is not found any more.']);
  });
});

const WRITE = 'Write one with: compliancectl optimize --dry-run --plan-out FILE';
const AGAIN = 'Plan again with: compliancectl optimize --dry-run --plan-out FILE';

describe('parsePlan', () => {
  it('reads what was written', () => {
    for (const mode of ['plan', 'apply'] as const) {
      const document = planOf(S0, { mode });
      expect(parsePlan(JSON.stringify(document), 'plan.json')).to.deep.equal(document);
    }
  });

  it('passes over keys that a later version adds', () => {
    const document = planOf(S0);
    expect(parsePlan(JSON.stringify({ ...document, later: 1 }), 'plan.json')).to.deep.equal(document);
  });

  const text = (own: object) => JSON.stringify({ ...planOf(S0), ...own });
  for (const [what, content, message, code, hint] of [
    ['nothing', '', 'plan.json is not JSON, or was cut short.', 'PLAN_FOREIGN', WRITE],
    [
      'a plan that was cut short',
      text({}).slice(0, 200),
      'plan.json is not JSON, or was cut short.',
      'PLAN_FOREIGN',
      WRITE,
    ],
    ['JSON of another kind', '[]', 'plan.json is not a plan of compliancectl optimize.', 'PLAN_FOREIGN', WRITE],
    [
      'another document',
      '{"schema":"compliancectl.scan/1"}',
      'plan.json is not a plan of compliancectl optimize.',
      'PLAN_FOREIGN',
      WRITE,
    ],
    [
      'a plan without its rows',
      text({ rows: undefined }),
      'plan.json is not a plan of compliancectl optimize.',
      'PLAN_FOREIGN',
      WRITE,
    ],
    [
      'a newer plan',
      text({ schema: 'compliancectl.optimize/2' }),
      'plan.json is a plan of another version of compliancectl (compliancectl.optimize/2).',
      'PLAN_VERSION',
      AGAIN,
    ],
    [
      'what was put back',
      text({ mode: 'restore' }),
      'plan.json shows what was put back: it is no plan.',
      'PLAN_RESTORE',
      WRITE,
    ],
  ] as const) {
    it(`refuses ${what}`, async () => {
      expect(await userErrorOf(() => parsePlan(content, 'plan.json'))).to.deep.equal({
        message,
        code,
        suggestions: [hint],
        exitCode: 2,
      });
    });
  }

  it('keeps the name of the file out of a document, and the cause', async () => {
    const error = await thrownBy(() => parsePlan('{', 'secret.json'));
    if (!(error instanceof UserError)) throw error;
    expect(error.echoFree).to.equal('… is not JSON, or was cut short.');
    expect(error.cause).to.be.instanceOf(SyntaxError);
  });
});

describe('refuseOtherPlan', () => {
  it('lets a plan of the same account, region and environment pass', () => {
    refuseOtherPlan(planOf(S0), SCOPE, 'plan.json');
  });

  for (const [own, message] of [
    [{ accountId: '444455556666' }, 'plan.json was made for the account 111122223333, and this is 444455556666.'],
    [{ region: 'eu-west-1' }, 'plan.json was made for the region us-east-1, and this is eu-west-1.'],
    [{ environment: 'test' }, 'plan.json was made for the environment dev, and this is test.'],
    [
      { environment: 'test', accountId: '444455556666' },
      'plan.json was made for the account 111122223333, and this is 444455556666.',
    ],
  ] as const) {
    it(`refuses one of another: ${message}`, async () => {
      expect(
        await userErrorOf(() => {
          refuseOtherPlan(planOf(S0), { ...SCOPE, ...own }, 'plan.json');
        }),
      ).to.deep.equal({ message, code: 'PLAN_OTHER', suggestions: [AGAIN], exitCode: 2 });
    });
  }
});
