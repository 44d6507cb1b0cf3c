import { readdirSync } from 'node:fs';

import { ModifyDBInstanceCommand, RDSClient } from '@aws-sdk/client-rds';
import { GetObjectCommand, ListObjectsV2Command, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { DescribeDBInstancesCommand } from '@aws-sdk/client-rds';
import { mockClient } from 'aws-sdk-client-mock';
import { Chalk } from 'chalk';
import { expect } from 'chai';

import { planText, undoText } from '../../src/cli/remediation-table.ts';
import { fix, refuseFlags, undo } from '../../src/cli/remediation.ts';
import type { RemediationFlags, Surroundings } from '../../src/cli/remediation.ts';
import type { Evaluation } from '../../src/engine/evaluation.ts';
import type { Change, Skipped } from '../../src/remediate/change.ts';
import { openReach } from '../../src/remediate/reach.ts';
import type { ScanPlan } from '../../src/scan/plan.ts';
import type { ScanOutcome } from '../../src/scan/run.ts';
import { serviceError } from '../support/aws-errors.ts';
import { userErrorOf } from '../support/errors.ts';
import { finding, planSettings } from '../support/remediation.ts';
import { temporaryFolder } from '../support/temporary.ts';

const FLAGS: RemediationFlags = {
  fix: true,
  yes: false,
  explain: false,
  'print-iam-policy': false,
  quiet: false,
  json: false,
};
const DATABASES = { rules: { 'rds-backup-retention': {} } };
const RUN = '2026-11-21.scan-1';
const chalk = new Chalk({ level: 0 });

const planOf = (remediation: Parameters<typeof planSettings>[0] = DATABASES): ScanPlan =>
  ({
    ...planSettings(remediation, { 'rds-backup-retention': { minimumDays: 7 } }),
    source: { kind: 'live', regions: ['eu-west-1'], homeRegion: 'eu-west-1', roles: [] },
    tags: [],
    facts: new Map(),
    environment: 'dev',
    scanId: 'scan-2',
    now: new Date('2026-11-21T06:00:00Z'),
    reported: new Set(),
    limits: { threshold: 80, allowIncomplete: false },
    notes: [],
  }) as ScanPlan;

describe('refusing flags of remediation', () => {
  const refusal = (flags: Partial<RemediationFlags>, plan = planOf(), canAsk = true) =>
    userErrorOf(() => refuseFlags({ ...FLAGS, ...flags }, plan, canAsk));
  const { remediation: _, ...bare } = planOf();

  it('lets a scan be that changes nothing', () => {
    expect(refuseFlags({ ...FLAGS, fix: false }, bare, false)).to.equal(undefined);
  });

  it('takes --yes to something alone', async () => {
    expect(await refusal({ fix: false, yes: true })).to.deep.equal({
      message: '--yes has nothing to say yes to.',
      code: 'CONTRADICTION',
      suggestions: ['Pass it with --fix or --undo'],
      exitCode: 2,
    });
  });

  it('changes nothing by a snapshot', async () => {
    for (const [flags, message] of [
      [{}, '--fix changes AWS, and --snapshot reads a saved estate.'],
      [{ fix: false, undo: RUN }, '--undo changes AWS, and --snapshot reads a saved estate.'],
    ] as const) {
      expect(await refusal({ ...flags, snapshot: 'estate.ndjson.gz' })).to.deep.include({
        message,
        code: 'CONTRADICTION',
        exitCode: 2,
      });
    }
  });

  for (const [name, flags, message] of [
    ['explained', { explain: true }, '--fix changes AWS, and --explain makes no call at all.'],
    [
      'printed as a policy',
      { fix: false, undo: RUN, 'print-iam-policy': true },
      '--undo changes AWS, and --print-iam-policy makes no call at all.',
    ],
  ] as const) {
    it(`is not to be ${name}`, async () => {
      expect(await refusal(flags)).to.deep.include({ message, code: 'CONTRADICTION', exitCode: 2 });
    });
  }

  for (const undo of ['nonsense', '../../etc', '2026-11-21', '']) {
    it(`undoes nothing by an id that is none: ${JSON.stringify(undo)}`, async () => {
      expect(await refusal({ fix: false, undo, yes: true })).to.deep.equal({
        message: '--undo names neither a run nor an audit record.',
        code: 'BAD_AUDIT',
        suggestions: ['Give an id that --fix showed: its runs begin with the day, as in 2026-11-21.…'],
        exitCode: 2,
      });
    });
  }

  it('suggests a dry run where there can be one', async () => {
    const { suggestions } = await refusal({ fix: false, undo: RUN }, bare, false);
    expect(suggestions).to.deep.equal(['Pass --yes to change it unasked']);
  });

  it('wants settings to go by', async () => {
    expect(await refusal({}, bare)).to.deep.include({ code: 'NO_REMEDIATION', exitCode: 2 });
  });

  it('wants someone to ask, or --yes, unless nothing would be changed', async () => {
    expect(await refusal({}, planOf(), false)).to.deep.equal({
      message: '--fix asks before it changes anything, and there is no terminal to ask at.',
      code: 'NO_CONFIRMATION',
      suggestions: ['Pass --yes to change it unasked', 'Set mode: dry-run to see the plan alone'],
      exitCode: 2,
    });
    expect(await refusal({ fix: false, undo: RUN }, bare, false)).to.deep.include({ code: 'NO_CONFIRMATION' });
    expect(refuseFlags({ ...FLAGS, yes: true }, planOf(), false)).to.equal(undefined);
    expect(refuseFlags(FLAGS, planOf(), true)).to.equal(undefined);
    const dry = planOf({ rules: { 'rds-backup-retention': { mode: 'dry-run' } } });
    expect(refuseFlags(FLAGS, dry, false)).to.equal(undefined);
  });
});

describe('fixing and undoing at a terminal', () => {
  const mocked = () => ({ sts: mockClient(STSClient), rds: mockClient(RDSClient), s3: mockClient(S3Client) });
  let sts: ReturnType<typeof mocked>['sts'];
  let rds: ReturnType<typeof mocked>['rds'];
  let s3: ReturnType<typeof mocked>['s3'];
  const path = temporaryFolder();
  let days = 1;

  beforeEach(() => {
    days = 1;
    // No sooner: other tests mock the same clients.
    ({ sts, rds, s3 } = mocked());
    sts.on(GetCallerIdentityCommand).resolves({ Account: '111122223333', Arn: 'arn:aws:iam::111122223333:user/ada' });
    rds.on(DescribeDBInstancesCommand).callsFake(() => ({
      DBInstances: [
        {
          DBInstanceIdentifier: 'orders',
          DBInstanceArn: 'arn:aws:rds:eu-west-1:111122223333:db:orders',
          DBInstanceStatus: 'available',
          Engine: 'mysql',
          EngineVersion: '8.0.40',
          BackupRetentionPeriod: days,
        },
      ],
    }));
    rds.on(ModifyDBInstanceCommand).callsFake(({ BackupRetentionPeriod }) => {
      days = BackupRetentionPeriod;
      return {};
    });
  });
  afterEach(() => {
    for (const mock of [sts, rds, s3]) mock.restore();
  });

  /** A person who types this, and what they see. */
  const at = (typed: string, changes: Partial<Surroundings> = {}) => {
    const told: string[] = [];
    const printed: string[] = [];
    const surroundings: Surroundings = {
      env: { XDG_STATE_HOME: path() },
      canAsk: true,
      ask: async (question) => {
        told.push(question);
        return typed;
      },
      tell: (text) => void told.push(text),
      print: async (text) => void printed.push(text),
      chalk,
      clock: () => new Date('2026-11-21T06:00:00Z'),
      pause: async () => {},
      stop: new AbortController().signal,
      ...changes,
    };
    return { surroundings, told, printed };
  };
  const found = (evaluations = [finding('rds-backup-retention', 'orders')]) =>
    ({ head: { scan_id: 'scan-1' }, evaluations: evaluations as Evaluation[] }) as unknown as ScanOutcome;
  const fixed = async (
    typed: string,
    {
      flags = {},
      changes = {},
      plan = planOf(),
      outcome = found(),
    }: {
      flags?: Partial<RemediationFlags>;
      changes?: Partial<Surroundings>;
      plan?: ScanPlan;
      outcome?: ScanOutcome;
    } = {},
  ) => {
    const { surroundings, told } = at(typed, changes);
    return { exitCode: await fix(outcome, plan, { ...FLAGS, ...flags }, surroundings), told: told.join('') };
  };
  const undone = async (
    id: string,
    typed: string,
    {
      flags = {},
      changes = {},
      plan = planOf(),
    }: { flags?: Partial<RemediationFlags>; changes?: Partial<Surroundings>; plan?: ScanPlan } = {},
  ) => {
    const { surroundings, told, printed } = at(typed, changes);
    const exitCode = await undo(id, plan, { ...FLAGS, fix: false, ...flags }, surroundings);
    return { exitCode, told: told.join(''), printed: printed.join('') };
  };

  const PLAN = `RESOURCE                  CHANGE
orders                    rds-backup-retention
111122223333              backupRetentionDays: 1
eu-west-1                 -> backupRetentionDays: 7
                          needs rds:ModifyDBInstance

`;

  it('shows the plan, asks, makes it, and says how to undo it', async () => {
    const { exitCode, told } = await fixed('yes');
    expect(told).to.equal(`${PLAN}
Type yes to make 1 change: verified  orders: Changed to backupRetentionDays: 7, and read back. (${RUN}.0001)
Records are in ${path('compliancectl/audit')}; compliancectl scan --local --undo ${RUN} brings everything back.
`);
    expect([exitCode, days]).to.deep.equal([0, 7]);
  });

  it('changes nothing where the answer is another', async () => {
    for (const typed of ['y', 'no', '']) {
      const { exitCode, told } = await fixed(typed);
      expect(told).to.equal(`${PLAN}\nType yes to make 1 change: Nothing was changed.\n`);
      expect([exitCode, days]).to.deep.equal([0, 1]);
    }
  });

  it('asks nothing with --yes, and is silent with -q', async () => {
    expect(await fixed('', { flags: { yes: true, quiet: true } })).to.deep.equal({ exitCode: 0, told: '' });
    expect(days).to.equal(7);
  });

  it('has nothing to ask where nothing is to be changed', async () => {
    days = 7;
    const { exitCode, told } = await fixed('');
    expect(exitCode).to.equal(0);
    expect(told).to.equal(`Nothing is going to be changed.

LEFT ALONE                WHY
orders                    rds-backup-retention
111122223333              rds-backup-retention no longer fails for orders.
eu-west-1
`);
  });

  it('exits with 4 where something could not be changed, and says why even with -q', async () => {
    rds.on(ModifyDBInstanceCommand).rejects(serviceError('AccessDenied', 403, 'not authorized'));
    expect(await fixed('', { flags: { yes: true, quiet: true } })).to.deep.equal({
      exitCode: 4,
      told: `failed  orders: Nothing was changed: not authorized. (${RUN}.0001)\n`,
    });
  });

  it('exits with 4 where only people can mend what is asked for', async () => {
    const plan = planOf({ rules: { 'rds-backup-retention': { days: 3 } } });
    expect((await fixed('', { plan })).exitCode).to.equal(4);
  });

  it('exits with 130 when it is ended', async () => {
    const { exitCode, told } = await fixed('', { flags: { yes: true }, changes: { stop: AbortSignal.abort() } });
    expect([exitCode, days]).to.deep.equal([130, 1]);
    expect(told).to.include('not-attempted  orders: The run was ended before it was begun.\n');
  });

  it('undoes a run, once that is agreed to', async () => {
    await fixed('yes');
    const shown = `RESOURCE                  UNDO
orders                    ${RUN}.0001
111122223333              backupRetentionDays: 7
eu-west-1                 -> backupRetentionDays: 1

Type yes to undo 1 change: `;
    expect(await undone(RUN, 'no')).to.deep.equal({
      exitCode: 0,
      told: `${shown}Nothing was changed.\n`,
      printed: '',
    });
    expect(days).to.equal(7);
    expect(await undone(RUN, 'yes')).to.deep.equal({
      exitCode: 0,
      told: shown,
      printed: `undone  orders: Changed back to backupRetentionDays: 1, and read back. (${RUN}.0001)\n`,
    });
    expect(days).to.equal(1);
  });

  it('undoes one record, and gives a document where one is asked for', async () => {
    await fixed('yes');
    const flags = { yes: true, json: true, quiet: true };
    const { exitCode, told, printed } = await undone(`${RUN}.0001`, '', { flags });
    expect({ exitCode, told, document: JSON.parse(printed) as unknown }).to.deep.equal({
      exitCode: 0,
      told: '',
      document: {
        schema: 'compliancectl.undo/1',
        results: [
          {
            audit_id: `${RUN}.0001`,
            rule_id: 'rds-backup-retention',
            resource_arn: 'arn:aws:rds:eu-west-1:111122223333:db:orders',
            outcome: 'undone',
            message: 'Changed back to backupRetentionDays: 1, and read back.',
          },
        ],
      },
    });
  });

  it('exits with 4 where it refuses to undo, and with 130 when it is ended', async () => {
    await fixed('yes');
    days = 30;
    expect(await undone(RUN, '', { flags: { yes: true } })).to.deep.include({
      exitCode: 4,
      printed: `refused  orders: Someone has changed it since: backupRetentionDays: 30. (${RUN}.0001)\n`,
    });
    const changes = { stop: AbortSignal.abort() };
    expect((await undone(RUN, '', { flags: { yes: true }, changes })).exitCode).to.equal(130);
  });

  it('says where there is nothing of that id', async () => {
    expect(await userErrorOf(() => undone('2026-11-20.scan', 'yes'))).to.deep.equal({
      message: `There is no audit record or run 2026-11-20.scan in ${path('compliancectl/audit')}.`,
      code: 'NO_AUDIT',
      suggestions: ['Give the id that --fix has told, of a run or of one of its records'],
      exitCode: 2,
    });
  });

  it('keeps its records in S3 where the settings name a bucket', async () => {
    const objects = new Map<string, string>();
    s3.on(PutObjectCommand).callsFake(({ Bucket, Key, Body }) => {
      objects.set(`${Bucket}/${Key}`, Body);
      return { ETag: '"1"' };
    });
    s3.on(ListObjectsV2Command).callsFake(() => ({
      KeyCount: 1,
      Contents: [{ Key: `audit/2026-11-21/${RUN}.0001.json` }],
    }));
    s3.on(GetObjectCommand).callsFake(({ Bucket, Key }) => ({
      Body: { transformToString: async () => objects.get(`${Bucket}/${Key}`) },
      ETag: '"1"',
    }));
    const plan = planOf({ ...DATABASES, auditBucket: 'compliance-audit-dev' });
    expect((await fixed('yes', { plan })).told).to.include('Records are in s3://compliance-audit-dev/audit;');
    expect([...objects.keys()]).to.deep.equal([`compliance-audit-dev/audit/2026-11-21/${RUN}.0001.json`]);
    expect(readdirSync(path())).to.deep.equal([]);
    expect((await undone(RUN, 'yes', { plan })).exitCode).to.equal(0);
    expect(days).to.equal(1);
  });

  it('enters the accounts of the scan, and only those that let it in', async () => {
    const own = { Account: '111122223333', Arn: 'arn:aws:iam::111122223333:user/ada' };
    const there = { Account: '444455556666', Arn: 'arn:aws:sts::444455556666:assumed-role/fix/compliancectl' };
    // Twice for the credentials at hand: whose they are, and which account is theirs.
    let asked = 0;
    sts.on(GetCallerIdentityCommand).callsFake(() => ((asked += 1) <= 2 ? own : there));
    const reach = await openReach({
      homeRegion: 'eu-west-1',
      roles: ['444455556666', '777788889999'].map((id) => ({ id, roleArn: `arn:aws:iam::${id}:role/fix` })),
      env: {},
      signal: new AbortController().signal,
    });
    expect(reach.actor).to.equal('arn:aws:iam::111122223333:user/ada');
    const place = await reach.open('444455556666', 'us-east-1');
    expect(place?.scope).to.deep.equal({ accountId: '444455556666', partition: 'aws', region: 'us-east-1' });
    expect((await reach.open('444455556666', 'us-east-1'))?.clients).to.equal(place?.clients);
    expect(await reach.open('777788889999', 'us-east-1')).to.equal(undefined);
    expect(await reach.open('111122223333', 'us-east-1')).to.equal(undefined);
    reach.close();
  });
});

describe('the tables of remediation', () => {
  const resource = {
    arn: 'arn:aws:ec2:eu-west-1:111122223333:security-group/sg-1',
    id: 'sg-1\u001b[31m',
    type: 'AWS::EC2::SecurityGroup',
    accountId: '111122223333',
    region: 'eu-west-1',
  } as const;
  const change: Change = {
    rule: 'ec2-security-group-restricted',
    action: 'ec2-security-group-world-rules',
    resource,
    before: { 'tcp/22/0.0.0.0/0': { protocol: 'tcp', description: null } },
    after: { 'tcp/22/0.0.0.0/0': null },
    permissions: ['ec2:RevokeSecurityGroupIngress'],
    reason: 'Open.',
    reversible: false,
    cautions: ['Who comes in by these rules is locked out.'],
  };
  const skipped: Skipped = { rule: change.rule, resource, why: 'dry-run', message: 'Nothing is changed.', change };

  it('show changes, cautions, and what is left alone and why, with nothing that moves the cursor', () => {
    expect(planText({ changes: [change], skipped: [skipped] }, chalk)).to.equal(`RESOURCE                  CHANGE
sg-1[31m                  ec2-security-group-world-rules
111122223333              tcp/22/0.0.0.0/0: protocol=tcp description=none
eu-west-1                 -> tcp/22/0.0.0.0/0: none
                          needs ec2:RevokeSecurityGroupIngress
                          Who comes in by these rules is locked out.
                          Undoing it does not bring back everything.

LEFT ALONE                WHY
sg-1[31m                  ec2-security-group-restricted
111122223333              Nothing is changed.
eu-west-1                 tcp/22/0.0.0.0/0: protocol=tcp description=none
                          -> tcp/22/0.0.0.0/0: none
`);
  });

  it('show the first of what is left alone, and how many more there are', () => {
    const text = planText({ changes: [], skipped: Array.from({ length: 22 }, () => skipped) }, chalk);
    expect(text.split('sg-1').length - 1).to.equal(20);
    expect(text.endsWith('\n\n2 more findings left alone.\n')).to.equal(true);
    expect(undoText([], chalk)).to.equal('RESOURCE                  UNDO\n');
  });
});
