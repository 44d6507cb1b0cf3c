/** How an instance of RDS is stopped. Pure. */
import type { DatabaseInstance } from '../model.ts';
import type { PlannedRow } from './row-parts.ts';
import { planStop } from './stopped-database.ts';

export function planDatabaseInstance(instance: DatabaseInstance, { now }: { readonly now: Date }): PlannedRow {
  return planStop(instance, { step: 'db-instance-running', now, cautions: ownCautions(instance) });
}

/** https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_StopInstance.html */
function ownCautions({ engine, multiAz }: DatabaseInstance): string[] {
  return [
    // The days that it is stopped do not count: https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_WorkingWithAutomatedBackups.BackupRetention.html
    'Its storage, its provisioned IOPS and its backups are billed on; no automated backups are taken while it is stopped, and those that it has are kept longer.',
    'Maintenance that is scheduled for it is dropped.',
    ...(multiAz ? ['Its primary and its standby may have changed places once it is started again.'] : []),
    // https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/custom-managing-sqlserver.startstop.html
    ...(engine.startsWith('custom-sqlserver')
      ? ['AWS takes a snapshot of it when it is stopped, and deletes that when it is started again.']
      : []),
  ];
}
