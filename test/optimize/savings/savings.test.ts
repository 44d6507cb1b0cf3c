import { expect } from 'chai';
import fc from 'fast-check';

import { known } from '../../../src/engine/model.ts';
import type { Fact, UnreadReason } from '../../../src/engine/model.ts';
import type { DatabaseCluster, FargateService, ReplicationGroup, TaskSize } from '../../../src/optimize/model.ts';
import { savingOf, totalOf } from '../../../src/optimize/savings/index.ts';
import type { Saving } from '../../../src/optimize/saving.ts';
import { bundled, denied, expectToAddUp, LIST_PRICE, none, pricesAt, rowOf, saves } from '../../support/savings.ts';
import type { Change } from '../../support/savings.ts';

const ACCOUNT = { accountId: '111122223333', region: 'us-east-1', tags: known({}) };
const IDLE = [
  'The cluster is idle, and costs its lowest capacity.',
  'Performance Insights, a global database or many connections can hold it above that: then less is saved.',
];

function cluster(changes: Partial<DatabaseCluster> = {}): DatabaseCluster {
  return {
    kind: 'aurora',
    type: 'AWS::RDS::DBCluster',
    id: 'tapstackdev',
    arn: 'arn:aws:rds:us-east-1:111122223333:cluster:tapstackdev',
    ...ACCOUNT,
    engine: 'aurora-postgresql',
    engineMode: 'provisioned',
    status: 'available',
    capacity: { min: 2, max: 4 },
    backupRetentionDays: 14,
    earliestRestorableTime: null,
    keptByAwsBackup: false,
    storage: 'standard',
    pending: [],
    unstoppable: null,
    memberIds: ['tapstackdev-1'],
    memberClasses: known(['db.serverless']),
    hourlyCapacity: { known: false, reason: 'not-collected' },
    ...changes,
  };
}

function group(changes: Partial<ReplicationGroup> = {}): ReplicationGroup {
  return {
    kind: 'elasticache',
    type: 'AWS::ElastiCache::ReplicationGroup',
    id: 'tapstackdev-cache',
    arn: 'arn:aws:elasticache:us-east-1:111122223333:replicationgroup:tapstackdev-cache',
    ...ACCOUNT,
    engine: 'redis',
    nodeType: 'cache.t4g.micro',
    status: 'available',
    clusterMode: false,
    multiAz: true,
    automaticFailover: 'enabled',
    shards: [{ id: '0001', nodes: [] }],
    globalGroup: null,
    pending: [],
    scaling: known(null),
    ...changes,
  };
}

const TASK: TaskSize = {
  vcpu: 0.25,
  memoryGb: 0.5,
  ephemeralGb: 20,
  architecture: 'X86_64',
  operatingSystem: 'LINUX',
};

function service(changes: Partial<FargateService> = {}): FargateService {
  return {
    kind: 'ecs',
    type: 'AWS::ECS::Service',
    id: 'tapstackdev/web',
    arn: 'arn:aws:ecs:us-east-1:111122223333:service/tapstackdev/web',
    ...ACCOUNT,
    cluster: { name: 'tapstackdev', arn: 'arn:aws:ecs:us-east-1:111122223333:cluster/tapstackdev' },
    name: 'web',
    status: 'ACTIVE',
    desired: 3,
    running: 3,
    pending: 0,
    deploying: false,
    scheduling: 'REPLICA',
    launch: 'FARGATE',
    taskDefinition: 'arn:aws:ecs:us-east-1:111122223333:task-definition/web:1',
    task: known(TASK),
    scaling: known(null),
    ...changes,
  };
}

const SCALED: Change = ['aurora-cluster', { minCapacity: 2, maxCapacity: 4 }, { minCapacity: 0.5, maxCapacity: 1 }];
const ONE_NODE: Change = ['cache-replicas', { replicas: 2 }, { replicas: 1 }];
const ONE_TASK: Change = ['ecs-tasks', { desired: 3 }, { desired: 2 }];

describe('what the stated shapes save in us-east-1', () => {
  it('is $131.40 for capacity from 2 to 0.5 ACU (S0)', async () => {
    expect(await saves(cluster(), [SCALED])).to.deep.equal({
      known: true,
      amount: 131.4,
      formula: '(2 - 0.5) ACU x 1 instance x $0.12 x 730 h',
      prices: [
        {
          amount: 0.12,
          unit: 'ACU-Hr',
          usageType: 'Aurora:ServerlessV2Usage',
          region: 'us-east-1',
          source: 'bundled',
          origin: 'https://www.factualminds.com/blog/amazon-aurora-pricing-io-optimized-serverless-v2-global/',
          date: '2026-11-21',
        },
      ],
      assumptions: [...IDLE, LIST_PRICE],
    });
  });

  it('is $11.68 for a cache.t4g.micro node (S0)', async () => {
    expect(await saves(group(), [ONE_NODE])).to.deep.equal({
      known: true,
      amount: 11.68,
      formula: '1 node x $0.016 x 730 h',
      prices: [
        {
          amount: 0.016,
          unit: 'Hrs',
          usageType: 'NodeUsage:cache.t4g.micro',
          region: 'us-east-1',
          source: 'bundled',
          origin: 'AWS Price List, as the source of a public cost tool has it',
          date: '2026-10-02',
        },
      ],
      assumptions: ['A node that a reservation pays for goes on being billed.', LIST_PRICE],
    });
  });

  it('is $9.01 for a task of 0.25 vCPU and 0.5 GB (S0)', async () => {
    const saving = await saves(service(), [['ecs-minimum', { min: 3 }, { min: 2 }], ONE_TASK]);
    expect(saving).to.deep.include({
      amount: 9.01,
      formula: '1 task x (0.25 vCPU x $0.04048 + 0.5 GB x $0.004445) x 730 h',
      assumptions: ['Under a Compute Savings Plan less is saved, or nothing.', LIST_PRICE],
    });
    expect(saving.known && saving.prices.map(({ usageType }) => usageType)).to.deep.equal([
      'USE1-Fargate-vCPU-Hours:perCPU',
      'USE1-Fargate-GB-Hours',
    ]);
  });

  it('is $152.09 together', async () => {
    const savings = [
      await saves(cluster(), [SCALED]),
      await saves(group(), [ONE_NODE]),
      await saves(service(), [ONE_TASK]),
    ];
    expect(totalOf(savings)).to.deep.equal({ amount: 152.09, unknown: 0 });
  });
});

describe('what a cluster saves', () => {
  const told = async (found: DatabaseCluster, change: Change = SCALED, prices = bundled) => {
    const saving = await saves(found, [change], prices);
    return saving.known ? [saving.amount, saving.formula] : saving;
  };

  it('is counted for each serverless instance, and no other', async () => {
    const mixed = cluster({ memberClasses: known(['db.serverless', 'db.r6g.large', 'db.serverless']) });
    expect(await told(mixed)).to.deep.equal([262.8, '(2 - 0.5) ACU x 2 instances x $0.12 x 730 h']);
    expect(await saves(mixed, [SCALED])).to.have.deep.property('assumptions', [
      ...IDLE,
      '2 of its 3 instances are serverless; what the others cost stays as it is.',
      LIST_PRICE,
    ]);
    const one = cluster({ memberClasses: known(['db.r6g.large', 'db.serverless']) });
    expect(await saves(one, [SCALED]))
      .to.have.property('assumptions')
      .that.includes('1 of its 2 instances is serverless; what the others cost stays as it is.');
    const fixed = cluster({ memberClasses: known(['db.r6g.large']) });
    expect(await told(fixed)).to.deep.equal([0, '(2 - 0.5) ACU x 0 instances x $0.12 x 730 h']);
  });

  it('goes by its engine and its storage', async () => {
    expect(await told(cluster({ storage: 'io-optimized' }))).to.deep.equal([
      170.82,
      '(2 - 0.5) ACU x 1 instance x $0.156 x 730 h',
    ]);
    expect(await told(cluster({ region: 'eu-west-1', engine: 'aurora-mysql' }))).to.deep.equal([
      153.3,
      '(2 - 0.5) ACU x 1 instance x $0.14 x 730 h',
    ]);
  });

  it('is nothing at idle where the highest capacity alone is lowered', async () => {
    const change: Change = [
      'aurora-cluster',
      { minCapacity: 0.5, maxCapacity: 4 },
      { minCapacity: 0.5, maxCapacity: 1 },
    ];
    const low = cluster({ capacity: { min: 0.5, max: 4 } });
    expect(await told(low, change)).to.deep.equal([0, '(0.5 - 0.5) ACU x 1 instance x $0.12 x 730 h']);
    expect(await told(low, ['aurora-cluster', { maxCapacity: 4 }, { maxCapacity: 1 }])).to.deep.equal([
      0,
      '(0.5 - 0.5) ACU x 1 instance x $0.12 x 730 h',
    ]);
  });

  it('leaves out what shorter backups save, and is not known where that is all', async () => {
    const days = [{ backupRetentionDays: 14 }, { backupRetentionDays: 1 }] as const;
    const both: Change = ['aurora-cluster', { ...SCALED[1], ...days[0] }, { ...SCALED[2], ...days[1] }];
    expect(await saves(cluster(), [both])).to.deep.include({
      amount: 131.4,
      assumptions: [...IDLE, 'What shorter backups save is not estimated.', LIST_PRICE],
    });
    expect(await told(cluster(), ['aurora-cluster', ...days])).to.deep.equal({
      known: false,
      reason: 'Its backups are kept for a shorter time, and nothing else is changed: what that saves is not estimated.',
    });
    expect(await saves(cluster(), [])).to.deep.equal({ known: false, reason: 'Its capacity is not changed.' });
  });

  it('is not known where its instances are not, for whatever reason', async () => {
    expect(await told(cluster({ memberClasses: denied('rds:DescribeDBInstances') }))).to.deep.equal({
      known: false,
      reason: 'How many of its instances are serverless is not known: access to rds:DescribeDBInstances was denied.',
      permission: 'rds:DescribeDBInstances',
    });
    const reasons: readonly (readonly [UnreadReason, string])[] = [
      ['denied', 'access was denied'],
      ['throttled', 'AWS turned the call away'],
      ['unreachable', 'AWS could not be reached'],
      ['deadline', 'the time was up'],
      ['interrupted', 'the run was interrupted'],
      ['error', 'the call failed'],
      ['not-collected', 'it was not asked for'],
    ];
    for (const [reason, words] of reasons) {
      expect(await told(cluster({ memberClasses: { known: false, reason } }))).to.deep.equal({
        known: false,
        reason: `How many of its instances are serverless is not known: ${words}.`,
      });
    }
  });

  it('is not known where it has no such capacity, or its price is not to be had', async () => {
    const reason = 'It has no Serverless v2 capacity that could cost less.';
    expect(await told(cluster({ capacity: null }))).to.deep.equal({ known: false, reason });
    expect(await told(cluster({ engine: 'postgres' }))).to.deep.equal({ known: false, reason });
    expect(await told(cluster(), SCALED, none)).to.deep.equal({
      known: false,
      reason: 'No price came.',
      permission: 'pricing:GetProducts',
    });
  });
});

describe('what a cluster would have saved', () => {
  const measured = async (hours: readonly number[], changes: Partial<DatabaseCluster> = {}) => {
    const saving = await saves(cluster({ hourlyCapacity: known(hours), ...changes }), [SCALED]);
    return saving.known ? saving.measured : undefined;
  };

  it('is the whole difference in an hour at the old minimum', async () => {
    expect(await measured([2, 2, 1.5])).to.deep.equal({
      amount: 131.4,
      formula: '(4.5 ACU h saved / 3 h measured) x 1 instance x $0.12 x 730 h',
    });
  });

  it('is what an hour above it had above the new maximum', async () => {
    expect(await measured([4])).to.deep.equal({
      amount: 262.8,
      formula: '(3 ACU h saved / 1 h measured) x 1 instance x $0.12 x 730 h',
    });
    // 1.5, 1.25 and 3 of them.
    expect(await measured([2, 2.25, 4])).to.deep.equal({
      amount: 167.9,
      formula: '(5.75 ACU h saved / 3 h measured) x 1 instance x $0.12 x 730 h',
    });
  });

  it('is nothing in an hour between the old minimum and the new maximum', async () => {
    const found = cluster({ capacity: { min: 0.5, max: 8 }, hourlyCapacity: known([1, 4]) });
    const change: Change = ['aurora-cluster', { maxCapacity: 8 }, { maxCapacity: 4 }];
    expect(await saves(found, [change])).to.have.deep.property('measured', {
      amount: 0,
      formula: '(0 ACU h saved / 2 h measured) x 1 instance x $0.12 x 730 h',
    });
    const floorOnly: Change = ['aurora-cluster', { minCapacity: 2 }, { minCapacity: 0.5 }];
    expect(await saves(cluster({ hourlyCapacity: known([4, 2]) }), [floorOnly])).to.have.deep.property('measured', {
      amount: 65.7,
      formula: '(1.5 ACU h saved / 2 h measured) x 1 instance x $0.12 x 730 h',
    });
  });

  it('is an average of its instances, for as many as there are', async () => {
    expect(await measured([2, 4], { memberClasses: known(['db.serverless', 'db.serverless']) })).to.deep.equal({
      amount: 394.2,
      formula: '(4.5 ACU h saved / 2 h measured) x 2 instances x $0.12 x 730 h',
    });
  });

  it('says how it was measured, or why it was not', async () => {
    const assumptions = async (hourlyCapacity: Fact<readonly number[]>) => {
      const saving = await saves(cluster({ hourlyCapacity }), [SCALED]);
      return saving.known ? saving.assumptions.slice(IDLE.length, -1) : undefined;
    };
    expect(await assumptions(known([2]))).to.deep.equal([
      'As measured: an hour at the old minimum saves the difference of the minimums, one above it what exceeds the new maximum.',
    ]);
    expect(await assumptions(known([]))).to.deep.equal([]);
    expect(await assumptions({ known: false, reason: 'not-collected' })).to.deep.equal([]);
    expect(await assumptions(denied('cloudwatch:GetMetricData'))).to.deep.equal([
      'The capacity in use is not known: access to cloudwatch:GetMetricData was denied.',
    ]);
    expect(await measured([])).to.equal(undefined);
  });
});

describe('what a replication group saves', () => {
  const told = async (found: ReplicationGroup, change: Change = ONE_NODE, prices = bundled) => {
    const saving = await saves(found, [change], prices);
    return saving.known ? [saving.amount, saving.formula] : saving;
  };
  const shards = (...ids: readonly string[]) => ids.map((id) => ({ id, nodes: [] }));

  it('goes by engine, node type and region', async () => {
    expect(await told(group({ engine: 'valkey' }))).to.deep.equal([9.34, '1 node x $0.0128 x 730 h']);
    expect(await told(group({ nodeType: 'cache.t3.micro' }))).to.deep.equal([12.41, '1 node x $0.017 x 730 h']);
    expect(await told(group({ nodeType: 'cache.r6g.large', region: 'eu-west-1' }))).to.deep.equal([
      167.17,
      '1 node x $0.229 x 730 h',
    ]);
  });

  it('is counted over its shards', async () => {
    const three = group({ clusterMode: true, shards: shards('0001', '0002', '0003') });
    expect(await told(three)).to.deep.equal([35.04, '1 node x 3 shards x $0.016 x 730 h']);
    expect(await told(three, ['cache-replicas', { replicas: 4 }, { replicas: 1 }])).to.deep.equal([
      105.12,
      '3 nodes x 3 shards x $0.016 x 730 h',
    ]);
    const uneven: Change = [
      'cache-replicas',
      { 'replicas/0001': 2, 'replicas/0002': 3, 'replicas/0003': 1 },
      { 'replicas/0001': 1, 'replicas/0002': 1, 'replicas/0003': 1 },
    ];
    expect(await told(three, uneven)).to.deep.equal([35.04, '(1 + 2) nodes x $0.016 x 730 h']);
  });

  it('is not known where nothing is removed, or the node has no known price', async () => {
    expect(await told(group(), ['cache-replicas', { replicas: 1 }, { replicas: 1 }])).to.deep.equal({
      known: false,
      reason: 'Its number of nodes is not changed.',
    });
    expect(await told(group({ engine: 'memcached' }))).to.deep.equal({
      known: false,
      reason: 'What a node of memcached costs is not known.',
    });
    expect(await told(group({ nodeType: 'cache.z9.huge' }))).to.deep.equal({
      known: false,
      reason: 'No price of a cache.z9.huge node of Redis in us-east-1 comes with this version.',
    });
  });
});

describe('what a service saves', () => {
  const told = async (changes: Partial<FargateService>, change: Change = ONE_TASK, prices = bundled) => {
    const saving = await saves(service(changes), [change], prices);
    return saving.known ? [saving.amount, saving.formula] : saving;
  };
  const sized = (changes: Partial<TaskSize>) => ({ task: known({ ...TASK, ...changes }) });

  it('goes by the size of its tasks and by their number', async () => {
    expect(await told(sized({ vcpu: 0.5, memoryGb: 1 }), ['ecs-tasks', { desired: 6 }, { desired: 2 }])).to.deep.equal([
      72.08,
      '4 tasks x (0.5 vCPU x $0.04048 + 1 GB x $0.004445) x 730 h',
    ]);
    expect(await told(sized({ architecture: 'ARM64' }))).to.deep.equal([
      7.21,
      '1 task x (0.25 vCPU x $0.03238 + 0.5 GB x $0.00356) x 730 h',
    ]);
  });

  it('counts ephemeral storage above the 20 GB that cost nothing', async () => {
    expect(await told(sized({ ephemeralGb: 30 }))).to.deep.equal([
      9.82,
      '1 task x (0.25 vCPU x $0.04048 + 0.5 GB x $0.004445 + 10 GB of storage x $0.000111) x 730 h',
    ]);
  });

  it('says where fewer tasks run than are desired', async () => {
    expect(await saves(service({ running: 1 }), [ONE_TASK])).to.have.deep.property('assumptions', [
      'All 3 tasks run; at this moment it is 1.',
      'Under a Compute Savings Plan less is saved, or nothing.',
      LIST_PRICE,
    ]);
  });

  const unknown: readonly (readonly [Partial<FargateService>, reason: string])[] = [
    [{ launch: 'FARGATE_SPOT' }, 'Its tasks run on Fargate Spot, whose price varies.'],
    [{ launch: 'mixed' }, 'Its tasks run on several capacity providers: which of them lose tasks is not known.'],
    [{ launch: 'EC2' }, 'Its tasks run on instances, which go on being billed.'],
    [
      sized({ operatingSystem: 'WINDOWS_SERVER_2022_CORE' }),
      'Its tasks run Windows, whose licence has a price of its own: what they cost is not known.',
    ],
    [
      { ...sized({ ephemeralGb: 21 }), region: 'eu-west-1' },
      'No price of a GB of ephemeral storage of Fargate in eu-west-1 comes with this version.',
    ],
  ];
  for (const [changes, reason] of unknown) {
    it(`is not known: ${reason}`, async () => {
      expect(await told(changes)).to.deep.equal({ known: false, reason });
    });
  }

  it('is not known where the size of its tasks is not', async () => {
    expect(await told({ task: denied('ecs:DescribeTaskDefinition') })).to.deep.equal({
      known: false,
      reason: 'The size of its tasks is not known: access to ecs:DescribeTaskDefinition was denied.',
      permission: 'ecs:DescribeTaskDefinition',
    });
  });

  it('is not known where autoscaling decides, and nothing where nothing is lowered', async () => {
    expect(await told({}, ['ecs-minimum', { min: 3 }, { min: 2 }])).to.deep.equal({
      known: false,
      reason: 'Only the minimum of autoscaling is lowered: how many tasks it will run then is not known.',
    });
    expect(await told({}, ['ecs-tasks', { desired: 2 }, {}])).to.deep.equal({
      known: false,
      reason: 'Its number of tasks is not changed.',
    });
  });
});

describe('the total', () => {
  const saved = (amount: number): Saving => ({ known: true, amount, formula: '', prices: [], assumptions: [] });

  it('adds up what is known, and counts what is not', () => {
    expect(totalOf([])).to.deep.equal({ amount: 0, unknown: 0 });
    // In binary 0.1 + 0.2 is a little more than 0.3.
    expect(totalOf([saved(0.1), saved(0.2), { known: false, reason: 'No price came.' }])).to.deep.equal({
      amount: 0.3,
      unknown: 1,
    });
  });
});

describe('every saving', () => {
  const half = fc.integer({ min: 1, max: 512 }).map((number) => number / 2);
  const rate = fc.integer({ min: 1, max: 10_000_000 }).map((number) => number / 1_000_000);
  const lower = (high: number) => fc.integer({ min: 0, max: high });
  const clusters = fc
    .record({
      from: fc.tuple(half, half),
      factors: fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.double({ min: 0, max: 1, noNaN: true })),
      members: fc.array(fc.constantFrom('db.serverless', 'db.r6g.large'), { maxLength: 5 }),
      hours: fc.array(fc.double({ min: 0, max: 256, noNaN: true }), { maxLength: 50 }),
    })
    .map(({ from, factors, members, hours }) => {
      const [min, max] = [Math.min(...from), Math.max(...from) + 0.5];
      const floor = Math.floor(min * factors[0] * 2) / 2;
      const ceiling = Math.max(floor, Math.floor(max * factors[1] * 2) / 2);
      const found = cluster({
        capacity: { min, max },
        memberClasses: known(members),
        hourlyCapacity: known(hours.map((hour) => Math.min(hour, max))),
      });
      return [
        found,
        ['aurora-cluster', { minCapacity: min, maxCapacity: max }, { minCapacity: floor, maxCapacity: ceiling }],
      ] as const;
    });
  const groups = fc.array(fc.integer({ min: 0, max: 5 }), { minLength: 1, maxLength: 8 }).chain((numbers) =>
    fc.tuple(...numbers.map(lower)).map((to) => {
      const named = (values: readonly number[]) =>
        Object.fromEntries(values.map((value, index) => [`replicas/${String(index + 1).padStart(4, '0')}`, value]));
      return [group({ clusterMode: true }), ['cache-replicas', named(numbers), named(to)]] as const;
    }),
  );
  const services = fc
    .record({
      desired: fc.integer({ min: 0, max: 500 }),
      cut: fc.double({ min: 0, max: 1, noNaN: true }),
      vcpu: fc.constantFrom(0.25, 0.5, 1, 2, 4, 8, 16),
      memoryGb: fc.constantFrom(0.5, 1, 2, 30, 120),
      ephemeralGb: fc.integer({ min: 20, max: 200 }),
    })
    .map(({ desired, cut, ...task }) => {
      const found = service({ desired, task: known({ ...TASK, ...task }) });
      return [found, ['ecs-tasks', { desired }, { desired: Math.floor(desired * cut) }]] as const;
    });

  it('is a number of dollars that is not negative, and what its formula gives', async () => {
    await fc.assert(
      fc.asyncProperty(fc.oneof(clusters, groups, services), rate, async ([found, change], amount) => {
        const saving = await savingOf(rowOf(found, change), found, pricesAt(amount));
        if (!saving.known) return;
        expect(saving.amount).to.be.at.least(0);
        expect(saving.measured?.amount ?? 0).to.be.at.least(0);
        expectToAddUp(saving);
      }),
      { numRuns: 500 },
    );
  });
});
