/** Documents of `optimize`, as a person, a job's summary and a program get them. */
import type {
  OptimizeChange,
  OptimizeDocument,
  OptimizeRow,
  OptimizeSaving,
} from '../../src/report/optimize-document.ts';
import { HOSTILE } from './hostile-scan.ts';

const ACCOUNT = '111122223333';
const REGION = 'us-east-1';

export function optimizeDocument(changes: Partial<OptimizeDocument> = {}): OptimizeDocument {
  return {
    schema: 'compliancectl.optimize/1',
    at: '2026-11-21T18:00:00.000Z',
    mode: 'plan',
    environment: 'dev',
    account_id: ACCOUNT,
    region: REGION,
    choice: { names: null, tags: null, stacks: null, keep_backups: false, include: [] },
    ledger: null,
    rows: [],
    total: { monthly_usd: 0, unknown: 0, hours: 730 },
    near_misses: [],
    gaps: [],
    incomplete: false,
    ...changes,
  };
}

export function optimizeRow(changes: Partial<OptimizeRow> = {}): OptimizeRow {
  return {
    kind: 'ecs',
    resource_type: 'AWS::ECS::Service',
    resource_id: 'TapStackdev/web',
    resource_name: null,
    resource_arn: `arn:aws:ecs:${REGION}:${ACCOUNT}:service/TapStackdev/web`,
    state: 'change',
    reason: null,
    changes: [],
    cautions: [],
    lost: [],
    saving: null,
    ...changes,
  };
}

export function optimizeChange(changes: Partial<OptimizeChange> = {}): OptimizeChange {
  return { step: 'ecs-tasks', from: { desired: 3 }, to: { desired: 2 }, outcome: null, message: null, ...changes };
}

export function optimizeSaving(changes: Partial<OptimizeSaving> = {}): OptimizeSaving {
  return {
    monthly_usd: 9.01,
    formula: '1 task x (0.25 vCPU x $0.04048 + 0.5 GB x $0.004445) x 730 h',
    reason: null,
    permission: null,
    assumptions: [],
    measured: null,
    prices: [],
    ...changes,
  };
}

function unitPrice(usd: number, unit: string, usageType: string): OptimizeSaving['prices'][number] {
  return {
    usd,
    unit,
    usage_type: usageType,
    region: REGION,
    source: 'bundled',
    origin: 'AWS Price List',
    date: '2026-10-02',
  };
}

const aurora = optimizeRow({
  kind: 'aurora',
  resource_type: 'AWS::RDS::DBCluster',
  resource_id: 'tapstackdev',
  resource_arn: `arn:aws:rds:${REGION}:${ACCOUNT}:cluster:tapstackdev`,
  changes: [
    optimizeChange({
      step: 'aurora-cluster',
      from: { minCapacity: 2, maxCapacity: 4, backupRetentionDays: 14 },
      to: { minCapacity: 0.5, maxCapacity: 1, backupRetentionDays: 1 },
    }),
  ],
  cautions: [
    'Parameters that come of the highest capacity, max_connections among them, may need a reboot to follow it.',
  ],
  lost: ['Backups from 2026-11-07T18:00:00Z to 2026-11-20T18:00:00Z: no restore to a moment between them is possible.'],
  saving: optimizeSaving({
    monthly_usd: 131.4,
    formula: '(2 - 0.5) ACU x 1 instance x $0.12 x 730 h',
    assumptions: ['The cluster is idle: it stays at its lowest capacity.', 'What backups cost is not estimated.'],
    measured: { monthly_usd: 87.6, formula: '1 ACU on average x $0.12 x 730 h' },
    prices: [unitPrice(0.12, 'ACU-Hr', 'Aurora:ServerlessV2Usage')],
  }),
});

const cache = optimizeRow({
  kind: 'elasticache',
  resource_type: 'AWS::ElastiCache::ReplicationGroup',
  resource_id: 'tapstack-dev-cache',
  resource_arn: `arn:aws:elasticache:${REGION}:${ACCOUNT}:replicationgroup:tapstack-dev-cache`,
  changes: [optimizeChange({ step: 'cache-replicas', from: { 'replicas/0001': 2 }, to: { 'replicas/0001': 1 } })],
  cautions: ['With one replica left, reads may pause while AWS maintains a node.'],
  saving: optimizeSaving({
    monthly_usd: 11.68,
    formula: '1 node x $0.016 x 730 h',
    assumptions: ['The node is paid on demand: a reserved one is billed all the same.'],
    prices: [unitPrice(0.016, 'Hrs', 'NodeUsage:cache.t4g.micro')],
  }),
});

const service = optimizeRow({
  changes: [
    optimizeChange({ step: 'ecs-minimum', from: { min: 3 }, to: { min: 2 } }),
    optimizeChange({ step: 'ecs-tasks', from: { desired: 3 }, to: { desired: 2 } }),
  ],
  saving: optimizeSaving({
    assumptions: ['Savings Plans and Spot are not considered.'],
    prices: [
      unitPrice(0.04048, 'hours', 'Fargate-vCPU-Hours:perCPU'),
      unitPrice(0.004445, 'hours', 'Fargate-GB-Hours'),
    ],
  }),
});

const database = optimizeRow({
  kind: 'rds',
  resource_type: 'AWS::RDS::DBInstance',
  resource_id: 'tapstack-dev-orders',
  resource_arn: `arn:aws:rds:${REGION}:${ACCOUNT}:db:tapstack-dev-orders`,
  changes: [optimizeChange({ step: 'db-instance-running', from: { running: 1 }, to: { running: 0 } })],
  cautions: ['AWS starts it again by itself after seven days, at 2026-11-28T18:00Z.'],
  saving: optimizeSaving({
    monthly_usd: 105.85,
    formula: '1 instance x $0.145 x 730 h',
    assumptions: ['Its storage and its backups are billed on.'],
    prices: [unitPrice(0.145, 'Hrs', 'InstanceUsage:db.t3.large')],
  }),
});

const instance = optimizeRow({
  kind: 'ec2',
  resource_type: 'AWS::EC2::Instance',
  resource_id: 'i-0123456789abcdef0',
  resource_name: 'tapstack-dev-bastion',
  resource_arn: `arn:aws:ec2:${REGION}:${ACCOUNT}:instance/i-0123456789abcdef0`,
  changes: [optimizeChange({ step: 'ec2-running', from: { running: 1 }, to: { running: 0 } })],
  lost: ['It gets another public address in place of 203.0.113.7.'],
  saving: optimizeSaving({
    monthly_usd: 70.08,
    formula: '1 instance x $0.096 x 730 h',
    assumptions: ['Its volumes and addresses are billed on.'],
    prices: [unitPrice(0.096, 'Hrs', 'BoxUsage:m5.large')],
  }),
});

const workers = optimizeRow({
  kind: 'asg',
  resource_type: 'AWS::AutoScaling::AutoScalingGroup',
  resource_id: 'tapstack-dev-workers',
  resource_arn: `arn:aws:autoscaling:${REGION}:${ACCOUNT}:autoScalingGroup:6f9d8f4e-0000-4000-8000-000000000000:autoScalingGroupName/tapstack-dev-workers`,
  changes: [
    optimizeChange({
      step: 'group-size',
      from: { minSize: 1, desiredCapacity: 2 },
      to: { minSize: 0, desiredCapacity: 0 },
    }),
  ],
  lost: ['Its 2 instances are terminated: what is on their disks is lost.'],
  saving: optimizeSaving({
    monthly_usd: 140.16,
    formula: '2 instances x $0.096 x 730 h',
    prices: [unitPrice(0.096, 'Hrs', 'BoxUsage:m5.large')],
  }),
});

type Outcome = OptimizeChange['outcome'];

/** What became of each step of a row, in order; with a sentence where it is not what was meant. */
function came(row: OptimizeRow, ...outcomes: readonly (readonly [Outcome, string?])[]): OptimizeRow {
  const changes = row.changes.map((change, index) => {
    const [outcome = null, message = null] = outcomes[index] ?? [];
    return { ...change, outcome, message };
  });
  return { ...row, changes };
}

function back(row: OptimizeRow, ...outcomes: readonly (readonly [Outcome, string?])[]): OptimizeRow {
  const turned = row.changes.map((change) => ({ ...change, from: change.to, to: change.from }));
  return came({ ...row, changes: turned.toReversed(), cautions: [], saving: null }, ...outcomes);
}

const ledger = {
  place: '/home/me/.local/state/compliancectl/ledger/111122223333/us-east-1/dev',
  entry_id: '2026-11-21.6f9d8f4e-0000-4000-8000-000000000001',
};
const total = { monthly_usd: 152.09, unknown: 0, hours: 730 };

/** The environment that S0 describes: 131.40, 11.68 and 9.01 a month. */
export const planned = optimizeDocument({ rows: [aurora, cache, service], total });

export const applied = optimizeDocument({
  mode: 'apply',
  ledger,
  rows: [came(aurora, ['verified']), came(cache, ['verified']), came(service, ['verified'], ['verified'])],
  total,
});

export const partlyFailed = optimizeDocument({
  mode: 'apply',
  ledger,
  rows: [
    came(aurora, ['verified']),
    came(cache, ['failed', 'tapstack-dev-cache did not come to rest within 30 minutes: it is modifying.']),
    came(service, ['already', 'It was so already.'], ['not-attempted']),
  ],
  total: { monthly_usd: 131.4, unknown: 0, hours: 730 },
  incomplete: true,
});

export const restored = optimizeDocument({
  mode: 'restore',
  ledger,
  rows: [
    back(aurora, ['restored']),
    back(cache, ['gone', 'tapstack-dev-cache is not there any more.']),
    back(service, ['restored'], ['restored']),
  ],
});

/** What is stopped, where it is chosen. */
const stopped = optimizeDocument({
  mode: 'apply',
  ledger,
  rows: [
    came(database, ['verified']),
    came(instance, ['failed', 'It is stopping after 30 minutes.']),
    came(workers, ['already', 'It is so already: minSize 0, desiredCapacity 0.']),
  ],
  total: { monthly_usd: 246.01, unknown: 0, hours: 730 },
  incomplete: true,
});

export const missing = optimizeDocument({
  rows: (['aurora', 'elasticache', 'ecs'] as const).map((kind) =>
    optimizeRow({
      kind,
      resource_type: { aurora: aurora, elasticache: cache, ecs: service }[kind].resource_type,
      resource_id: null,
      resource_arn: null,
      state: 'missing',
      reason: 'Nothing with one of the names TapStack, StreamFlix and the suffix dev was found.',
    }),
  ),
  near_misses: [
    { kind: 'aurora', resource_id: 'tapstackdev2', why: 'the suffix dev is followed by 2' },
    { kind: 'ecs', resource_id: 'TapStackdevops/web', why: 'the suffix dev is followed by ops' },
  ],
});

/** All that may be denied is. */
export const denied = optimizeDocument({
  rows: [
    {
      ...aurora,
      lost: [],
      saving: optimizeSaving({
        monthly_usd: null,
        formula: null,
        reason: 'How many of its members are serverless is not known.',
        permission: 'rds:DescribeDBInstances',
      }),
    },
    {
      ...service,
      changes: service.changes.slice(1),
      cautions: ['Whether Application Auto Scaling holds its tasks is not known: it may undo this.'],
      saving: optimizeSaving({
        monthly_usd: null,
        formula: null,
        reason: 'The size of its tasks is not known.',
        permission: 'ecs:DescribeTaskDefinition',
      }),
    },
  ],
  total: { monthly_usd: 0, unknown: 2, hours: 730 },
  gaps: [
    {
      kind: 'elasticache',
      api: 'DescribeReplicationGroups',
      permission: 'elasticache:DescribeReplicationGroups',
      reason: 'denied',
      message: 'ElastiCache replication groups could not be listed.',
    },
    {
      kind: 'ecs',
      api: 'DescribeScalableTargets',
      permission: null,
      reason: 'throttled',
      message: 'What Application Auto Scaling holds services at could not be read.',
    },
  ],
  incomplete: true,
});

/** Every text that a stranger may write tries to be something else. */
export const hostile = optimizeDocument({
  environment: HOSTILE.escapes,
  mode: 'apply',
  ledger: { place: HOSTILE.path, entry_id: HOSTILE.mention },
  rows: [
    optimizeRow({
      resource_id: HOSTILE.table,
      changes: [
        optimizeChange({
          step: HOSTILE.link,
          from: { [HOSTILE.escapes]: 1 },
          to: { [HOSTILE.escapes]: 1 },
          outcome: 'failed',
          message: HOSTILE.commands,
        }),
      ],
      cautions: [HOSTILE.script],
      lost: [HOSTILE.direction],
      saving: optimizeSaving({
        monthly_usd: null,
        formula: HOSTILE.formula,
        reason: HOSTILE.link,
        permission: HOSTILE.mention,
      }),
    }),
    optimizeRow({ kind: HOSTILE.link, resource_id: HOSTILE.script, state: 'blocked', reason: HOSTILE.table }),
  ],
  total: { monthly_usd: 0, unknown: 1, hours: 730 },
  near_misses: [{ kind: 'aurora', resource_id: HOSTILE.escapes, why: HOSTILE.link }],
  gaps: [
    {
      kind: HOSTILE.script,
      api: HOSTILE.table,
      permission: HOSTILE.link,
      reason: HOSTILE.mention,
      message: HOSTILE.escapes,
    },
  ],
  incomplete: true,
});

/** By the names of their golden files. */
export const OPTIMIZE_DOCUMENTS: Readonly<Record<string, OptimizeDocument>> = {
  planned,
  applied,
  'partly-failed': partlyFailed,
  restored,
  stopped,
  missing,
  denied,
  hostile,
};
