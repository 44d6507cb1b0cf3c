import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';

import {
  ApplicationAutoScalingClient,
  DescribeScalableTargetsCommand,
  RegisterScalableTargetCommand,
} from '@aws-sdk/client-application-auto-scaling';
import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import {
  DescribeServicesCommand,
  DescribeTaskDefinitionCommand,
  ECSClient,
  ListClustersCommand,
  ListServicesCommand,
  UpdateServiceCommand,
} from '@aws-sdk/client-ecs';
import { DescribeReplicationGroupsCommand, ElastiCacheClient } from '@aws-sdk/client-elasticache';
import { IAMClient, ListAccountAliasesCommand } from '@aws-sdk/client-iam';
import {
  CreateDBClusterSnapshotCommand,
  DescribeDBClustersCommand,
  DescribeDBClusterSnapshotsCommand,
  DescribeDBInstancesCommand,
  ModifyDBClusterCommand,
  RDSClient,
} from '@aws-sdk/client-rds';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { mockClient } from 'aws-sdk-client-mock';
import { expect } from 'chai';

import { putBack } from '../../src/optimize/put-back.ts';
import type { OptimizeRequest, Surroundings } from '../../src/optimize/request.ts';
import { pauseFor } from '../../src/optimize/run.ts';
import { scaleDown } from '../../src/optimize/scale-down.ts';
import { optimizeSchema } from '../../src/optimize/settings.ts';
import type { OptimizeDocument } from '../../src/report/optimize-document.ts';
import { serviceError } from '../support/aws-errors.ts';
import { userErrorOf } from '../support/errors.ts';
import { ACCOUNT, REGION } from '../support/optimize.ts';
import { clusterArn, listedCluster, listedService, serviceArn } from '../support/optimize-aws.ts';
import { temporaryFolder } from '../support/temporary.ts';

const DENIED = serviceError('AccessDeniedException', 403, 'Not you.');
const AGREES = 'dev';

function mocked() {
  return {
    sts: mockClient(STSClient),
    iam: mockClient(IAMClient),
    rds: mockClient(RDSClient),
    cache: mockClient(ElastiCacheClient),
    ecs: mockClient(ECSClient),
    scaling: mockClient(ApplicationAutoScalingClient),
    cloudwatch: mockClient(CloudWatchClient),
  };
}

describe('scaling an environment down, and putting it back', () => {
  /** Whole classes are mocked, for as long as these tests run: other tests make real calls. */
  let mocks: ReturnType<typeof mocked>;
  const path = temporaryFolder();
  const keys = {
    AWS_ACCESS_KEY_ID: process.env['AWS_ACCESS_KEY_ID'],
    AWS_SECRET_ACCESS_KEY: process.env['AWS_SECRET_ACCESS_KEY'],
  };

  /** What the account has: one service, with what holds its tasks. */
  let tasks: number;
  let minimum: number;
  let shown: OptimizeDocument[];
  let told: string;
  let asked: string[];
  let answer: string;
  let controller: AbortController;

  before(() => {
    mocks = mocked();
  });
  before(() => Object.assign(process.env, { AWS_ACCESS_KEY_ID: 'id', AWS_SECRET_ACCESS_KEY: 'key' }));
  after(() => {
    for (const mock of Object.values(mocks)) mock.restore();
    for (const [name, value] of Object.entries(keys)) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  });

  beforeEach(() => {
    [tasks, minimum, shown, told, asked, answer] = [3, 3, [], '', [], AGREES];
    controller = new AbortController();
    const { sts, iam, rds, cache, ecs, scaling } = mocks;
    for (const mock of Object.values(mocks)) mock.reset();
    sts.on(GetCallerIdentityCommand).resolves({ Account: ACCOUNT, Arn: `arn:aws:iam::${ACCOUNT}:user/ada` });
    iam.on(ListAccountAliasesCommand).resolves({ AccountAliases: ['shop-dev'] });
    rds.on(DescribeDBClustersCommand).resolves({ DBClusters: [] });
    cache.on(DescribeReplicationGroupsCommand).resolves({ ReplicationGroups: [] });
    ecs.on(ListClustersCommand).resolves({ clusterArns: [clusterArn('TapStackdev')] });
    ecs.on(ListServicesCommand).resolves({ serviceArns: [serviceArn('TapStackdev', 'web')] });
    ecs
      .on(DescribeServicesCommand)
      .callsFake(() => ({ services: [listedService({ desiredCount: tasks, runningCount: tasks })], failures: [] }));
    ecs.on(DescribeTaskDefinitionCommand).resolves({ taskDefinition: { cpu: '256', memory: '512' } });
    ecs.on(UpdateServiceCommand).callsFake(({ desiredCount }: { desiredCount: number }) => {
      tasks = desiredCount;
      return {};
    });
    scaling.on(DescribeScalableTargetsCommand).callsFake(() => ({
      ScalableTargets: [{ ResourceId: 'service/TapStackdev/web', MinCapacity: minimum, MaxCapacity: 10 }],
    }));
    scaling.on(RegisterScalableTargetCommand).callsFake(({ MinCapacity }: { MinCapacity: number }) => {
      minimum = MinCapacity;
      return {};
    });
  });

  const requested = (own: Partial<OptimizeRequest> = {}): OptimizeRequest => ({
    environment: 'dev',
    region: REGION,
    settings: optimizeSchema.parse({}),
    choice: { names: null, tags: null, stacks: null, keep_backups: false, include: [] },
    dryRun: false,
    yes: true,
    quiet: false,
    snapshotFirst: false,
    ledger: path('ledger'),
    timeoutSeconds: 60,
    pollSeconds: 0.001,
    wait: true,
    prices: 'bundled',
    ...own,
  });

  const here = (own: Partial<Surroundings> = {}): Surroundings => ({
    env: {},
    directory: path(),
    // A day on which the test was not run; its time passes as any does.
    clock: () => new Date(Date.parse('2026-11-21T19:00:00Z') + performance.now()),
    pause: pauseFor,
    host: 'desk',
    pid: process.pid,
    runId: 'run-1',
    canAsk: true,
    ask: async (question) => {
      asked.push(question);
      return answer;
    },
    tell: (text) => {
      told += text;
    },
    show: async (document) => {
      shown.push(document);
    },
    save: async (file, text) => writeFileSync(file, text),
    tableOf: ({ mode, rows }) => `table of ${mode}, ${rows.length}\n`,
    stop: controller.signal,
    onProgress: () => {},
    ...own,
  });

  const down = (own: Partial<OptimizeRequest> = {}, around: Partial<Surroundings> = {}) =>
    scaleDown(requested(own), here(around));
  const back = (own: Partial<OptimizeRequest> = {}, around: Partial<Surroundings> = {}) =>
    putBack(requested(own), here(around));
  /** State and outcomes of each row of the document that was shown last. */
  const rows = () =>
    shown.at(-1)?.rows.map(({ kind, state, changes }) => [kind, state, ...changes.map(({ outcome }) => outcome)]);

  it('shows a dry run and changes nothing, nor the ledger', async () => {
    expect(await down({ dryRun: true, note: 'No region was given.' })).to.equal(0);
    expect(rows()).to.deep.equal([
      ['aurora', 'missing'],
      ['elasticache', 'missing'],
      ['ecs', 'change', null, null],
    ]);
    expect(shown[0]?.total).to.deep.equal({ monthly_usd: 9.01, unknown: 0, hours: 730 });
    expect([tasks, minimum, told, asked]).to.deep.equal([3, 3, 'No region was given.\n', []]);
    expect(await back()).to.equal(0);
    expect(told).to.include(`There is nothing to put back: ${path('ledger')}`);
  });

  it('scales down and puts back what it scaled down', async () => {
    expect(await down({ quiet: true, note: 'No region was given.' })).to.equal(0);
    expect(rows()?.at(-1)).to.deep.equal(['ecs', 'change', 'verified', 'verified']);
    expect([tasks, minimum, told]).to.deep.equal([2, 2, '']);
    const { ledger, mode } = shown[0] ?? {};
    expect([mode, ledger?.entry_id]).to.deep.equal(['apply', '2026-11-21.run-1']);

    expect(await back({ quiet: true, note: 'No region was given.' })).to.equal(0);
    expect(rows()).to.deep.equal([['ecs', 'change', 'restored', 'restored']]);
    expect([tasks, minimum, told]).to.deep.equal([3, 3, '']);
  });

  it('asks for the name of the environment, after the plan, and takes nothing else for a yes', async () => {
    answer = 'yes';
    expect(await down({ yes: false })).to.equal(0);
    expect([tasks, shown]).to.deep.equal([3, []]);
    expect(told).to.equal('table of plan, 3\nNothing was changed.\n');
    expect(asked).to.deep.equal([`\nType dev to scale it down in account ${ACCOUNT}, ${REGION}: `]);

    answer = ' dev ';
    expect(await down({ yes: false })).to.equal(0);
    expect(tasks).to.equal(2);

    [answer, told, asked] = ['', '', []];
    expect(await back({ yes: false, note: 'No region was given.' })).to.equal(0);
    expect([tasks, told]).to.deep.equal([2, 'No region was given.\ntable of restore, 1\nNothing was changed.\n']);
    expect(asked).to.deep.equal([`\nType dev to put back 2 changes in account ${ACCOUNT}, ${REGION}: `]);
    answer = AGREES;
    expect(await back({ yes: false })).to.equal(0);
    expect(tasks).to.equal(3);
  });

  it('takes a snapshot of a cluster first, where that is asked for', async () => {
    let sizes = { MinCapacity: 2, MaxCapacity: 4 };
    let snapshot: string | undefined;
    mocks.rds.on(DescribeDBClustersCommand).callsFake(() => ({
      DBClusters: [listedCluster({ ServerlessV2ScalingConfiguration: sizes, BackupRetentionPeriod: 1 })],
    }));
    mocks.rds.on(DescribeDBInstancesCommand).resolves({ DBInstances: [] });
    mocks.rds.on(ModifyDBClusterCommand).callsFake((input: { ServerlessV2ScalingConfiguration: typeof sizes }) => {
      expect(snapshot).to.equal('tapstackdev-before-20261121190000');
      sizes = input.ServerlessV2ScalingConfiguration;
      return {};
    });
    mocks.rds.on(CreateDBClusterSnapshotCommand).callsFake((input: { DBClusterSnapshotIdentifier: string }) => {
      snapshot = input.DBClusterSnapshotIdentifier;
      return {};
    });
    mocks.rds.on(DescribeDBClusterSnapshotsCommand).callsFake(() => ({
      DBClusterSnapshots: [
        { DBClusterSnapshotIdentifier: snapshot, DBClusterIdentifier: 'tapstackdev', Status: 'available' },
      ],
    }));
    const clock = () => new Date('2026-11-21T19:00:00Z');
    expect(await down({ snapshotFirst: true }, { clock })).to.equal(0);
    expect([rows()?.[0], sizes]).to.deep.equal([
      ['aurora', 'change', 'verified'],
      { MinCapacity: 0.5, MaxCapacity: 1 },
    ]);
  });

  it('does nothing where all is small already', async () => {
    [tasks, minimum] = [2, 1];
    expect(await down({ yes: false })).to.equal(0);
    expect([rows()?.at(-1), asked]).to.deep.equal([['ecs', 'already'], []]);
  });

  it('shows what would be put back, and puts nothing back in a dry run', async () => {
    await down();
    expect(await back({ dryRun: true })).to.equal(0);
    expect(rows()).to.deep.equal([['ecs', 'change', null, null]]);
    expect(shown.at(-1)?.rows[0]?.changes.map(({ step, from, to }) => [step, from, to])).to.deep.equal([
      ['ecs-minimum', { min: 2 }, { min: 3 }],
      ['ecs-tasks', { desired: 2 }, { desired: 3 }],
    ]);
    expect(tasks).to.equal(2);
  });

  it('exits with 4 where something could not be read, with 3 where nothing could', async () => {
    mocks.rds.on(DescribeDBClustersCommand).rejects(DENIED);
    expect(await down()).to.equal(4);
    expect([rows()?.at(-1), tasks]).to.deep.equal([['ecs', 'change', 'verified', 'verified'], 2]);
    mocks.cache.on(DescribeReplicationGroupsCommand).rejects(DENIED);
    mocks.ecs.on(ListClustersCommand).rejects(DENIED);
    expect(await down()).to.equal(3);
    expect([rows(), shown.at(-1)?.gaps.length]).to.deep.equal([[], 3]);
  });

  it('exits with 4 where something could not be changed, or not put back', async () => {
    mocks.ecs.on(UpdateServiceCommand).rejects(DENIED);
    expect(await down()).to.equal(4);
    expect(rows()?.at(-1)).to.deep.equal(['ecs', 'change', 'verified', 'failed']);
    mocks.scaling.on(RegisterScalableTargetCommand).rejects(DENIED);
    expect(await back()).to.equal(4);
    expect(rows()).to.deep.equal([['ecs', 'change', 'failed', 'restored']]);
  });

  it('says so, and exits with 4, where the ledger is lost while it is at work, down or back', async () => {
    const losing = (said: RegExp) => ({
      onProgress: (line: string) => {
        if (!said.test(line)) return;
        renameSync(path('ledger'), path('kept'));
        writeFileSync(path('ledger'), '');
      },
    });
    expect(await down({ quiet: true }, losing(/^Looking whether/))).to.equal(4);
    expect([rows()?.at(-1), shown.at(-1)?.incomplete]).to.deep.equal([['ecs', 'change', 'verified', 'verified'], true]);
    expect(told).to.match(/ledger/);

    told = '';
    rmSync(path('ledger'));
    renameSync(path('kept'), path('ledger'));
    expect(await back({ quiet: true }, losing(/^Raising TapStackdev.web: min/))).to.equal(4);
    expect([shown.at(-1)?.incomplete, tasks]).to.deep.equal([true, 3]);
    expect(told).to.match(/ledger/);
  });

  describe('with a plan in a file', () => {
    it('writes one, and carries it out with what it was made for', async () => {
      const choice = { names: ['TapStack'], tags: null, stacks: null, keep_backups: true, include: [] };
      expect(await down({ dryRun: true, planOut: path('plan.json'), choice })).to.equal(0);
      expect(JSON.parse(readFileSync(path('plan.json'), 'utf8'))).to.deep.equal(shown[0]);
      expect(await down({ planFile: path('plan.json') })).to.equal(0);
      expect([tasks, shown[1]?.choice]).to.deep.equal([2, choice]);
    });

    it('changes nothing where AWS is not as it says', async () => {
      await down({ dryRun: true, planOut: path('plan.json') });
      tasks = 5;
      const error = await userErrorOf(() => down({ planFile: path('plan.json') }));
      expect(error).to.deep.include({ code: 'PLAN_STALE', exitCode: 2 });
      expect(error.message).to.include('plan.json says, and nothing was changed. TapStackdev/web');
      expect(tasks).to.equal(5);
    });

    it('refuses one of another region, one that is none, and one that is not there', async () => {
      await down({ dryRun: true, planOut: path('plan.json') });
      writeFileSync(path('none.json'), '{}');
      const codes: string[] = [];
      for (const [region, file] of [
        ['eu-west-1', 'plan.json'],
        [REGION, 'none.json'],
        [REGION, 'gone.json'],
      ] as const) {
        codes.push((await userErrorOf(() => down({ region, planFile: path(file) }))).code);
      }
      expect(codes).to.deep.equal(['PLAN_OTHER', 'PLAN_FOREIGN', 'PLAN_UNREADABLE']);
    });
  });

  it('refuses an account that looks like production, and has changed nothing', async () => {
    mocks.iam.on(ListAccountAliasesCommand).resolves({ AccountAliases: ['shop-prod'] });
    expect(await userErrorOf(() => down())).to.deep.equal({
      message: `This looks like production, and nothing was changed. Account ${ACCOUNT} has the alias shop-prod, which looks like production.`,
      code: 'PRODUCTION',
      suggestions: [
        'Name another environment with -e',
        'List what is no part of it under optimize.select.exclude in compliancectl.yaml',
      ],
      exitCode: 2,
    });
    expect(tasks).to.equal(3);
  });

  describe('with --entry', () => {
    it('puts back the open one of that id, and nothing where it was put back before', async () => {
      await down();
      expect(await back({ entryId: '2026-11-21.run-1' })).to.equal(0);
      expect(tasks).to.equal(3);
      expect(await back({ entryId: '2026-11-21.run-1' })).to.equal(0);
      expect(told).to.equal('Entry 2026-11-21.run-1 was put back before: nothing was changed.\n');
      expect(shown.at(-1)?.rows).to.deep.equal([]);
    });

    it('refuses an id that there is not', async () => {
      await down();
      expect(await userErrorOf(() => back({ entryId: '2026-11-20.other' }))).to.deep.equal({
        message: `There is no entry 2026-11-20.other in ${path(`ledger/${ACCOUNT}/${REGION}/dev`)}.`,
        code: 'NO_ENTRY',
        suggestions: ['Leave --entry out to put back the open one'],
        exitCode: 2,
      });
      expect(tasks).to.equal(2);
    });
  });

  describe('interrupted', () => {
    it('ends before anything is changed where it was still reading', async () => {
      mocks.iam.on(ListAccountAliasesCommand).callsFake(() => {
        controller.abort();
        return { AccountAliases: [] };
      });
      const { code, exitCode } = await userErrorOf(() => down());
      expect([code, exitCode, tasks]).to.deep.equal(['INTERRUPTED', 130, 3]);
    });

    it('begins no further step, down or back, and exits with 130', async () => {
      const stopAt = (said: RegExp) => ({
        onProgress: (line: string) => {
          if (said.test(line)) controller.abort();
        },
      });
      expect(await down({}, stopAt(/^Lowering/))).to.equal(130);
      expect([minimum, tasks]).to.deep.equal([2, 3]);
      controller = new AbortController();
      await down();
      controller = new AbortController();
      expect(await back({}, stopAt(/^Raising/))).to.equal(130);
      expect([minimum, tasks]).to.deep.equal([2, 3]);
      controller = new AbortController();
      expect(await back()).to.equal(0);
      expect([minimum, tasks]).to.deep.equal([3, 3]);
    });
  });
});
