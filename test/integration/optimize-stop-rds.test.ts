/** Instances of RDS and provisioned Aurora clusters on the wire: found, planned, stopped, read back and started again. */
import {
  CreateDBClusterCommand,
  CreateDBInstanceCommand,
  CreateDBInstanceReadReplicaCommand,
  CreateGlobalClusterCommand,
  RDSClient,
} from '@aws-sdk/client-rds';
import { expect } from 'chai';

import { awsErrorNamed } from '../../src/aws/errors.ts';
import { discoverAurora } from '../../src/optimize/discover/aurora.ts';
import { discoverRds } from '../../src/optimize/discover/rds.ts';
import { planRows } from '../../src/optimize/plan-rows.ts';
import type { PlanRow } from '../../src/optimize/plan.ts';
import { selectionOf } from '../../src/optimize/selection.ts';
import { optimizeSchema } from '../../src/optimize/settings.ts';
import type { Step } from '../../src/optimize/step.ts';
import { STEP_KINDS } from '../../src/optimize/steps/index.ts';
import { onlyClients } from '../support/clients.ts';
import { withEmulator } from '../support/emulator.ts';
import { thrownBy } from '../support/errors.ts';
import { startMoto } from '../support/moto.ts';

const ACCOUNT = '123456789012';
const REGION = 'us-east-1';
const NOW = new Date('2026-11-21T18:00:00Z');
const MASTER = { MasterUsername: 'ada', MasterUserPassword: 'not-a-secret' };
const { signal } = new AbortController();

describe('stopping databases on the wire', function () {
  this.timeout(60_000);
  const moto = withEmulator('moto', () => startMoto(ACCOUNT));
  let rds: RDSClient;
  beforeEach(async () => {
    const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
    rds = new RDSClient({ endpoint: moto().url, region: REGION, credentials });
  });
  afterEach(() => {
    rds.destroy();
  });

  const context = () => ({ clients: onlyClients({ rds }), signal });

  const createInstance = async (id: string, Engine = 'postgres') => {
    await rds.send(
      new CreateDBInstanceCommand({
        DBInstanceIdentifier: id,
        DBInstanceClass: 'db.t3.large',
        AllocatedStorage: 20,
        Engine,
        ...MASTER,
        Tags: [{ Key: 'Environment', Value: 'dev' }],
      }),
    );
  };

  const createCluster = async (id: string) => {
    await rds.send(new CreateDBClusterCommand({ DBClusterIdentifier: id, Engine: 'aurora-postgresql', ...MASTER }));
    await rds.send(
      new CreateDBInstanceCommand({
        DBInstanceIdentifier: `${id}-1`,
        DBClusterIdentifier: id,
        DBInstanceClass: 'db.r6g.large',
        Engine: 'aurora-postgresql',
      }),
    );
  };

  /** What there is of the environment, planned. */
  const plan = async (): Promise<PlanRow[]> => {
    const include = ['rds'] as const;
    const discovery = {
      ...context(),
      accountId: ACCOUNT,
      partition: 'aws',
      region: REGION,
      include,
      now: NOW,
    };
    const selection = selectionOf({ environment: 'dev' });
    const [clusters, instances] = [await discoverAurora(selection, discovery), await discoverRds(selection, discovery)];
    expect([...clusters.gaps, ...instances.gaps]).to.deep.equal([]);
    const found = [...clusters.found, ...instances.found];
    return planRows(found, optimizeSchema.parse({}), { keepBackups: false, include, now: NOW, gaps: [] }).filter(
      ({ kind }) => kind === 'aurora' || kind === 'rds',
    );
  };

  const shown = (rows: readonly PlanRow[]) =>
    rows.map(({ target, state, reason }) => `${target?.id}: ${state}${reason === undefined ? '' : `, ${reason}`}`);

  /** Makes a step, there or back, and gives what is read then. */
  const make = async ({ id, target }: Step, from: Step['from'], to: Step['to']) => {
    const kind = STEP_KINDS[id];
    expect(await kind.write(target, { from, to }, context())).to.have.lengthOf(1);
    return kind.read(target, context());
  };

  it('finds, plans, stops and starts an instance and a cluster, and finds them stopped in between', async () => {
    await createInstance('tapstack-dev-db');
    await createInstance('tapstack-dev2-db');
    await createCluster('tapstackdev');

    const rows = await plan();
    expect(shown(rows)).to.deep.equal(['tapstackdev: change', 'tapstack-dev-db: change']);
    const steps = rows.flatMap((row) => row.steps);
    expect(steps.map(({ id, from, to }) => ({ id, from, to }))).to.deep.equal([
      { id: 'db-cluster-running', from: { running: 1 }, to: { running: 0 } },
      { id: 'db-instance-running', from: { running: 1 }, to: { running: 0 } },
    ]);
    for (const step of steps) expect(await make(step, step.from, step.to)).to.deep.equal({ numbers: { running: 0 } });
    expect(shown(await plan())).to.deep.equal([
      'tapstackdev: already, It is stopped already.',
      'tapstack-dev-db: already, It is stopped already.',
    ]);
    for (const step of steps) expect(await make(step, step.to, step.from)).to.deep.equal({ numbers: { running: 1 } });
    expect(shown(await plan())).to.deep.equal(['tapstackdev: change', 'tapstack-dev-db: change']);
  });

  it('leaves alone what AWS does not stop', async () => {
    await createInstance('tapstack-dev-source', 'mysql');
    await rds.send(
      new CreateDBInstanceReadReplicaCommand({
        DBInstanceIdentifier: 'tapstack-dev-copy',
        SourceDBInstanceIdentifier: 'tapstack-dev-source',
      }),
    );
    await createCluster('tapstackdev');
    await rds.send(
      new CreateGlobalClusterCommand({
        GlobalClusterIdentifier: 'shop',
        SourceDBClusterIdentifier: `arn:aws:rds:${REGION}:${ACCOUNT}:cluster:tapstackdev`,
      }),
    );
    expect(shown(await plan())).to.deep.equal([
      // moto gives the ARN of the global database where AWS gives its identifier.
      'tapstackdev: skipped, It belongs to the global database arn:aws:rds::123456789012:global-cluster:shop: AWS stops a cluster of one only where there is no other.',
      'tapstack-dev-copy: skipped, It is a read replica of tapstack-dev-source: AWS does not stop those.',
      'tapstack-dev-source: skipped, It has the read replica tapstack-dev-copy: AWS does not stop what has any.',
    ]);
  });

  it('reads nothing of what is not there, and knows the errors of what is not in the right state', async () => {
    await createInstance('tapstack-dev-db');
    await createCluster('tapstackdev');
    const steps = (await plan()).flatMap((row) => row.steps);
    expect(steps.map(({ id }) => id)).to.deep.equal(['db-cluster-running', 'db-instance-running']);
    for (const { id, target } of steps) {
      const kind = STEP_KINDS[id];
      expect(await kind.read({ ...target, id: 'gone' }, context())).to.equal(undefined);
      // They run: they cannot be started.
      const refused = await thrownBy(() => kind.write(target, { from: { running: 0 }, to: { running: 1 } }, context()));
      expect(awsErrorNamed(refused, ...kind.transient), String(refused)).to.equal(true);
    }
  });
});
