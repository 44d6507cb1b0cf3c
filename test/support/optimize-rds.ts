/** Instances of RDS, as RDS describes them and as steps take them. */
import type { DBInstance } from '@aws-sdk/client-rds';

import type { StepTarget } from '../../src/optimize/step.ts';
import { ACCOUNT, REGION } from './optimize.ts';

/** A running instance of PostgreSQL in one zone. */
export function listedInstance(own: DBInstance = {}): DBInstance {
  const id = own.DBInstanceIdentifier ?? 'tapstack-dev-db';
  return {
    DBInstanceIdentifier: id,
    DBInstanceArn: `arn:aws:rds:${REGION}:${ACCOUNT}:db:${id}`,
    DBInstanceClass: 'db.t3.large',
    DBInstanceStatus: 'available',
    Engine: 'postgres',
    MultiAZ: false,
    PendingModifiedValues: {},
    ReadReplicaDBInstanceIdentifiers: [],
    TagList: [],
    ...own,
  };
}

export const DB_INSTANCE: StepTarget = {
  kind: 'rds',
  type: 'AWS::RDS::DBInstance',
  id: 'tapstack-dev-db',
  arn: `arn:aws:rds:${REGION}:${ACCOUNT}:db:tapstack-dev-db`,
  accountId: ACCOUNT,
  region: REGION,
};
