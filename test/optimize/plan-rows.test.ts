import { expect } from 'chai';
import fc from 'fast-check';

import { known } from '../../src/engine/model.ts';
import type { Fact } from '../../src/engine/model.ts';
import { planRows } from '../../src/optimize/plan-rows.ts';
import { OPTIONAL_KINDS } from '../../src/optimize/model.ts';
import type {
  AutoScalingGroup,
  ComputeInstance,
  DatabaseCluster,
  DatabaseInstance,
  FargateService,
  Found,
  ReplicationGroup,
  ScalingLimits,
} from '../../src/optimize/model.ts';
import type { PlanRow } from '../../src/optimize/plan.ts';
import { optimizeSchema } from '../../src/optimize/settings.ts';
import { higherOf, STEP_IDS } from '../../src/optimize/step.ts';
import type { Numbers, Step } from '../../src/optimize/step.ts';
import {
  computeInstance,
  databaseCluster,
  databaseInstance,
  fargateService,
  replicationGroup,
  scalingGroup,
  shard,
} from '../support/optimize.ts';

const NOW = new Date('2026-11-21T18:00:00Z');
const SETTINGS = optimizeSchema.parse({});
const OPTIONS = { keepBackups: false, include: [], gaps: [], now: NOW };
const INCLUDING = { ...OPTIONS, include: OPTIONAL_KINDS };

const shown = (rows: readonly PlanRow[]) => rows.map(({ kind, state, target }) => [kind, state, target?.id]);

describe('the plan', () => {
  it('has a row for each resource, by kind and id', () => {
    const found = [
      fargateService({ serviceName: 'web' }),
      databaseCluster({ id: 'tapstackdev-b' }),
      replicationGroup({ id: 'same', arn: 'arn:b' }),
      replicationGroup({ id: 'same', arn: 'arn:a', status: 'creating' }),
      replicationGroup({ id: 'same', arn: 'arn:b' }),
      fargateService({ serviceName: 'api', desired: 1 }),
      databaseCluster({ id: 'tapstackdev-a', engine: 'mysql' }),
    ];
    const rows = planRows(found, SETTINGS, OPTIONS);
    expect(shown(rows)).to.deep.equal([
      ['aurora', 'skipped', 'tapstackdev-a'],
      ['aurora', 'change', 'tapstackdev-b'],
      ['elasticache', 'blocked', 'same'],
      ['elasticache', 'change', 'same'],
      ['elasticache', 'change', 'same'],
      ['ecs', 'already', 'TapStackdev/api'],
      ['ecs', 'change', 'TapStackdev/web'],
    ]);
  });

  it('says of what there is nothing', () => {
    const missing = (kind: string, reason: string) => ({
      kind,
      state: 'missing',
      reason,
      steps: [],
      cautions: [],
      lost: [],
    });
    expect(planRows([], SETTINGS, OPTIONS)).to.deep.equal([
      missing('aurora', 'No Aurora cluster of this environment was found.'),
      missing('elasticache', 'No ElastiCache replication group of this environment was found.'),
      missing('ecs', 'No ECS service of this environment was found.'),
    ]);
  });

  it('says of what is stopped besides that there is nothing, where it was looked for', () => {
    const last = planRows([], SETTINGS, INCLUDING).slice(3);
    expect(last.map(({ kind, state, reason }) => [kind, state, reason])).to.deep.equal([
      ['rds', 'missing', 'No DB instance of this environment was found.'],
      ['ec2', 'missing', 'No EC2 instance of this environment was found.'],
      ['asg', 'missing', 'No Auto Scaling group of this environment was found.'],
    ]);
  });

  it('stops what was found of the kinds that are chosen', () => {
    const found = [
      scalingGroup(),
      computeInstance(),
      databaseInstance(),
      databaseCluster({ capacity: null, memberClasses: known(['db.r6g.large']) }),
    ];
    const rows = planRows(found, SETTINGS, INCLUDING).filter(({ state }) => state !== 'missing');
    expect(rows.map(({ kind, steps }) => [kind, ...steps.map(({ id, from, to }) => [id, from, to])])).to.deep.equal([
      ['aurora', ['db-cluster-running', { running: 1 }, { running: 0 }]],
      ['rds', ['db-instance-running', { running: 1 }, { running: 0 }]],
      ['ec2', ['ec2-running', { running: 1 }, { running: 0 }]],
      ['asg', ['group-size', { minSize: 1, desiredCapacity: 2 }, { minSize: 0, desiredCapacity: 0 }]],
    ]);
    expect(rows[2]?.target).to.deep.include({ id: 'i-0123456789abcdef0', name: 'tapstack-dev-web' });
  });

  it('says of nothing that it is missing where it could not be listed', () => {
    const gaps = [
      {
        kind: 'elasticache',
        operation: 'DescribeReplicationGroups',
        permission: 'elasticache:DescribeReplicationGroups',
        reason: 'denied',
        message: 'Replication groups could not be listed.',
      },
    ] as const;
    expect(shown(planRows([databaseCluster()], SETTINGS, { ...OPTIONS, gaps }))).to.deep.equal([
      ['aurora', 'change', 'tapstackdev'],
      ['ecs', 'missing', undefined],
    ]);
  });

  it('keeps backups when told to', () => {
    const [row] = planRows([databaseCluster()], SETTINGS, { ...OPTIONS, keepBackups: true });
    expect(row?.steps.map(({ to }) => to)).to.deep.equal([{ minCapacity: 0.5, maxCapacity: 1 }]);
  });
});

const half = (low: number, high: number) => fc.integer({ min: low * 2, max: high * 2 }).map((value) => value / 2);

const limits: fc.Arbitrary<Fact<ScalingLimits | null>> = fc.oneof(
  fc.constant(known(null)),
  fc.constant({ known: false, reason: 'denied' } as const),
  fc.record({ min: fc.nat(8), more: fc.nat(8) }).map(({ min, more }) => known({ min, max: min + more })),
);

const clusters: fc.Arbitrary<DatabaseCluster> = fc
  .record({
    engine: fc.constantFrom('aurora-postgresql', 'aurora-mysql', 'postgres'),
    engineMode: fc.constantFrom('provisioned', 'provisioned', 'serverless'),
    status: fc.constantFrom('available', 'available', 'modifying', 'stopped'),
    capacity: fc.option(
      fc.tuple(half(0, 16), half(1, 16)).map(([a, b]) => ({ min: Math.min(a, b), max: Math.max(a, b) })),
    ),
    backupRetentionDays: fc.integer({ min: 1, max: 35 }),
    earliestRestorableTime: fc.constantFrom(null, '2026-11-01T00:00:00Z'),
    keptByAwsBackup: fc.boolean(),
    memberClasses: fc.constantFrom(
      known(['db.serverless']),
      known(['db.r6g.large']),
      known(['db.r6g.large', 'db.serverless']),
    ),
    unstoppable: fc.constantFrom(null, null, 'belongs to the global database shop'),
    pending: fc.constantFrom([], [], ['BackupRetentionPeriod']),
  })
  .map(databaseCluster);

const groups: fc.Arbitrary<ReplicationGroup> = fc
  .record({
    status: fc.constantFrom('available', 'available', 'modifying'),
    clusterMode: fc.boolean(),
    multiAz: fc.boolean(),
    automaticFailover: fc.constantFrom('enabled', 'enabling', 'disabled', 'disabling'),
    shards: fc
      .array(fc.integer({ min: 1, max: 6 }), { maxLength: 4 })
      .map((counts) => counts.map((nodes, index) => shard(`000${index + 1}`, nodes))),
    globalGroup: fc.constantFrom(null, null, null, 'ldgnf-shop'),
    scaling: limits,
  })
  .map(replicationGroup);

const services: fc.Arbitrary<FargateService> = fc
  .record({
    desired: fc.nat(12),
    status: fc.constantFrom('ACTIVE', 'ACTIVE', 'DRAINING'),
    deploying: fc.boolean(),
    scheduling: fc.constantFrom('REPLICA', 'REPLICA', 'DAEMON'),
    launch: fc.constantFrom('FARGATE', 'FARGATE', 'FARGATE_SPOT', 'EC2', 'mixed'),
    scaling: limits,
  })
  .map(fargateService);

const databases: fc.Arbitrary<DatabaseInstance> = fc
  .record({
    status: fc.constantFrom('available', 'available', 'stopped', 'stopping', 'starting', 'backing-up'),
    multiAz: fc.boolean(),
    pending: fc.constantFrom([], [], ['EngineVersion']),
    unstoppable: fc.constantFrom(null, null, 'is a read replica of shop: AWS does not stop those'),
    automaticRestartTime: fc.constantFrom(null, '2026-11-28T18:00:00.000Z'),
  })
  .map(databaseInstance);

const instances: fc.Arbitrary<ComputeInstance> = fc
  .record({
    state: fc.constantFrom('running', 'running', 'stopped', 'stopping', 'pending'),
    lifecycle: fc.constantFrom('on-demand', 'on-demand', 'spot', 'capacity-block'),
    rootDevice: fc.constantFrom('ebs', 'ebs', 'instance-store'),
    publicIpv4: fc.constantFrom([], ['203.0.113.7'], ['203.0.113.7', '203.0.113.8']),
    instanceStore: fc.constantFrom(known(true), known(false), { known: false, reason: 'denied' } as const),
  })
  .map(computeInstance);

const scalingGroups: fc.Arbitrary<AutoScalingGroup> = fc
  .record({
    min: fc.nat(3),
    desired: fc.nat(5),
    status: fc.constantFrom(null, null, 'Delete in progress'),
    suspended: fc.constantFrom([], [], ['Terminate'], ['AZRebalance']),
    warmPool: fc.boolean(),
    instances: fc
      .array(fc.record({ state: fc.constantFrom('InService', 'Pending', 'Standby'), protected: fc.boolean() }), {
        maxLength: 4,
      })
      .map((own) => own.map((one, index) => ({ id: `i-${index}`, ...one }))),
  })
  .map(({ min, desired, ...own }) => scalingGroup({ min: Math.min(min, desired), desired, ...own }));

const resources: fc.Arbitrary<Found> = fc.oneof(clusters, groups, services, databases, instances, scalingGroups);

const settings = fc
  .record({
    capacity: fc.tuple(half(0.5, 8), half(1, 8)),
    backupRetentionDays: fc.integer({ min: 1, max: 35 }),
    nodes: fc.integer({ min: 1, max: 6 }),
    tasks: fc.integer({ min: 2, max: 9 }),
  })
  .map(({ capacity: [a, b], backupRetentionDays, nodes, tasks }) =>
    optimizeSchema.parse({
      aurora: { minCapacity: Math.min(a, b), maxCapacity: Math.max(a, b), backupRetentionDays },
      elasticache: { nodes },
      ecs: { tasks },
    }),
  );

/** The numbers of a resource that a step may change. */
function numbersOf(resource: Found, id: Step['id']): Numbers {
  switch (id) {
    case 'aurora-cluster': {
      if (resource.kind !== 'aurora' || resource.capacity === null) return {};
      const { capacity, backupRetentionDays } = resource;
      return { minCapacity: capacity.min, maxCapacity: capacity.max, backupRetentionDays };
    }
    case 'cache-replicas':
      if (resource.kind !== 'elasticache') return {};
      return Object.fromEntries(resource.shards.map(({ id: name, nodes }) => [`replicas/${name}`, nodes.length - 1]));
    case 'ecs-minimum':
      return resource.kind === 'ecs' && resource.scaling.known && resource.scaling.value !== null
        ? { min: resource.scaling.value.min }
        : {};
    case 'ecs-tasks':
      return resource.kind === 'ecs' ? { desired: resource.desired } : {};
    case 'db-cluster-running':
      return resource.kind === 'aurora' ? runningIf(resource.status !== 'stopped') : {};
    case 'db-instance-running':
      return resource.kind === 'rds' ? runningIf(resource.status !== 'stopped') : {};
    case 'ec2-running':
      return resource.kind === 'ec2' ? runningIf(resource.state !== 'stopped') : {};
    case 'group-size':
      return resource.kind === 'asg' ? { minSize: resource.min, desiredCapacity: resource.desired } : {};
  }
}

const runningIf = (runs: boolean): Numbers => ({ running: runs ? 1 : 0 });

const numbersOfAll = (resource: Found) => STEP_IDS.map((id) => numbersOf(resource, id));

/** What is there once AWS has set these numbers. */
function withNumbers(resource: Found, numbers: Numbers): Found {
  const { minCapacity, maxCapacity, backupRetentionDays, min, desired, running, minSize, desiredCapacity } = numbers;
  const status = running === undefined ? {} : { status: running === 0 ? 'stopped' : 'available' };
  switch (resource.kind) {
    case 'aurora': {
      const { capacity } = resource;
      return {
        ...resource,
        capacity: capacity && { min: minCapacity ?? capacity.min, max: maxCapacity ?? capacity.max },
        backupRetentionDays: backupRetentionDays ?? resource.backupRetentionDays,
        ...status,
      };
    }
    case 'elasticache':
      return {
        ...resource,
        shards: resource.shards.map(({ id, nodes }) => shard(id, (numbers[`replicas/${id}`] ?? nodes.length - 1) + 1)),
      };
    case 'ecs': {
      const { scaling } = resource;
      return {
        ...resource,
        desired: desired ?? resource.desired,
        scaling:
          min !== undefined && scaling.known && scaling.value !== null ? known({ ...scaling.value, min }) : scaling,
      };
    }
    case 'rds':
      return { ...resource, ...status };
    case 'ec2':
      return { ...resource, state: running === 0 ? 'stopped' : 'running' };
    case 'asg':
      return {
        ...resource,
        min: minSize ?? resource.min,
        desired: desiredCapacity ?? resource.desired,
      };
  }
}

const sole = (resource: Found, by: typeof SETTINGS, keepBackups: boolean): PlanRow => {
  const row = planRows([resource], by, { ...INCLUDING, keepBackups }).find(({ kind }) => kind === resource.kind);
  if (row === undefined) throw new Error('There is no row');
  return row;
};

/** The resource as it would be were it at rest and nobody's: all that is left is whether there is something to lower. */
const atRest = (resource: Found): Found => {
  switch (resource.kind) {
    case 'ecs':
      return { ...resource, status: 'ACTIVE', deploying: false };
    case 'asg':
      return {
        ...resource,
        status: null,
        suspended: [],
        instances: resource.instances.map((one) => ({ ...one, protected: false })),
      };
    case 'ec2':
      return { ...resource, state: resource.state === 'stopped' ? 'stopped' : 'running' };
    case 'aurora':
      // What is made smaller runs; what is stopped may be so already.
      return { ...resource, status: isServerless(resource) ? 'available' : stoppedOr(resource.status), pending: [] };
    case 'elasticache':
      return { ...resource, status: 'available', pending: [] };
    case 'rds':
      return { ...resource, status: stoppedOr(resource.status), pending: [] };
  }
};

const stoppedOr = (status: string) => (status === 'stopped' ? 'stopped' : 'available');

const isServerless = ({ capacity, memberClasses }: DatabaseCluster) =>
  capacity !== null && memberClasses.known && memberClasses.value.includes('db.serverless');

describe('whatever there is, and whatever is asked for, the plan', () => {
  const holds = (property: (resource: Found, by: typeof SETTINGS, keepBackups: boolean) => void) => {
    fc.assert(fc.property(resources, settings, fc.boolean(), property), { numRuns: 1000 });
  };

  it('lowers numbers that are there, every one it names, and raises none', () => {
    holds((resource, by, keepBackups) => {
      for (const { id, from, to } of sole(resource, by, keepBackups).steps) {
        expect(Object.keys(to)).to.deep.equal(Object.keys(from));
        expect(Object.keys(to)).to.not.deep.equal([]);
        expect(numbersOf(resource, id)).to.include(from);
        for (const [name, value] of Object.entries(to)) expect(value).to.be.lessThan(from[name] ?? Number.NaN);
      }
    });
  });

  it('has steps where the state is change, a reason where it is not', () => {
    holds((resource, by, keepBackups) => {
      const { state, steps, reason, cautions, lost } = sole(resource, by, keepBackups);
      expect(steps.length > 0).to.equal(state === 'change');
      expect(reason === undefined).to.equal(state === 'change');
      if (state !== 'change') expect([...cautions, ...lost]).to.deep.equal([]);
      for (const sentence of [...cautions, ...lost, ...(reason === undefined ? [] : [reason])]) {
        expect(sentence).to.match(/^[A-Z\d].*\.$/);
      }
    });
  });

  it('keeps high availability, and no less than was asked for', () => {
    holds((resource, by, keepBackups) => {
      const { steps } = sole(resource, by, keepBackups);
      const to: Numbers = Object.assign({}, ...steps.map((step) => step.to)) as Numbers;
      const replicas = Object.entries(to).filter(([name]) => name.startsWith('replicas/'));
      if (resource.kind === 'elasticache') {
        const failsOver = resource.multiAz || resource.automaticFailover.startsWith('enabl');
        for (const [, count] of replicas) {
          expect(count).to.be.at.least(Math.max(by.elasticache.nodes - 1, failsOver ? 1 : 0));
        }
      } else {
        expect(replicas).to.deep.equal([]);
      }
      expect(to['desired'] ?? 2).to.be.at.least(2);
      expect(to['min'] ?? 2).to.be.at.least(2);
      expect(to['backupRetentionDays'] ?? by.aurora.backupRetentionDays).to.equal(by.aurora.backupRetentionDays);
      expect(to['minCapacity'] ?? by.aurora.minCapacity).to.equal(by.aurora.minCapacity);
      // AWS knows no highest capacity below 1 ACU.
      expect(to['maxCapacity'] ?? 1).to.be.at.least(1);
      if (resource.kind === 'aurora' && resource.capacity !== null) {
        const { min, max } = resource.capacity;
        expect(to['minCapacity'] ?? min).to.be.at.most(to['maxCapacity'] ?? max);
      }
      if (keepBackups) expect(to).to.not.have.property('backupRetentionDays');
    });
  });

  it('says already just where nothing is to be lowered', () => {
    holds((resource, by, keepBackups) => {
      const { state } = sole(resource, by, keepBackups);
      const rested = sole(atRest(resource), by, keepBackups).state;
      expect(rested === 'already').to.equal(state === 'already');
      expect(rested).to.not.equal('blocked');
    });
  });

  it('leaves nothing to plan once it is applied, and is undone by the higher of the two', () => {
    holds((resource, by, keepBackups) => {
      const { state, steps } = sole(resource, by, keepBackups);
      if (state !== 'change') return;
      let now = resource;
      for (const { to } of steps) now = withNumbers(now, to);
      expect(numbersOfAll(now)).to.not.deep.equal(numbersOfAll(resource));
      expect(sole(now, by, keepBackups)).to.deep.include({ state: 'already', steps: [] });
      for (const { id, from } of steps.toReversed()) now = withNumbers(now, higherOf(numbersOf(now, id), from));
      expect(numbersOfAll(now)).to.deep.equal(numbersOfAll(resource));
    });
  });

  it('is the same whatever the order in which things were found', () => {
    fc.assert(
      fc.property(fc.array(resources, { maxLength: 6 }), settings, (found, by) => {
        const given = found.map((resource, index): Found => ({
          ...resource,
          id: `r${index % 3}`,
          arn: `arn:${index}`,
        }));
        expect(planRows(given.toReversed(), by, OPTIONS)).to.deep.equal(planRows(given, by, OPTIONS));
      }),
    );
  });
});
