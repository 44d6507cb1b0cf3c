import { gzipSync } from 'node:zlib';

import { EC2Client } from '@aws-sdk/client-ec2';
import { mockClient } from 'aws-sdk-client-mock';
import { GetEbsEncryptionByDefaultCommand, DescribeVolumesCommand } from '@aws-sdk/client-ec2';
import { expect } from 'chai';

import type { Invocation } from '../../src/functions/invocation.ts';
import { GET_SCAN, remediate } from '../../src/functions/remediator.ts';
import { parseAudit } from '../../src/remediate/audit.ts';
import { remediationCalls } from '../../src/remediate/calls.ts';
import { remediationSchema } from '../../src/remediate/settings.ts';
import { serviceError } from '../support/aws-errors.ts';
import { thrownBy, userErrorOf } from '../support/errors.ts';
import { invocation } from '../support/invocation.ts';
import { estate, memoryAws } from '../support/memory-aws.ts';
import type { Estate, Gate } from '../support/memory-aws.ts';
import { finding } from '../support/remediation.ts';

const AUDIT = 'compliance-audit-dev';
const RUN = '2026-11-21.6f9d8f4e-0000-4000-8000-000000000001';
const FIRST = `${RUN}.0001`;
const ACTOR = 'arn:aws:lambda:eu-west-1:111122223333:function:compliance-remediator-dev';
const AT = '2026-11-21T06:00:00.000Z';
const clock = () => new Date(AT);

const CONFIG = {
  settings: { rules: { 'rds-backup-retention': { parameters: { minimumDays: 7 } } } },
  remediation: { rules: { 'rds-backup-retention': { mode: 'apply' } }, auditBucket: AUDIT },
};
const ORDERS = { evaluations: [finding('rds-backup-retention', 'orders')] };
const VOLUME = 'arn:aws:ec2:us-east-1:111122223333:volume/';
const ARN = 'arn:aws:rds:eu-west-1:111122223333:db:orders';

/** The remediator over an account in memory, with one database that keeps backups for a day. */
function remediator(
  config: object = CONFIG,
  { gate, state = {}, changes = {} }: { gate?: Gate; state?: Partial<Estate>; changes?: Partial<Invocation> } = {},
) {
  const account = estate({ databases: { orders: { days: 1 } }, ...state });
  const aws = memoryAws(account, gate);
  const env = { AWS_LAMBDA_FUNCTION_NAME: 'compliance-remediator-dev' };
  const call = invocation(config, { clients: aws.clients, env, ...changes });
  const records = () =>
    Object.entries(account.objects).flatMap(([name, body]) =>
      name.startsWith(`${AUDIT}/audit/`) ? [{ name, record: parseAudit(String(body)) }] : [],
    );
  return { aws, account, records, lines: call.lines, run: async (event: unknown) => remediate(event, call, clock) };
}

describe('the remediator', () => {
  it('mends what the event found, and records it in S3 (S4-3)', async () => {
    const { run, account, records, lines } = remediator();
    expect(await run(ORDERS)).to.deep.equal({
      schema: 'compliancectl.remediation/1',
      run_id: RUN,
      audit: `s3://${AUDIT}/audit`,
      summary: { verified: 1, already: 0, failed: 0, not_attempted: 0, skipped: 0 },
      results: [
        {
          audit_id: FIRST,
          rule_id: 'rds-backup-retention',
          resource_arn: ARN,
          action: 'rds-backup-retention',
          before: { backupRetentionDays: 1 },
          after: { backupRetentionDays: 7 },
          outcome: 'verified',
          message: 'Changed to backupRetentionDays: 7, and read back.',
        },
      ],
      skipped: [],
    });
    expect(account.databases).to.deep.equal({ orders: { days: 7 } });
    expect(records().map(({ name, record }) => [name, record.status, record.actor, record.environment])).to.deep.equal([
      [`${AUDIT}/audit/2026-11-21/${FIRST}.json`, 'verified', ACTOR, 'dev'],
    ]);
    expect(lines).to.deep.equal([
      {
        level: 'info',
        message: 'A change was made',
        fields: {
          rule_id: 'rds-backup-retention',
          resource_arn: ARN,
          outcome: 'verified',
          message: 'Changed to backupRetentionDays: 7, and read back.',
          audit_id: FIRST,
        },
      },
    ]);
  });

  it('changes nothing twice for the same event', async () => {
    const { run, aws, records } = remediator();
    await run(ORDERS);
    expect(await run(ORDERS)).to.deep.equal({
      schema: 'compliancectl.remediation/1',
      run_id: RUN,
      summary: { verified: 0, already: 0, failed: 0, not_attempted: 0, skipped: 1 },
      results: [],
      skipped: [
        {
          rule_id: 'rds-backup-retention',
          resource_arn: ARN,
          why: 'already',
          message: 'rds-backup-retention no longer fails for orders.',
        },
      ],
    });
    expect(aws.changes()).to.deep.equal(['ModifyDBInstance']);
    expect(records().length).to.equal(1);
  });

  for (const [name, pack] of [
    ['plain', (text: string) => text],
    ['zipped', gzipSync],
  ] as const) {
    it(`mends what a stored scan found, ${name}`, async () => {
      const scan = { schema: 'compliancectl.scan/1', scan_id: 's-1', ...ORDERS };
      const objects = { 'results/scans/v1/scan.json': pack(JSON.stringify(scan)) };
      const { run, account } = remediator(CONFIG, { state: { objects } });
      await run({ scan: { bucket: 'results', key: 'scans/v1/scan.json' } });
      expect(account.databases).to.deep.equal({ orders: { days: 7 } });
    });
  }

  it('refuses what is no scan', async () => {
    for (const body of ['{"schema":"compliancectl.scan/2","evaluations":[]}', '<html>']) {
      const { run } = remediator(CONFIG, { state: { objects: { 'results/scans/x.json': body } } });
      expect(await userErrorOf(() => run({ scan: { bucket: 'results', key: 'scans/x.json' } }))).to.deep.include({
        code: 'BAD_SCAN',
        message: 's3://results/scans/x.json is no scan that this version can read.',
      });
    }
  });

  it('refuses an event that it does not know', async () => {
    for (const event of [undefined, {}, { evaluations: [{ rule_id: 'x' }] }, { undo: '' }]) {
      expect(await userErrorOf(() => remediator().run(event))).to.deep.include({ code: 'BAD_EVENT' });
    }
  });

  it('is off where nothing says that it is on', async () => {
    const { run, aws } = remediator({});
    expect(await run(ORDERS)).to.deep.include({
      summary: { verified: 0, already: 0, failed: 0, not_attempted: 0, skipped: 1 },
      skipped: [
        {
          rule_id: 'rds-backup-retention',
          resource_arn: ARN,
          why: 'off',
          message: 'remediation.rules says nothing of rds-backup-retention.',
        },
      ],
    });
    expect(aws.calls).to.deep.equal([]);
  });

  it('goes by the settings of the environment where config.json has no section of its own', async () => {
    const { run } = remediator(
      { settings: { remediation: { rules: { 'rds-backup-retention': { mode: 'dry-run' } } } } },
      {
        state: { databases: { orders: { days: 0 } } },
      },
    );
    expect(await run(ORDERS)).to.deep.include({
      skipped: [
        {
          rule_id: 'rds-backup-retention',
          resource_arn: ARN,
          why: 'dry-run',
          message: 'rds-backup-retention is in dry-run: nothing is changed.',
          before: { backupRetentionDays: 0 },
          after: { backupRetentionDays: 1 },
        },
      ],
    });
  });

  it('changes nothing without a place for its records', async () => {
    const { run, aws } = remediator({ ...CONFIG, remediation: { rules: CONFIG.remediation.rules } });
    const refusal = {
      code: 'NO_AUDIT_BUCKET',
      message: 'Nothing is changed without a record of it, and remediation.auditBucket is not set.',
    };
    expect(await userErrorOf(() => run(ORDERS))).to.deep.include(refusal);
    expect(await userErrorOf(() => run({ undo: FIRST }))).to.deep.include(refusal);
    expect(aws.changes()).to.deep.equal([]);
  });

  it('logs a change that failed as an error, in AWS’s words', async () => {
    const gate: Gate = async (operation, effect) => {
      if (operation === 'ModifyDBInstance') throw serviceError('AccessDenied', 403, 'not authorized');
      return effect();
    };
    const { run, lines, records } = remediator(CONFIG, { gate });
    expect(await run(ORDERS)).to.deep.include({
      summary: { verified: 0, already: 0, failed: 1, not_attempted: 0, skipped: 0 },
    });
    expect(lines.map(({ level, fields }) => [level, fields['message']])).to.deep.equal([
      ['error', 'Nothing was changed: not authorized.'],
    ]);
    expect(records().map(({ record }) => record.status)).to.deep.equal(['failed']);
  });

  it('begins nothing when its time is nearly up', async () => {
    const { run, aws } = remediator(CONFIG, { changes: { remaining: () => 40_000 } });
    expect(await run(ORDERS)).to.deep.include({
      summary: { verified: 0, already: 0, failed: 0, not_attempted: 1, skipped: 0 },
    });
    expect(aws.changes()).to.deep.equal([]);
  });

  it('waits between readings, as long as the invocation lasts', async () => {
    let changed = false;
    let stale = 1;
    const gate: Gate = async (operation, effect) => {
      changed ||= operation === 'ModifyDBInstance';
      if (!changed || stale === 0 || operation !== 'DescribeDBInstances') return effect();
      stale -= 1;
      account.databases['orders'] = { days: 1 };
      const answer = effect();
      account.databases['orders'] = { days: 7 };
      return answer;
    };
    const { run, account } = remediator(CONFIG, { gate, changes: { signal: AbortSignal.timeout(50) } });
    expect(await run(ORDERS)).to.deep.include({
      results: [
        {
          audit_id: FIRST,
          rule_id: 'rds-backup-retention',
          resource_arn: ARN,
          action: 'rds-backup-retention',
          before: { backupRetentionDays: 1 },
          after: { backupRetentionDays: 7 },
          outcome: 'failed',
          message: `The run was ended. Undoing ${FIRST} finds out how far it came.`,
        },
      ],
    });
  });

  it('undoes a record or a run', async () => {
    const { run, account, records, lines } = remediator();
    await run(ORDERS);
    const result = { audit_id: FIRST, rule_id: 'rds-backup-retention', resource_arn: ARN };
    expect(await run({ undo: RUN })).to.deep.equal({
      schema: 'compliancectl.undo/1',
      results: [{ ...result, outcome: 'undone', message: 'Changed back to backupRetentionDays: 1, and read back.' }],
    });
    expect(account.databases).to.deep.equal({ orders: { days: 1 } });
    expect(records().map(({ record }) => record.status)).to.deep.equal(['undone']);
    expect(await run({ undo: FIRST })).to.deep.include({
      results: [{ ...result, outcome: 'already', message: 'The record is closed: undone.' }],
    });
    expect(lines.map(({ level, message }) => [level, message])).to.deep.equal([
      ['info', 'A change was made'],
      ['info', 'A change was undone'],
      ['info', 'A change was undone'],
    ]);
  });

  it('says where there is nothing to undo, and logs what it refuses to', async () => {
    const { run, account, lines } = remediator();
    expect(await userErrorOf(() => run({ undo: FIRST }))).to.deep.include({
      code: 'NO_AUDIT',
      message: `There is no audit record or run "${FIRST}" in s3://${AUDIT}/audit.`,
    });
    await run(ORDERS);
    account.databases['orders'] = { days: 30 };
    await run({ undo: FIRST });
    expect(lines.at(-1)).to.deep.equal({
      level: 'error',
      message: 'A change was not undone',
      fields: {
        audit_id: FIRST,
        outcome: 'refused',
        message: 'Someone has changed it since: backupRetentionDays: 30.',
      },
    });
  });

  it('signs its records with a name, known or not', async () => {
    const { run, records } = remediator(CONFIG, { changes: { env: {} } });
    await run(ORDERS);
    expect(records().map(({ record }) => record.actor)).to.deep.equal([
      'arn:aws:lambda:eu-west-1:111122223333:function:unknown',
    ]);
  });

  it('reaches other regions of its account, once each, and no other account', async () => {
    const ec2 = mockClient(EC2Client);
    try {
      ec2.on(DescribeVolumesCommand).callsFake(({ VolumeIds }) => ({
        Volumes: [{ VolumeId: VolumeIds[0], State: 'available', Encrypted: false }],
      }));
      ec2.on(GetEbsEncryptionByDefaultCommand).resolves({ EbsEncryptionByDefault: true });
      const { run } = remediator({ remediation: { rules: { 'ebs-volumes-encrypted': { mode: 'apply' } } } });
      const there = (id: string, changes = {}) =>
        finding('ebs-volumes-encrypted', id, { region: 'us-east-1', resource_arn: `${VOLUME}${id}`, ...changes });
      const document = await run({
        evaluations: [there('vol-1'), there('vol-2'), there('vol-3', { account_id: '999999999999' })],
      });
      const why = 'skipped' in document ? document.skipped.map(({ why }) => why) : [];
      expect(why).to.deep.equal(['by-hand', 'by-hand', 'unreadable']);
      const regions = ec2.commandCalls(DescribeVolumesCommand).map(({ thisValue }) => thisValue as EC2Client);
      expect(await Promise.all(regions.map(async ({ config }) => config.region()))).to.deep.equal([
        'us-east-1',
        'us-east-1',
      ]);
      expect(new Set(regions).size).to.equal(1);
    } finally {
      ec2.restore();
    }
  });

  it('throws a defect on', async () => {
    const defect = new TypeError('ours');
    const gate: Gate = async () => {
      throw defect;
    };
    expect(await thrownBy(() => remediator(CONFIG, { gate }).run(ORDERS))).to.equal(defect);
  });
});

describe('the calls of remediation', () => {
  const operations = (rules: object) =>
    remediationCalls(remediationSchema.parse({ rules })).map(({ operation }) => operation);

  it('are those of the rules that are configured, and of their records', () => {
    expect(
      operations({ 's3-bucket-encrypted': { mode: 'apply' }, 'ebs-volumes-encrypted': { mode: 'dry-run' } }),
    ).to.deep.equal([
      'GetBucketEncryption',
      'GetBucketTagging',
      'PutBucketEncryption',
      'DeleteBucketEncryption',
      'DescribeVolumes',
      'GetEbsEncryptionByDefault',
      'PutObject',
      'GetObject',
      'ListObjectsV2',
    ]);
  });

  it('are no others than it makes', async () => {
    const scan = { schema: 'compliancectl.scan/1', ...ORDERS };
    const { run, aws } = remediator(CONFIG, { state: { objects: { 'results/scan.json': JSON.stringify(scan) } } });
    await run({ scan: { bucket: 'results', key: 'scan.json' } });
    await run({ undo: FIRST });
    const made = new Set(aws.calls.map(({ operation }) => operation));
    const declared = new Set([GET_SCAN.operation, ...operations(CONFIG.remediation.rules)]);
    expect([...made].filter((operation) => !declared.has(operation))).to.deep.equal([]);
    expect([...declared].filter((operation) => !made.has(operation))).to.deep.equal([
      'DescribeDBClusters',
      'ModifyDBCluster',
    ]);
  });

  it('are none of a rule that is not set', () => {
    expect(
      remediationCalls({ ...remediationSchema.parse({ rules: {} }), rules: { 's3-bucket-encrypted': undefined } })
        .length,
    ).to.equal(3);
  });
});
