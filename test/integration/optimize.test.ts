import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { CreateAccountAliasCommand } from '@aws-sdk/client-iam';
import { AddTagsToResourceCommand, DescribeDBClusterSnapshotsCommand } from '@aws-sdk/client-rds';
import { CreateBucketCommand, ListObjectsV2Command } from '@aws-sdk/client-s3';
import { expect } from 'chai';

import type { LedgerEntry } from '../../src/optimize/ledger.ts';
import type { OptimizeDocument } from '../../src/report/optimize-document.ts';
import { runBuiltCli } from '../support/cli.ts';
import type { CliOptions } from '../support/cli.ts';
import type { Api, Fault } from '../support/fault-proxy.ts';
import {
  ESTATE_ACCOUNT,
  ESTATE_REGION,
  FULL_SIZE,
  namesOf,
  SCALED_DOWN,
  withOptimizeEstate,
} from '../support/optimize-estate.ts';
import type { Door } from '../support/optimize-estate.ts';
import { temporaryFolder } from '../support/temporary.ts';

/** What the original's readers are given; whatever else is called may be denied. */
const DOCUMENTED: ReadonlySet<Api> = new Set([
  'sts:GetCallerIdentity',
  'rds:DescribeDBClusters',
  'rds:ModifyDBCluster',
  'elasticache:DescribeReplicationGroups',
  'elasticache:ModifyReplicationGroup',
  'elasticache:DecreaseReplicaCount',
  'ecs:ListClusters',
  'ecs:ListServices',
  'ecs:DescribeServices',
  'ecs:UpdateService',
]);

const BEYOND: readonly Api[] = [
  'rds:DescribeDBInstances',
  'ecs:DescribeTaskDefinition',
  'application-autoscaling:DescribeScalableTargets',
  'application-autoscaling:RegisterScalableTarget',
  'elasticache:ListTagsForResource',
  'elasticache:IncreaseReplicaCount',
  'monitoring:GetMetricData',
  'iam:ListAccountAliases',
  'pricing:GetProducts',
];

const VERIFIED = [
  ['aurora-cluster', 'verified'],
  ['cache-replicas', 'verified'],
  ['ecs-minimum', 'verified'],
  ['ecs-tasks', 'verified'],
];

const ALL_ALREADY = [
  ['aurora', 'already'],
  ['elasticache', 'already'],
  ['ecs', 'already'],
];

describe('optimize on the wire', function () {
  this.timeout(60_000);
  const estate = withOptimizeEstate();
  const path = temporaryFolder();

  /** Runs `optimize -e dev` through a door of its own, or the one that is given. */
  const run = async (
    door: Door,
    args: readonly string[],
    { env, ...options }: Omit<CliOptions, 'args'> & { readonly environment?: string } = {},
  ) =>
    runBuiltCli({
      args: ['optimize', '-e', options.environment ?? 'dev', ...args],
      env: { ...door.env, XDG_STATE_HOME: path('state'), XDG_CACHE_HOME: path('cache'), ...env },
      ...options,
    });

  const documentIn = ({ stdout }: { readonly stdout: string }) => JSON.parse(stdout) as OptimizeDocument;
  const states = (document: OptimizeDocument) => document.rows.map(({ kind, state }) => [kind, state]);
  const outcomes = (document: OptimizeDocument) =>
    document.rows.flatMap(({ changes }) => changes.map(({ step, outcome }) => [step, outcome]));

  const ledgerFolder = () => path(`state/compliancectl/ledger/${ESTATE_ACCOUNT}/${ESTATE_REGION}/dev`);
  const openEntry = () => JSON.parse(readFileSync(`${ledgerFolder()}/open.json`, 'utf8')) as LedgerEntry;

  /** An environment of full size, and a door to it. */
  const seeded = async (environment = 'dev') => {
    await estate().seed(environment);
    return estate().open();
  };

  it('shows what would change and what that saves, and makes no call that changes anything', async () => {
    const door = await seeded();
    const shown = await run(door, ['--dry-run', '--json', '-q']);
    expect([shown.exitCode, shown.stderr]).to.deep.equal([0, '']);
    expect(door.changes()).to.deep.equal({});
    expect(await estate().read('dev')).to.deep.equal(FULL_SIZE);
    const { at, ...document } = documentIn(shown);
    expect(new Date(at).toISOString()).to.equal(at);
    expect(readdirSync(path())).to.deep.equal(['cache']);
    const expected = readFileSync(join(import.meta.dirname, '../fixtures/optimize-wire/plan.json'), 'utf8');
    expect(masked(document)).to.deep.equal(JSON.parse(expected));
  });

  it('counts to the cent, from what AWS asks and from what came with this version alike', async () => {
    const door = await seeded();
    for (const prices of ['live', 'bundled']) {
      const { rows, total } = documentIn(await run(door, ['--dry-run', '--json', '--prices', prices]));
      expect([rows.map(({ saving }) => saving?.monthly_usd), total], prices).to.deep.equal([
        [131.4, 11.68, 9.01],
        { monthly_usd: 152.09, unknown: 0, hours: 730 },
      ]);
      expect(new Set(rows.flatMap(({ saving }) => saving?.prices.map(({ source }) => source)))).to.deep.equal(
        new Set([prices]),
      );
    }
    const { stdout } = await run(door, ['--dry-run', '--show-math']);
    expect(['$131.40', '$11.68', '$9.01', '$152.09'].filter((amount) => !stdout.includes(amount))).to.deep.equal([]);
  });

  it('scales down, changes nothing the second time, and puts everything back', async () => {
    const door = await seeded();
    const applied = await run(door, ['--yes', '--json', '-q']);
    expect([applied.exitCode, applied.stderr]).to.deep.equal([0, '']);
    expect(outcomes(documentIn(applied))).to.deep.equal(VERIFIED);
    expect(await estate().read('dev')).to.deep.equal(SCALED_DOWN);
    expect(door.changes()).to.deep.equal({
      'rds:ModifyDBCluster': 1,
      'elasticache:DecreaseReplicaCount': 1,
      'application-autoscaling:RegisterScalableTarget': 1,
      'ecs:UpdateService': 1,
    });
    const entry = openEntry();
    expect(entry.steps.map(({ step, status }) => [step, status])).to.deep.equal(VERIFIED);

    door.reset();
    const again = await run(door, ['--yes', '--json', '-q']);
    expect([again.exitCode, states(documentIn(again)), door.changes()]).to.deep.equal([0, ALL_ALREADY, {}]);
    expect(openEntry()).to.deep.equal(entry);

    const restored = await run(door, ['--restore', '--yes', '--json', '-q']);
    expect([restored.exitCode, restored.stderr]).to.deep.equal([0, '']);
    expect(outcomes(documentIn(restored))).to.deep.equal(VERIFIED.map(([step]) => [step, 'restored']));
    expect(await estate().read('dev')).to.deep.equal(FULL_SIZE);
    const files = readdirSync(ledgerFolder()).filter((name) => name.endsWith('.json'));
    expect([openEntry().status, files.toSorted()]).to.deep.equal([
      'closed',
      [`${entry.id}.json`, 'open.json'].toSorted(),
    ]);

    door.reset();
    const nothing = await run(door, ['--restore', '--yes', '--json']);
    expect([nothing.exitCode, documentIn(nothing).rows, door.changes()]).to.deep.equal([0, [], {}]);
  });

  it('sends of each change what changes, and nothing else', async () => {
    const door = await seeded();
    await run(door, ['--yes']);
    const [cluster = ''] = door.bodies('rds:ModifyDBCluster');
    const [group = ''] = door.bodies('elasticache:DecreaseReplicaCount');
    const sent = (body: string) => {
      const { Action: _, Version: __, ...rest } = Object.fromEntries(new URLSearchParams(body));
      return rest;
    };
    expect(sent(cluster)).to.deep.equal({
      DBClusterIdentifier: 'tapstackdev',
      ApplyImmediately: 'true',
      BackupRetentionPeriod: '1',
      'ServerlessV2ScalingConfiguration.MinCapacity': '0.5',
      'ServerlessV2ScalingConfiguration.MaxCapacity': '1',
    });
    const { ReplicationGroupId, ApplyImmediately } = sent(group);
    expect([ReplicationGroupId, ApplyImmediately]).to.deep.equal(['tapstack-dev-cache', 'true']);
    const [service = '{}'] = door.bodies('ecs:UpdateService');
    const { desiredCount, ...named } = JSON.parse(service) as { readonly desiredCount: number };
    expect([desiredCount, Object.keys(named).toSorted()]).to.deep.equal([2, ['cluster', 'service']]);
    const [target = '{}'] = door.bodies('application-autoscaling:RegisterScalableTarget');
    expect(JSON.parse(target)).to.deep.equal({
      ServiceNamespace: 'ecs',
      ResourceId: 'service/TapStackdev/web',
      ScalableDimension: 'ecs:service:DesiredCount',
      MinCapacity: 2,
    });
  });

  describe('where a list cannot be read', () => {
    const lists: Readonly<Record<Api, readonly string[]>> = {
      'rds:DescribeDBClusters': ['elasticache', 'ecs'],
      'elasticache:DescribeReplicationGroups': ['aurora', 'ecs'],
      'ecs:ListClusters': ['aurora', 'elasticache'],
      'ecs:ListServices': ['aurora', 'elasticache'],
      'ecs:DescribeServices': ['aurora', 'elasticache'],
    };
    const faults: readonly Fault[] = [
      { kind: 'deny' },
      { kind: 'throttle' },
      { kind: 'garble', as: 'html' },
      { kind: 'cut' },
    ];
    for (const [api, others] of Object.entries(lists)) {
      for (const fault of faults) {
        it(`scales the others down, and says so: ${api}, ${fault.kind}`, async () => {
          const door = await seeded();
          door.fail(api, fault);
          const applied = await run(door, ['--yes', '--json'], { env: { AWS_MAX_ATTEMPTS: '2' } });
          const document = documentIn(applied);
          expect([applied.exitCode, document.incomplete, states(document)]).to.deep.equal([
            4,
            true,
            others.map((kind) => [kind, 'change']),
          ]);
          expect(outcomes(document)).to.deep.equal(
            VERIFIED.filter(([step]) => others.some((kind) => isOf(kind, step))),
          );
          const [gap] = document.gaps;
          expect([gap?.api, gap?.permission]).to.deep.equal([api.split(':')[1], fault.kind === 'deny' ? api : null]);
        });
      }
    }
  });

  describe('where a change goes wrong', () => {
    const changes: Readonly<Record<Api, readonly string[]>> = {
      'rds:ModifyDBCluster': ['aurora-cluster'],
      'elasticache:DecreaseReplicaCount': ['cache-replicas'],
      'ecs:UpdateService': ['ecs-tasks'],
    };
    for (const [api, failing] of Object.entries(changes)) {
      it(`makes the others, exits 4, and puts all of it back: ${api}, denied`, async () => {
        const door = await seeded();
        door.fail(api, { kind: 'deny' });
        const applied = await run(door, ['--yes', '--json']);
        expect([applied.exitCode, outcomes(documentIn(applied))]).to.deep.equal([
          4,
          VERIFIED.map(([step = '', outcome]) => [step, failing.includes(step) ? 'failed' : outcome]),
        ]);
        await putBack(door);
      });

      const passing: readonly Fault[] = [{ kind: 'throttle' }, { kind: 'garble', as: 'truncated' }, { kind: 'cut' }];
      for (const fault of passing) {
        it(`makes it all the same, and puts it back: ${api}, ${fault.kind} once`, async () => {
          const door = await seeded();
          door.fail(api, fault, { times: 1 });
          const applied = await run(door, ['--yes', '--json']);
          expect(await estate().read('dev'), applied.stdout).to.deep.equal(SCALED_DOWN);
          await putBack(door);
        });
      }
    }

    it('puts nothing down that the ledger does not hold', async () => {
      const door = await seeded();
      mkdirSync(path('state'));
      writeFileSync(path('state/compliancectl'), 'no folder');
      const refused = await run(door, ['--yes']);
      expect([refused.exitCode, door.changes()]).to.deep.equal([3, {}]);
      expect(await estate().read('dev')).to.deep.equal(FULL_SIZE);
    });
  });

  it('scales down with the documented permissions alone, and names those that would tell more', async () => {
    const door = await seeded();
    for (const api of BEYOND) door.fail(api, { kind: 'deny' });
    const applied = await run(door, ['--yes', '--json']);
    const document = documentIn(applied);
    expect(outcomes(document)).to.deep.equal(VERIFIED.filter(([step]) => step !== 'ecs-minimum'));
    expect(await estate().read('dev')).to.deep.equal({ ...SCALED_DOWN, minimum: FULL_SIZE.minimum });
    expect(Object.keys(door.calls()).filter((api) => !DOCUMENTED.has(api) && !BEYOND.includes(api))).to.deep.equal([]);
    const named = JSON.stringify(document);
    const permissions = [
      'rds:DescribeDBInstances',
      'ecs:DescribeTaskDefinition',
      'application-autoscaling:DescribeScalableTargets',
    ];
    expect(permissions.filter((permission) => !named.includes(permission))).to.deep.equal([]);
    expect(document.rows.map(({ saving }) => saving?.monthly_usd ?? null)).to.deep.equal([null, 11.68, null]);
    expect(document.total).to.deep.equal({ monthly_usd: 11.68, unknown: 2, hours: 730 });
  });

  it('leaves alone what is being modified, with the reason', async () => {
    const door = await seeded();
    door.fail('rds:DescribeDBClusters', { kind: 'rewrite', body: modifying });
    const applied = await run(door, ['--yes', '--json']);
    const document = documentIn(applied);
    expect(states(document)).to.deep.equal([
      ['aurora', 'blocked'],
      ['elasticache', 'change'],
      ['ecs', 'change'],
    ]);
    expect(document.rows[0]?.reason).to.match(/modifying/);
    expect(await estate().read('dev')).to.deep.equal({
      ...SCALED_DOWN,
      minCapacity: 2,
      maxCapacity: 4,
      backupRetentionDays: 14,
    });
  });

  it('waits for what became busy after it was planned', async () => {
    const door = await seeded();
    // The first look is the plan's.
    door.fail('rds:DescribeDBClusters', { kind: 'rewrite', body: modifying }, { from: 2, times: 3 });
    const applied = await run(door, ['--yes', '--json']);
    expect([applied.exitCode, outcomes(documentIn(applied))]).to.deep.equal([0, VERIFIED]);
    expect(door.calls()['rds:DescribeDBClusters']).to.be.at.least(5);
    expect(await estate().read('dev')).to.deep.equal(SCALED_DOWN);
  });

  it('begins nothing more on Ctrl-C: what was waited for stays as it was', async () => {
    const door = await seeded();
    door.fail('rds:DescribeDBClusters', { kind: 'rewrite', body: modifying }, { from: 2 });
    const ended = await run(door, ['--yes', '--json'], { signalAfter: door.called('rds:DescribeDBClusters', 40) });
    expect([ended.exitCode, door.changes()['rds:ModifyDBCluster']]).to.deep.equal([130, undefined]);
    expect(await estate().read('dev')).to.deep.equal({
      ...SCALED_DOWN,
      minCapacity: 2,
      maxCapacity: 4,
      backupRetentionDays: 14,
    });
    door.reset();
    await putBack(door);
  });

  describe('with a plan', () => {
    const plan = () => path('plan.json');

    it('carries it out where everything is as it says', async () => {
      const door = await seeded();
      const planned = await run(door, ['--dry-run', '--plan-out', plan(), '-q']);
      expect(planned.exitCode).to.equal(0);
      const applied = await run(door, ['--plan', plan(), '--yes', '--json']);
      expect([applied.exitCode, outcomes(documentIn(applied))]).to.deep.equal([0, VERIFIED]);
      expect(await estate().read('dev')).to.deep.equal(SCALED_DOWN);
    });

    it('refuses one that someone has overtaken, and changes nothing', async () => {
      const door = await seeded();
      await run(door, ['--dry-run', '--plan-out', plan(), '-q']);
      const raised = { ...FULL_SIZE, tasks: 5 };
      await estate().set('dev', raised);
      const refused = await run(door, ['--plan', plan(), '--yes']);
      expect([refused.exitCode, door.changes(), refused.stdout]).to.deep.equal([2, {}, '']);
      expect(refused.stderr).to.match(/TapStackdev\/web/);
      expect(await estate().read('dev')).to.deep.equal(raised);
    });

    it('refuses one that is no plan', async () => {
      const door = await seeded();
      writeFileSync(plan(), '{"schema": "compliancectl.optimize/1"');
      const refused = await run(door, ['--plan', plan(), '--yes']);
      expect([refused.exitCode, door.changes()]).to.deep.equal([2, {}]);
    });
  });

  it('keeps Multi-AZ, and never takes the last replica', async () => {
    const door = await seeded();
    writeFileSync(path('compliancectl.yaml'), 'optimize: { elasticache: { nodes: 1 } }\n');
    const applied = await run(door, ['--yes', '--json', '--config', path('compliancectl.yaml')]);
    expect(applied.exitCode).to.equal(0);
    expect(await estate().read('dev')).to.deep.equal(SCALED_DOWN);
    expect(door.calls()['elasticache:ModifyReplicationGroup']).to.equal(undefined);
  });

  it('leaves alone what is called nearly the same, and names it', async () => {
    const door = await seeded();
    const others = ['dev2', 'devops', 'prod'];
    for (const other of others) await estate().seed(other);
    const applied = await run(door, ['--yes', '--json']);
    const { near_misses: near } = documentIn(applied);
    expect(applied.exitCode).to.equal(0);
    expect(await estate().read('dev')).to.deep.equal(SCALED_DOWN);
    for (const other of others) expect(await estate().read(other), other).to.deep.equal(FULL_SIZE);
    const missed = new Set(near.map(({ resource_id: id }) => id));
    for (const other of ['dev2', 'devops']) {
      const { database, cache } = namesOf(other);
      expect([database, cache].filter((id) => !missed.has(id))).to.deep.equal([]);
    }
  });

  it('takes the snapshot of a cluster before it changes it, and leaves its backups alone where it is told to', async () => {
    const door = await seeded();
    const applied = await run(door, ['--yes', '--json', '--snapshot-first', '--keep-backups']);
    expect([applied.exitCode, outcomes(documentIn(applied))]).to.deep.equal([0, VERIFIED]);
    expect(await estate().read('dev')).to.deep.equal({ ...SCALED_DOWN, backupRetentionDays: 14 });
    const [snapshot] = openEntry().snapshots;
    const { DBClusterSnapshots: taken } = await estate().clients.rds.send(
      new DescribeDBClusterSnapshotsCommand({ SnapshotType: 'manual' }),
    );
    expect(taken?.map(({ DBClusterSnapshotIdentifier: id, DBClusterIdentifier: of }) => [id, of])).to.deep.equal([
      [snapshot?.snapshot_id, 'tapstackdev'],
    ]);
  });

  it('does not wait where it is told not to, and puts all of it back later', async () => {
    const door = await seeded();
    const applied = documentIn(await run(door, ['--yes', '--json', '--no-wait']));
    expect(outcomes(applied)).to.deep.equal(VERIFIED.map(([step]) => [step, 'applied']));
    expect((await run(door, ['--restore', '--yes'])).exitCode).to.equal(0);
    expect(await estate().read('dev')).to.deep.equal(FULL_SIZE);
  });

  it('puts back the entry that is named, and refuses one that there is not', async () => {
    const door = await seeded();
    await run(door, ['--yes']);
    const unknown = await run(door, ['--restore', '--yes', '--entry', '2026-01-01.none']);
    expect([unknown.exitCode, unknown.stdout]).to.deep.equal([2, '']);
    expect(unknown.stderr).to.include(`There is no entry 2026-01-01.none in ${ledgerFolder()}.`);
    const { id } = openEntry();
    expect((await run(door, ['--restore', '--yes', '--entry', id])).exitCode).to.equal(0);
    expect(await estate().read('dev')).to.deep.equal(FULL_SIZE);
    const again = await run(door, ['--restore', '--yes', '--entry', id]);
    expect([again.exitCode, again.stderr.includes(`Entry ${id} was put back before`)]).to.deep.equal([0, true]);
  });

  for (const [flag, key, value] of [
    ['--tag', 'Team', 'web'],
    ['--stack', 'aws:cloudformation:stack-name', 'shop'],
  ] as const) {
    it(`chooses by ${flag} what carries it, and nothing by its name`, async () => {
      const door = await seeded();
      await estate().clients.rds.send(
        new AddTagsToResourceCommand({
          ResourceName: `arn:aws:rds:${ESTATE_REGION}:${ESTATE_ACCOUNT}:cluster:tapstackdev`,
          Tags: [{ Key: key, Value: value }],
        }),
      );
      const shown = await run(door, ['--dry-run', '--json', flag, flag === '--tag' ? `${key}=${value}` : value]);
      expect([shown.exitCode, states(documentIn(shown))]).to.deep.equal([
        0,
        [
          ['aurora', 'change'],
          ['elasticache', 'missing'],
          ['ecs', 'missing'],
        ],
      ]);
    });
  }

  it('prints its policy without a call', async () => {
    const door = await estate().open();
    const printed = await run(door, ['--print-iam-policy', '--ledger', 's3://team/ledger']);
    const { Statement } = JSON.parse(printed.stdout) as { Statement: { Action: string[] }[] };
    const actions = Statement.flatMap(({ Action }) => Action);
    expect([printed.exitCode, printed.stderr, door.calls()]).to.deep.equal([0, '', {}]);
    expect(actions).to.include.members(['rds:ModifyDBCluster', 'elasticache:IncreaseReplicaCount', 's3:PutObject']);
  });

  describe('where it looks like production', () => {
    const refusedWith = async (door: Door, environment = 'dev') => {
      const refused = await run(door, ['--yes'], { environment });
      expect([refused.exitCode, refused.stdout, door.changes()]).to.deep.equal([2, '', {}]);
      expect(await estate().read(environment)).to.deep.equal(FULL_SIZE);
    };

    it('refuses an environment of that name before it asks AWS anything', async () => {
      const door = await seeded('prod');
      await refusedWith(door, 'prod');
      expect(door.calls()).to.deep.equal({});
    });

    it('refuses an account whose alias says so', async () => {
      const door = await seeded();
      await estate().clients.iam.send(new CreateAccountAliasCommand({ AccountAlias: 'acme-production' }));
      await refusedWith(door);
    });

    it('refuses all of it for the tag of one resource', async () => {
      const door = await seeded();
      await estate().clients.rds.send(
        new AddTagsToResourceCommand({
          ResourceName: `arn:aws:rds:${ESTATE_REGION}:${ESTATE_ACCOUNT}:cluster:tapstackdev`,
          Tags: [{ Key: 'stage', Value: 'live' }],
        }),
      );
      await refusedWith(door);
    });
  });

  describe('before it asks AWS anything', () => {
    const cases: Readonly<Record<string, { readonly args: readonly string[]; readonly env?: Record<string, string> }>> =
      {
        'scaling down without a terminal and without --yes': { args: [] },
        'putting back without a terminal and without --yes': { args: ['--restore'] },
        'scaling down in CI without a ledger': { args: ['--yes'], env: { CI: 'true' } },
        'putting back in CI without a ledger': { args: ['--restore', '--yes'], env: { CI: 'true' } },
        'a ledger that is no place': { args: ['--yes', '--ledger', 'https://example.com/ledger'] },
        'a tag without a value': { args: ['--dry-run', '--tag', 'Environment'] },
      };
    for (const [what, { args, env }] of Object.entries(cases)) {
      it(`refuses ${what}`, async () => {
        const door = await estate().open();
        const refused = await run(door, args, { ...(env && { env }) });
        expect([refused.exitCode, refused.stdout, door.calls()]).to.deep.equal([2, '', {}]);
      });
    }
  });

  it('ends its waiting on Ctrl-C, exits 130, and can be put back', async () => {
    const door = await seeded();
    const { promise: waiting, resolve } = Promise.withResolvers<undefined>();
    let looks = 0;
    door.watch((api, moment) => {
      if (moment === 'after') return;
      // The cluster takes the change, and never comes to rest.
      if (api === 'rds:ModifyDBCluster') door.fail('rds:DescribeDBClusters', { kind: 'rewrite', body: modifying });
      if (api === 'rds:DescribeDBClusters' && door.changes()['rds:ModifyDBCluster'] === 1) looks += 1;
      if (looks === 4) resolve(undefined);
    });
    const ended = await run(door, ['--yes', '--json'], { signalAfter: waiting });
    expect([ended.exitCode, ended.signal, (ended.endedAfterSignal ?? Infinity) < 3000]).to.deep.equal([
      130,
      null,
      true,
    ]);
    expect(openEntry().steps.find(({ step }) => step === 'aurora-cluster')?.status).to.equal('applied');
    door.reset();
    await putBack(door);
  });

  it('lets one run work at a time', async () => {
    const [door, other] = [await seeded(), await estate().open()];
    const { promise: held, resolve } = Promise.withResolvers<undefined>();
    door.watch(async (api, moment) => (api === 'rds:ModifyDBCluster' && moment === 'before' ? held : undefined));
    const first = run(door, ['--yes', '--json']);
    await door.called('rds:ModifyDBCluster');
    const second = await run(other, ['--yes']);
    const restore = await run(other, ['--restore', '--yes']);
    resolve(undefined);
    expect([second.exitCode, restore.exitCode, other.changes()]).to.deep.equal([3, 3, {}]);
    expect(second.stderr).to.match(/Another run is at work/);
    expect((await first).exitCode).to.equal(0);
    expect(await estate().read('dev')).to.deep.equal(SCALED_DOWN);
    await putBack(door);
  });

  describe('with the ledger in S3', () => {
    const LEDGER = 's3://ledgers/teams/web';
    const prefix = `teams/web/${ESTATE_ACCOUNT}/${ESTATE_REGION}/dev/`;
    const machine = (name: string) => ({ HOME: path(name), XDG_STATE_HOME: path(`${name}/state`), CI: 'true' });
    const bucket = async () => estate().clients.s3.send(new CreateBucketCommand({ Bucket: 'ledgers' }));
    const keys = async () => {
      const { Contents = [] } = await estate().clients.s3.send(new ListObjectsV2Command({ Bucket: 'ledgers' }));
      return Contents.map(({ Key = '' }) => Key);
    };

    it('scales down on one machine in the evening, and puts back on another in the morning', async () => {
      const door = await seeded();
      await bucket();
      const evening = await run(door, ['--yes', '--json', '--ledger', LEDGER], { env: machine('evening') });
      expect([evening.exitCode, outcomes(documentIn(evening))]).to.deep.equal([0, VERIFIED]);
      expect(await keys()).to.deep.equal([`${prefix}open.json`]);
      // It runs once more, as schedules do.
      expect((await run(door, ['--yes', '--ledger', LEDGER], { env: machine('evening') })).exitCode).to.equal(0);
      expect(await estate().read('dev')).to.deep.equal(SCALED_DOWN);

      const morning = await run(door, ['--restore', '--yes', '--json', '--ledger', LEDGER], {
        env: machine('morning'),
      });
      expect(morning.exitCode, morning.stderr).to.equal(0);
      expect(await estate().read('dev')).to.deep.equal(FULL_SIZE);
      const { ledger } = documentIn(evening);
      expect((await keys()).toSorted()).to.deep.equal(
        [`${prefix}${ledger?.entry_id}.json`, `${prefix}open.json`].toSorted(),
      );
      expect(door.calls()['s3:DeleteObject']).to.equal(undefined);
    });

    for (const [what, fault] of [
      ['denied', { kind: 'deny' }],
      ['not there', { kind: 'error', code: 'NoSuchBucket', status: 404, message: 'The bucket does not exist' }],
    ] as const) {
      it(`changes nothing where the bucket is ${what}`, async () => {
        const door = await seeded();
        for (const api of ['s3:GetObject', 's3:PutObject']) door.fail(api, fault);
        const refused = await run(door, ['--yes', '--ledger', LEDGER]);
        const { 's3:PutObject': _, ...changes } = door.changes();
        expect([refused.exitCode, changes]).to.deep.equal([3, {}]);
        expect(await estate().read('dev')).to.deep.equal(FULL_SIZE);
      });
    }
  });

  describe('with a ledger that is not in order', () => {
    const cases: Readonly<Record<string, (text: string) => string>> = {
      'is cut off': (text) => text.slice(0, text.length / 2),
      'is of another account': (text) => text.replaceAll(ESTATE_ACCOUNT, '999999999999'),
      'is of another environment': (text) => text.replace('"environment": "dev"', '"environment": "test"'),
      'is empty': () => '',
    };
    for (const [what, change] of Object.entries(cases)) {
      it(`changes nothing, up or down, where the open entry ${what}`, async () => {
        const door = await seeded();
        await run(door, ['--yes']);
        const file = `${ledgerFolder()}/open.json`;
        const text = readFileSync(file, 'utf8');
        writeFileSync(file, change(text));
        // Someone has raised the tasks meanwhile: there is something to lower.
        const raised = { ...SCALED_DOWN, tasks: 4 };
        await estate().set('dev', raised);
        door.reset();
        const runs = [await run(door, ['--yes']), await run(door, ['--restore', '--yes'])];
        expect([runs.map(({ exitCode }) => exitCode), door.changes()]).to.deep.equal([[3, 3], {}]);
        expect(await estate().read('dev')).to.deep.equal(raised);
        expect(readFileSync(file, 'utf8')).to.equal(change(text));

        writeFileSync(file, text);
        await putBack(door, { ...FULL_SIZE, tasks: 4 });
      });
    }
  });

  /** Restores, and looks whether all of it is back. */
  async function putBack(door: Door, numbers = FULL_SIZE): Promise<void> {
    const restored = await run(door, ['--restore', '--yes', '--json']);
    expect(restored.exitCode, `${restored.stdout}\n${restored.stderr}`).to.equal(0);
    expect(await estate().read('dev')).to.deep.equal(numbers);
  }
});

function isOf(kind: string, step: string | undefined): boolean {
  const prefix = { aurora: 'aurora-', elasticache: 'cache-', ecs: 'ecs-' }[kind];
  return prefix !== undefined && (step ?? '').startsWith(prefix);
}

function modifying(body: string): string {
  return body.replaceAll('<Status>available</Status>', '<Status>modifying</Status>');
}

/** Moments are the emulator's own. */
function masked(value: object): unknown {
  return JSON.parse(JSON.stringify(value).replaceAll(/\d{4}-\d\d-\d\d(?:T[\d:.]+Z)?/g, 'DATE'));
}
