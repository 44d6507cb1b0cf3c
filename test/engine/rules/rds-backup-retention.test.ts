import { expect } from 'chai';

import type { DbInstance } from '../../../src/engine/model.ts';
import { rdsBackupRetention } from '../../../src/engine/rules/rds-backup-retention.ts';
import { dbCluster, dbInstance } from '../../support/resources.ts';
import { testRule } from '../../support/rules.ts';

const judge = { replicas: 'judge' };
const replica = (engine: string, engineVersion: string, changes: Partial<DbInstance> = {}) =>
  dbInstance({ engine, engineVersion, replicationSource: 'main', backupRetentionPeriod: 0, ...changes });

const failure = (name: string, key: string, what: string) => ({
  message: `${name} ${what}.`,
  facts: [{ key, message: `The database ${what}.` }],
});
const disabled = (name: string) => failure(name, 'disabled', 'keeps no automated backups');

testRule(rdsBackupRetention, {
  pass: [
    { it: 'keeps an instance for a week', resource: dbInstance() },
    { it: 'keeps an instance for the default of one day', resource: dbInstance({ backupRetentionPeriod: 1 }) },
    { it: 'keeps an instance for just as long as asked', resource: dbInstance(), parameters: { minimumDays: 7 } },
    { it: 'keeps a cluster for a week', resource: dbCluster() },
    { it: 'keeps a Multi-AZ cluster for a week', resource: dbCluster({ engine: 'mysql' }) },
    {
      it: 'keeps a replica, which is judged',
      resource: replica('mysql', '8.0.40', { backupRetentionPeriod: 1 }),
      parameters: judge,
    },
    {
      it: 'keeps a replica that is a cluster, which is judged',
      resource: dbCluster({ replicationSource: 'arn:aws:rds:us-east-1:111122223333:cluster:main' }),
      parameters: judge,
    },
  ],
  fail: [
    {
      it: 'keeps none of an instance',
      resource: dbInstance({ backupRetentionPeriod: 0 }),
      gives: disabled('DB instance orders'),
    },
    {
      it: 'keeps none of a cluster',
      resource: dbCluster({ engine: 'postgres', backupRetentionPeriod: 0 }),
      gives: disabled('DB cluster ledger'),
    },
    {
      it: 'keeps none of an Aurora cluster, which AWS does not let happen',
      resource: dbCluster({ backupRetentionPeriod: 0 }),
      parameters: { minimumDays: 7 },
      gives: disabled('DB cluster ledger'),
    },
    {
      it: 'keeps an instance for a day less than asked',
      resource: dbInstance({ backupRetentionPeriod: 6 }),
      parameters: { minimumDays: 7 },
      gives: failure('DB instance orders', 'too-short', 'keeps automated backups for 6 days, not for 7 days'),
    },
    {
      it: 'keeps a cluster for one day only',
      resource: dbCluster({ backupRetentionPeriod: 1 }),
      parameters: { minimumDays: 2 },
      gives: failure('DB cluster ledger', 'too-short', 'keeps automated backups for 1 day, not for 2 days'),
    },
    ...[
      ['mysql', '8.0.40'],
      ['mariadb', '10.11.9'],
      ['oracle-ee', '19.0.0.0.ru-2024-10.rur-2024-10.r1'],
      ['db2-se', '11.5.9.0.sb00045253.r1'],
      ['postgres', '14.1'],
      ['postgres', '14.10'],
      ['postgres', '17.2'],
      ['postgres', 'unversioned'],
    ].map(([engine = '', version = '']) => ({
      it: `keeps none of a replica on ${engine} ${version}, where they are judged`,
      resource: replica(engine, version),
      parameters: judge,
      gives: disabled('DB instance orders'),
    })),
    {
      it: 'keeps none of a replica that is a cluster, where they are judged',
      resource: dbCluster({ engine: 'postgres', replicationSource: 'main', backupRetentionPeriod: 0 }),
      parameters: judge,
      gives: disabled('DB cluster ledger'),
    },
  ],
  notApplicable: [
    {
      it: 'is a member of a cluster',
      resource: dbInstance({ dbClusterIdentifier: 'ledger', backupRetentionPeriod: 0 }),
      gives: { message: 'DB instance orders is judged at its cluster, ledger.' },
    },
    {
      it: 'is a member of a cluster, even where replicas are judged',
      resource: replica('mysql', '8.0.40', { dbClusterIdentifier: 'ledger' }),
      parameters: judge,
      gives: { message: 'DB instance orders is judged at its cluster, ledger.' },
    },
    {
      it: 'is a read replica',
      resource: replica('mysql', '8.0.40'),
      gives: { message: 'DB instance orders is a read replica of main, which is what is backed up.' },
    },
    {
      it: 'is a read replica that is kept long enough',
      resource: replica('mysql', '8.0.40', { backupRetentionPeriod: 7 }),
      parameters: { replicas: 'skip' },
      gives: { message: 'DB instance orders is a read replica of main, which is what is backed up.' },
    },
    {
      it: 'is a cluster that replicates another',
      resource: dbCluster({ replicationSource: 'main' }),
      gives: { message: 'DB cluster ledger is a read replica of main, which is what is backed up.' },
    },
    {
      it: 'is a replica on SQL Server',
      resource: replica('sqlserver-ee', '15.00.4410.1.v1'),
      parameters: judge,
      gives: {
        message:
          'DB instance orders is a read replica of main, and RDS for SQL Server keeps no automated backups of replicas.',
      },
    },
    ...['9.6.22', '11.22-rds.20240509', '13.22', '14.0'].map((version) => ({
      it: `is a replica on PostgreSQL ${version}`,
      resource: replica('postgres', version),
      parameters: judge,
      gives: {
        message: `DB instance orders is a read replica of main, and RDS for PostgreSQL keeps automated backups of replicas from 14.1 on, not in ${version}.`,
      },
    })),
  ],
  // The retention comes with the listing: a database without one is not read at all.
  unknown: [],
});

describe('the parameters of rds-backup-retention', () => {
  const refuse = (parameters: object) => rdsBackupRetention.parameters.safeParse(parameters).error?.issues[0];

  for (const [minimumDays, code] of [
    [0, 'too_small'],
    [36, 'too_big'],
    [1.5, 'invalid_type'],
  ] as const) {
    it(`refuse ${minimumDays} days`, () => {
      expect(refuse({ minimumDays })).to.deep.include({ path: ['minimumDays'], code });
    });
  }

  it('refuse a treatment of replicas that does not exist', () => {
    expect(refuse({ replicas: 'fail' })).to.deep.include({ path: ['replicas'], code: 'invalid_value' });
  });

  it('refuse a parameter that does not exist', () => {
    expect(refuse({ days: 7 })).to.include({ code: 'unrecognized_keys' });
  });
});
