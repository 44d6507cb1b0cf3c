/** The table of evaluations. */
import type { Fact } from '../../engine/model.ts';
import type { TableSpec } from '../../stack/spec.ts';
import { awsCommand, differences, finding } from '../finding.ts';
import type { Checking, Finding } from '../finding.ts';

export interface TableSeen {
  /** `ACTIVE`, `CREATING`, `UPDATING`, `DELETING`, `INACCESSIBLE_ENCRYPTION_CREDENTIALS`, `ARCHIVING`, `ARCHIVED`. */
  readonly status: string;
  /** `PAY_PER_REQUEST`, `PROVISIONED`. */
  readonly billing: string;
  /** Names of the key's attributes, the partition's first. */
  readonly keys: readonly string[];
  readonly recovery: Fact<boolean>;
}

export function checkTable({ name }: TableSpec, seen: TableSeen, checking: Checking): Finding[] {
  const { status, billing, keys, recovery } = seen;
  const command = awsCommand(checking.region, 'dynamodb', 'describe-table', '--table-name', name);
  return [
    // A table that is being changed is read and written all the same.
    ...(status === 'ACTIVE' || status === 'UPDATING'
      ? []
      : [
          finding('table-not-active', `${name} is ${status}: nothing can be written to it.`, {
            remedy: 'Wait where it is being made; else see why.',
            command,
          }),
        ]),
    ...(recovery.known && !recovery.value
      ? [
          finding('table-recovery-off', `${name} has no point-in-time recovery.`, {
            remedy: 'Switch it on.',
            command: awsCommand(
              checking.region,
              'dynamodb',
              'update-continuous-backups',
              '--table-name',
              name,
              '--point-in-time-recovery-specification',
              'PointInTimeRecoveryEnabled=true',
            ),
          }),
        ]
      : []),
    ...differences(
      'table-differs',
      name,
      [
        { name: 'billing', wanted: 'PAY_PER_REQUEST', found: billing },
        { name: 'keys', wanted: 'resource_id, evaluation_timestamp', found: keys.join(', ') },
      ],
      checking,
    ),
  ];
}
