import { expect } from 'chai';

import { known, tagMap } from '../../../src/engine/model.ts';
import { planAurora } from '../../../src/optimize/planners/aurora.ts';
import { optimizeSchema } from '../../../src/optimize/settings.ts';
import { databaseCluster } from '../../support/optimize.ts';

const NOW = new Date('2026-11-21T18:00:00.123Z');
const SETTINGS = optimizeSchema.parse({}).aurora;
const REBOOT =
  'Parameters that follow from the maximum capacity, max_connections among them, may change only when its instances are rebooted.';
const AWS_BACKUP = 'AWS Backup decides how long its backups are kept: that is left alone.';

const plan = (own: Parameters<typeof databaseCluster>[0] = {}, keepBackups = false, settings = SETTINGS) =>
  planAurora(databaseCluster(own), settings, { keepBackups, include: [], now: NOW });

const alone = (state: string, reason: string) => ({ state, reason, steps: [], cautions: [], lost: [] });

describe('the plan for Aurora', () => {
  it('lowers capacity and retention in one step (S0-10)', () => {
    expect(plan()).to.deep.equal({
      state: 'change',
      steps: [
        {
          id: 'aurora-cluster',
          target: {
            kind: 'aurora',
            type: 'AWS::RDS::DBCluster',
            id: 'tapstackdev',
            arn: 'arn:aws:rds:us-east-1:111122223333:cluster:tapstackdev',
            accountId: '111122223333',
            region: 'us-east-1',
          },
          from: { minCapacity: 2, maxCapacity: 4, backupRetentionDays: 14 },
          to: { minCapacity: 0.5, maxCapacity: 1, backupRetentionDays: 1 },
        },
      ],
      cautions: [REBOOT],
      lost: ['It cannot be restored any more to moments from 2026-11-07T03:10:00Z to 2026-11-20T18:00:00Z.'],
    });
  });

  for (const [what, own, from, to] of [
    ['the minimum', { capacity: { min: 2, max: 1 } }, { minCapacity: 2 }, { minCapacity: 0.5 }],
    ['the maximum', { capacity: { min: 0, max: 1.5 } }, { maxCapacity: 1.5 }, { maxCapacity: 1 }],
    ['the maximum of one that pauses', { capacity: { min: 0, max: 4 } }, { maxCapacity: 4 }, { maxCapacity: 1 }],
  ] as const) {
    it(`lowers ${what} alone, where the rest is low`, () => {
      const { state, steps } = plan({ ...own, backupRetentionDays: 1 });
      expect(state).to.equal('change');
      expect(steps.map((step) => [step.from, step.to])).to.deep.equal([[from, to]]);
    });
  }

  it('lowers the retention alone, where the rest is low', () => {
    const { steps, cautions, lost } = plan({ capacity: { min: 0.5, max: 1 }, backupRetentionDays: 2 });
    expect(steps.map(({ from, to }) => [from, to])).to.deep.equal([
      [{ backupRetentionDays: 2 }, { backupRetentionDays: 1 }],
    ]);
    expect(cautions).to.deep.equal([]);
    expect(lost).to.have.length(1);
  });

  it('goes to what the settings say', () => {
    const settings = { minCapacity: 1, maxCapacity: 2.5, backupRetentionDays: 7 };
    const { steps, lost } = plan({}, false, settings);
    expect(steps.map(({ to }) => to)).to.deep.equal([settings]);
    expect(lost).to.deep.equal([
      'It cannot be restored any more to moments from 2026-11-07T03:10:00Z to 2026-11-14T18:00:00Z.',
    ]);
  });

  it('loses nothing where there are no older backups', () => {
    expect(plan({ earliestRestorableTime: '2026-11-20T18:00:01Z' }).lost).to.deep.equal([]);
    expect(plan({ earliestRestorableTime: '2026-11-20T18:00:00.123Z' }).lost).to.deep.equal([]);
    expect(plan({ earliestRestorableTime: null }).lost).to.deep.equal([
      'It cannot be restored any more to moments before 2026-11-20T18:00:00Z.',
    ]);
  });

  it('leaves the retention alone when told to', () => {
    const { steps, cautions, lost } = plan({}, true);
    expect(steps.map(({ to }) => to)).to.deep.equal([{ minCapacity: 0.5, maxCapacity: 1 }]);
    expect({ cautions, lost }).to.deep.equal({ cautions: [REBOOT], lost: [] });
  });

  it('leaves the retention alone where AWS Backup decides it, and says so where it matters', () => {
    const { steps, cautions, lost } = plan({ keptByAwsBackup: true });
    expect(steps.map(({ to }) => to)).to.deep.equal([{ minCapacity: 0.5, maxCapacity: 1 }]);
    expect({ cautions, lost }).to.deep.equal({ cautions: [REBOOT, AWS_BACKUP], lost: [] });
    expect(plan({ keptByAwsBackup: true }, true).cautions).to.deep.equal([REBOOT]);
    expect(plan({ keptByAwsBackup: true, backupRetentionDays: 1 }).cautions).to.deep.equal([REBOOT]);
  });

  it('says who puts it back, and what could not be read', () => {
    const tags = known(tagMap([['aws:cloudformation:stack-name', 'TapStackdev']]));
    expect(plan({ tags, memberIds: [] }).cautions).to.deep.equal([
      REBOOT,
      'It has no instances: lower capacity saves nothing until it has some.',
      'The next update of the CloudFormation stack TapStackdev may put it back.',
    ]);
    expect(plan({ tags: { known: false, reason: 'error' } }).cautions).to.deep.equal([
      REBOOT,
      'Its tags could not be read, so they do not tell whether it is production.',
    ]);
  });

  const low = { capacity: { min: 0.5, max: 1 }, backupRetentionDays: 1 };
  for (const [own, keepBackups, reason] of [
    [low, false, 'It has 0.5 to 1 ACU already, and its backups are kept 1 day.'],
    // It is small enough, whatever AWS is at with it.
    [{ ...low, status: 'modifying' }, false, 'It has 0.5 to 1 ACU already, and its backups are kept 1 day.'],
    [{ ...low, backupRetentionDays: 14 }, true, 'It has 0.5 to 1 ACU already.'],
    [
      { ...low, backupRetentionDays: 14, keptByAwsBackup: true },
      false,
      'It has 0.5 to 1 ACU already; AWS Backup decides how long its backups are kept.',
    ],
  ] as const) {
    it(`has nothing to lower: ${reason}`, () => {
      expect(plan(own, keepBackups)).to.deep.equal(alone('already', reason));
    });
  }

  it('counts the days of a retention that is lower than asked for', () => {
    const settings = { ...SETTINGS, backupRetentionDays: 7 };
    expect(plan({ ...low, backupRetentionDays: 5 }, false, settings).reason).to.equal(
      'It has 0.5 to 1 ACU already, and its backups are kept 5 days.',
    );
  });

  for (const [own, reason] of [
    [{ engine: 'postgres', capacity: null }, 'Its engine is postgres: only Aurora has a capacity that can be lowered.'],
    [{ engineMode: 'serverless', capacity: null }, 'It is Aurora Serverless v1: only Serverless v2 is scaled down.'],
    [{ engineMode: 'parallelquery' }, 'Its engine mode is parallelquery: only Serverless v2 is scaled down.'],
    [{ capacity: null }, 'It is provisioned: it has no capacity limits to lower.'],
    [
      { memberClasses: known(['db.r6g.large']) },
      'None of its instances is serverless: its capacity limits do nothing.',
    ],
  ] as const) {
    it(`skips what is none of it: ${reason}`, () => {
      expect(plan(own)).to.deep.equal(alone('skipped', reason));
    });
  }

  it('takes clusters whose instances are unknown, none, or serverless in part', () => {
    for (const memberClasses of [
      { known: false, reason: 'denied', permission: 'rds:DescribeDBInstances' } as const,
      known([]),
      known(['db.r6g.large', 'db.serverless']),
    ]) {
      expect(plan({ memberClasses }).state).to.equal('change');
    }
  });

  for (const [own, reason] of [
    [{ status: 'modifying' }, 'Its status is modifying: it takes changes when it is available.'],
    [{ status: 'stopped' }, 'Its status is stopped: it takes changes when it is available.'],
    [
      { pending: ['BackupRetentionPeriod', 'EngineVersion'] },
      'AWS has yet to make an earlier change (BackupRetentionPeriod, EngineVersion).',
    ],
  ] as const) {
    it(`waits for another time: ${reason}`, () => {
      expect(plan(own)).to.deep.equal(alone('blocked', reason));
    });
  }
});

describe('the plan for Aurora where clusters are stopped, too', () => {
  const stopping = (own: Parameters<typeof databaseCluster>[0] = {}) =>
    planAurora(databaseCluster(own), SETTINGS, { keepBackups: false, include: ['ec2', 'rds'], now: NOW });
  const provisioned = { capacity: null, memberClasses: known(['db.r6g.large']) };
  const cautions = [
    'AWS starts it again by itself after seven days, not before 2026-11-28T18:00Z: run this again then to stop it again.',
    'What still runs and uses it fails until it is started again.',
    'Its storage and its backups are billed on; no automated backups are taken while it is stopped, and those that it has are kept no longer for that.',
    'Starting it again takes some minutes, at times hours.',
  ];

  it('stops a provisioned cluster, and loses nothing', () => {
    expect(stopping(provisioned)).to.deep.equal({
      state: 'change',
      steps: [
        {
          id: 'db-cluster-running',
          target: {
            kind: 'aurora',
            type: 'AWS::RDS::DBCluster',
            id: 'tapstackdev',
            arn: 'arn:aws:rds:us-east-1:111122223333:cluster:tapstackdev',
            accountId: '111122223333',
            region: 'us-east-1',
          },
          from: { running: 1 },
          to: { running: 0 },
        },
      ],
      cautions,
      lost: [],
    });
  });

  it('takes for provisioned what has limits that do nothing, and what has members that could not be read and no limits', () => {
    const unread = { known: false, reason: 'denied', permission: 'rds:DescribeDBInstances' } as const;
    const ids = [
      { memberClasses: known(['db.r6g.large', 'db.r6g.large']) },
      { capacity: null, memberClasses: unread },
    ].map((own) => stopping(own).steps.map(({ id }) => id));
    expect(ids).to.deep.equal([['db-cluster-running'], ['db-cluster-running']]);
  });

  it('says who puts it back', () => {
    const tags = known(tagMap([['aws:cloudformation:stack-name', 'TapStackdev']]));
    expect(stopping({ ...provisioned, tags }).cautions).to.deep.equal([
      ...cautions,
      'The next update of the CloudFormation stack TapStackdev may put it back.',
    ]);
  });

  it('scales Serverless v2 down as ever, whatever its members are as far as one may be serverless', () => {
    for (const memberClasses of [
      known(['db.serverless']),
      known(['db.r6g.large', 'db.serverless']),
      known([]),
      { known: false, reason: 'denied', permission: 'rds:DescribeDBInstances' } as const,
    ]) {
      // That it cannot be stopped is nothing to it.
      const own = { memberClasses, unstoppable: 'belongs to the global database shop' };
      expect(stopping(own)).to.deep.equal(plan(own));
      expect(stopping(own).steps.map(({ id }) => id)).to.deep.equal(['aurora-cluster']);
    }
  });

  it('has nothing to stop where it is stopped', () => {
    const stopped = { ...provisioned, status: 'stopped' };
    expect(stopping(stopped)).to.deep.equal(alone('already', 'It is stopped already.'));
    expect(stopping({ ...stopped, automaticRestartTime: '2026-11-24T03:10:00.000Z' })).to.deep.equal(
      alone('already', 'It is stopped already; AWS starts it again by itself at 2026-11-24T03:10Z.'),
    );
  });

  for (const [own, reason] of [
    [
      { ...provisioned, unstoppable: 'has the read replica x in another Region: AWS does not stop what has one' },
      'It has the read replica x in another Region: AWS does not stop what has one.',
    ],
    [{ capacity: null, memberIds: [] }, 'It is provisioned, and has no instances to stop.'],
    [
      { engine: 'postgres', capacity: null },
      'Its engine is postgres: AWS does not stop those, and only Aurora has a capacity that can be lowered.',
    ],
    [
      { engineMode: 'serverless', capacity: null },
      'It is Aurora Serverless v1: AWS does not stop those, and only Serverless v2 is scaled down.',
    ],
    [
      { engineMode: 'multimaster', capacity: null },
      'Its engine mode is multimaster: only Serverless v2 is scaled down.',
    ],
  ] as const) {
    it(`skips what cannot be stopped: ${reason}`, () => {
      expect(stopping(own)).to.deep.equal(alone('skipped', reason));
    });
  }

  for (const [own, reason] of [
    [{ status: 'stopping' }, 'Its status is stopping: it is about to be stopped.'],
    [{ status: 'failing-over' }, 'Its status is failing-over: it takes changes when it is available.'],
    [{ pending: ['EngineVersion'] }, 'AWS has yet to make an earlier change (EngineVersion).'],
  ] as const) {
    it(`waits for another time: ${reason}`, () => {
      expect(stopping({ ...provisioned, ...own })).to.deep.equal(alone('blocked', reason));
    });
  }
});
