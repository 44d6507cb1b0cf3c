/** What `--include` stops, with the command as it is built: databases, instances, Auto Scaling groups. */
import { readFileSync } from 'node:fs';

import { StartDBInstanceCommand } from '@aws-sdk/client-rds';
import { expect } from 'chai';

import type { LedgerEntry } from '../../src/optimize/ledger.ts';
import type { OptimizeDocument } from '../../src/report/optimize-document.ts';
import { runBuiltCli } from '../support/cli.ts';
import { ESTATE_ACCOUNT, ESTATE_REGION, withOptimizeEstate } from '../support/optimize-estate.ts';
import type { Door } from '../support/optimize-estate.ts';
import { ALL_RUNNING, ALL_STOPPED, readRunning, seedRunning, stoppedNames } from '../support/stopped-estate.ts';
import { temporaryFolder } from '../support/temporary.ts';

const INCLUDE = ['--include', 'rds,ec2,asg'];

const STEPS = ['db-cluster-running', 'db-instance-running', 'ec2-running', 'group-size'];
const all = (outcome: string) => STEPS.map((step) => [step, outcome]);

describe('optimize --include on the wire', function () {
  this.timeout(60_000);
  const estate = withOptimizeEstate();
  const path = temporaryFolder();

  const run = async (door: Door, ...args: readonly string[]) =>
    runBuiltCli({
      args: ['optimize', '-e', 'dev', '--json', '-q', '--prices', 'bundled', ...args],
      env: { ...door.env, XDG_STATE_HOME: path('state'), XDG_CACHE_HOME: path('cache') },
    });

  const documentIn = ({ stdout }: { readonly stdout: string }) => JSON.parse(stdout) as OptimizeDocument;
  const changed = ({ rows }: OptimizeDocument) => rows.filter(({ state }) => state === 'change');
  const outcomes = (document: OptimizeDocument) =>
    changed(document).flatMap(({ changes }) => changes.map(({ step, outcome }) => [step, outcome]));
  const entry = () =>
    JSON.parse(
      readFileSync(path(`state/compliancectl/ledger/${ESTATE_ACCOUNT}/${ESTATE_REGION}/dev/open.json`), 'utf8'),
    ) as LedgerEntry;
  const read = async () => readRunning('dev', estate().clients);

  const seeded = async () => {
    await seedRunning('dev', estate().clients);
    return estate().open();
  };

  it('asks for nothing and plans nothing of it where it is not chosen', async () => {
    const door = await seeded();
    const plan = await run(door, '--dry-run');
    expect([plan.exitCode, plan.stderr]).to.deep.equal([0, '']);
    expect(Object.keys(door.calls()).filter((api) => /^(?:ec2|autoscaling):/.test(api))).to.deep.equal([]);
    expect(documentIn(plan).rows.map(({ kind, state, resource_id: id }) => [kind, state, id])).to.deep.equal([
      ['aurora', 'skipped', 'tapstack-dev-reports'],
      ['elasticache', 'missing', null],
      ['ecs', 'missing', null],
    ]);
  });

  it('shows what would be stopped and what that saves, and makes no call that changes anything', async () => {
    const door = await seeded();
    const plan = await run(door, '--dry-run', ...INCLUDE);
    expect([plan.exitCode, plan.stderr]).to.deep.equal([0, '']);
    expect(door.changes()).to.deep.equal({});
    expect(await read()).to.deep.equal(ALL_RUNNING);
    const document = documentIn(plan);
    expect(
      changed(document).map(({ kind, resource_id: id, resource_name: name, changes, saving }) => [
        kind,
        name ?? id,
        changes.map(({ from, to }) => [from, to]),
        saving?.formula,
      ]),
    ).to.deep.equal([
      ['aurora', 'tapstack-dev-reports', [[{ running: 1 }, { running: 0 }]], '1 instance x $0.26 x 730 h'],
      ['rds', 'tapstack-dev-orders', [[{ running: 1 }, { running: 0 }]], '1 instance x $0.145 x 730 h'],
      ['ec2', 'tapstack-dev-bastion', [[{ running: 1 }, { running: 0 }]], '1 instance x $0.096 x 730 h'],
      [
        'asg',
        'tapstack-dev-workers',
        [
          [
            { minSize: 1, desiredCapacity: 2 },
            { minSize: 0, desiredCapacity: 0 },
          ],
        ],
        '2 instances x $0.096 x 730 h',
      ],
    ]);
    expect(document.choice?.include).to.deep.equal(['rds', 'ec2', 'asg']);
  });

  it('stops all of it, changes nothing the second time, and starts it again, whatever is included then', async () => {
    const door = await seeded();
    const stopped = await run(door, '--yes', ...INCLUDE);
    expect([stopped.exitCode, stopped.stderr]).to.deep.equal([0, '']);
    expect(outcomes(documentIn(stopped))).to.deep.equal(all('verified'));
    expect(await read()).to.deep.equal(ALL_STOPPED);
    expect(door.changes()).to.deep.equal({
      'rds:StopDBCluster': 1,
      'rds:StopDBInstance': 1,
      'ec2:StopInstances': 1,
      'autoscaling:UpdateAutoScalingGroup': 1,
    });
    expect(entry().steps.find(({ step }) => step === 'ec2-running')).to.deep.include({
      resource_name: 'tapstack-dev-bastion',
      before: { running: 1 },
      target: { running: 0 },
      status: 'verified',
    });

    door.reset();
    const again = await run(door, '--yes', ...INCLUDE);
    expect([again.exitCode, door.changes()]).to.deep.equal([0, {}]);

    const started = await run(door, '--yes', '--restore');
    expect([started.exitCode, started.stderr]).to.deep.equal([0, '']);
    expect(outcomes(documentIn(started))).to.deep.equal(all('restored'));
    expect(await read()).to.deep.equal(ALL_RUNNING);
    expect(entry().status).to.equal('closed');
  });

  it('stops again what AWS has started after seven days, and still knows what was there at first', async () => {
    const door = await seeded();
    await run(door, '--yes', ...INCLUDE);
    const { rds } = estate().clients;
    await rds.send(new StartDBInstanceCommand({ DBInstanceIdentifier: stoppedNames('dev').database }));
    const again = await run(door, '--yes', ...INCLUDE);
    expect(again.exitCode).to.equal(0);
    expect(outcomes(documentIn(again))).to.deep.equal([['db-instance-running', 'verified']]);
    expect(await read()).to.deep.equal(ALL_STOPPED);
    expect((await run(door, '--yes', '--restore')).exitCode).to.equal(0);
    expect(await read()).to.deep.equal(ALL_RUNNING);
  });

  it('carries out a plan with what it included, and refuses one that does not fit any more', async () => {
    const door = await seeded();
    expect((await run(door, '--dry-run', ...INCLUDE, '--plan-out', path('plan.json'))).exitCode).to.equal(0);
    const applied = await run(door, '--yes', '--plan', path('plan.json'));
    expect([applied.exitCode, await read()]).to.deep.equal([0, ALL_STOPPED]);
    const { rds } = estate().clients;
    await rds.send(new StartDBInstanceCommand({ DBInstanceIdentifier: stoppedNames('dev').database }));
    const stale = await run(door, '--yes', '--plan', path('plan.json'));
    const { error } = JSON.parse(stale.stdout) as { error: { code: string } };
    expect([stale.exitCode, error.code]).to.deep.equal([2, 'PLAN_STALE']);
  });

  it('goes on with the others where one may not be stopped, or not be seen', async () => {
    const door = await seeded();
    door.fail('ec2:StopInstances', { kind: 'deny' });
    door.fail('autoscaling:DescribeAutoScalingGroups', { kind: 'deny' });
    const stopped = await run(door, '--yes', ...INCLUDE);
    expect(stopped.exitCode, stopped.stderr).to.equal(4);
    const document = documentIn(stopped);
    expect(outcomes(document)).to.deep.equal([
      ['db-cluster-running', 'verified'],
      ['db-instance-running', 'verified'],
      ['ec2-running', 'failed'],
    ]);
    expect(document.gaps.map(({ kind, api, permission }) => [kind, api, permission])).to.deep.equal([
      ['asg', 'DescribeAutoScalingGroups', 'autoscaling:DescribeAutoScalingGroups'],
    ]);
    expect(await read()).to.deep.equal({
      ...ALL_STOPPED,
      instance: true,
      minSize: 1,
      desiredCapacity: 2,
    });
    door.reset();
    expect((await run(door, '--yes', '--restore')).exitCode).to.equal(0);
    expect(await read()).to.deep.equal(ALL_RUNNING);
  });
});
