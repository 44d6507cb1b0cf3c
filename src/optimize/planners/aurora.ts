/**
 * How an Aurora Serverless v2 cluster is scaled down: its capacity, and how long its backups are kept. How a provisioned one is stopped,
 * where that is chosen. Pure.
 */
import type { DatabaseCluster, OptionalKind } from '../model.ts';
import type { OptimizeSettings } from '../settings.ts';
import type { Numbers } from '../step.ts';
import { commonCautions, leftAlone, lowered, targetOf, unsettled } from './row-parts.ts';
import type { PlannedRow } from './row-parts.ts';
import { planStop } from './stopped-database.ts';

export interface AuroraOptions {
  /** Leaves the retention of backups alone. */
  readonly keepBackups: boolean;
  /** With `rds` provisioned clusters are stopped. */
  readonly include: readonly OptionalKind[];
  /** When the plan is made: backups are lost up to so many days before it. */
  readonly now: Date;
}

export function planAurora(
  cluster: DatabaseCluster,
  settings: OptimizeSettings['aurora'],
  { keepBackups, include, now }: AuroraOptions,
): PlannedRow {
  if (include.includes('rds') && isAurora(cluster) && isProvisioned(cluster)) return planProvisioned(cluster, now);
  const { capacity, backupRetentionDays } = cluster;
  const other = otherThanServerless(cluster, include);
  if (capacity === null || other !== undefined) {
    return leftAlone('skipped', other ?? 'It is provisioned: it has no capacity limits to lower.');
  }
  const retentionStays = keepBackups || cluster.keptByAwsBackup;
  const move = lowered(
    { minCapacity: capacity.min, maxCapacity: capacity.max, backupRetentionDays },
    {
      minCapacity: settings.minCapacity,
      maxCapacity: settings.maxCapacity,
      ...(!retentionStays && { backupRetentionDays: settings.backupRetentionDays }),
    },
  );
  if (move === undefined) return leftAlone('already', alreadySmall(capacity, cluster, keepBackups));
  const blocked = unsettled(cluster);
  if (blocked !== undefined) return blocked;
  return {
    state: 'change',
    steps: [{ id: 'aurora-cluster', target: targetOf(cluster), ...move }],
    cautions: [...ownCautions(cluster, move.to, settings, keepBackups), ...commonCautions(cluster)],
    lost: lostBackups(cluster, move.to, now),
  };
}

/** AWS stops all its instances at once, and starts them again. */
function planProvisioned(cluster: DatabaseCluster, now: Date): PlannedRow {
  if (cluster.memberIds.length === 0) return leftAlone('skipped', 'It is provisioned, and has no instances to stop.');
  const cautions = [
    // https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/aurora-cluster-stop-start.html
    'Its storage and its backups are billed on; no automated backups are taken while it is stopped, and those that it has are kept no longer for that.',
  ];
  return planStop(cluster, { step: 'db-cluster-running', now, cautions });
}

function otherThanServerless(cluster: DatabaseCluster, include: AuroraOptions['include']): string | undefined {
  const { engine, engineMode } = cluster;
  // https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/multi-az-db-clusters-concepts.Limitations.html
  const unstopped = include.includes('rds') ? 'AWS does not stop those, and ' : '';
  if (!engine.startsWith('aurora')) {
    return `Its engine is ${engine}: ${unstopped}only Aurora has a capacity that can be lowered.`;
  }
  if (engineMode === 'serverless') return `It is Aurora Serverless v1: ${unstopped}only Serverless v2 is scaled down.`;
  if (engineMode !== 'provisioned') return `Its engine mode is ${engineMode}: only Serverless v2 is scaled down.`;
  if (cluster.capacity !== null && isProvisioned(cluster)) {
    return 'None of its instances is serverless: its capacity limits do nothing.';
  }
  return undefined;
}

/** Of the mode that provisioned clusters and those of Serverless v2 share. */
function isAurora({ engine, engineMode }: DatabaseCluster): boolean {
  return engine.startsWith('aurora') && engineMode === 'provisioned';
}

/** Limits that were once set stay with a cluster whose instances are provisioned, and do nothing there. */
function isProvisioned({ capacity, memberClasses }: DatabaseCluster): boolean {
  if (capacity === null) return true;
  return memberClasses.known && memberClasses.value.length > 0 && !memberClasses.value.includes('db.serverless');
}

function alreadySmall(
  { min, max }: NonNullable<DatabaseCluster['capacity']>,
  { backupRetentionDays, keptByAwsBackup }: DatabaseCluster,
  keepBackups: boolean,
): string {
  const limits = `It has ${min} to ${max} ACU already`;
  if (keepBackups) return `${limits}.`;
  if (keptByAwsBackup) return `${limits}; AWS Backup decides how long its backups are kept.`;
  return `${limits}, and its backups are kept ${backupRetentionDays === 1 ? '1 day' : `${backupRetentionDays} days`}.`;
}

function ownCautions(
  { memberIds, keptByAwsBackup, backupRetentionDays }: DatabaseCluster,
  to: Numbers,
  settings: OptimizeSettings['aurora'],
  keepBackups: boolean,
): string[] {
  const cautions: string[] = [];
  if (to['maxCapacity'] !== undefined) {
    // https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/aurora-serverless-v2.setting-capacity.html
    cautions.push(
      'Parameters that follow from the maximum capacity, max_connections among them, may change only when its instances are rebooted.',
    );
  }
  if (memberIds.length === 0) cautions.push('It has no instances: lower capacity saves nothing until it has some.');
  if (keptByAwsBackup && !keepBackups && backupRetentionDays > settings.backupRetentionDays) {
    cautions.push('AWS Backup decides how long its backups are kept: that is left alone.');
  }
  return cautions;
}

/** Raising the retention keeps new backups longer, and brings none back. */
function lostBackups({ earliestRestorableTime }: DatabaseCluster, to: Numbers, now: Date): string[] {
  const kept = to['backupRetentionDays'];
  if (kept === undefined) return [];
  const end = new Date(now.getTime() - kept * 86_400_000);
  if (earliestRestorableTime === null) return [`It cannot be restored any more to moments before ${moment(end)}.`];
  const start = new Date(earliestRestorableTime);
  if (start >= end) return [];
  return [`It cannot be restored any more to moments from ${moment(start)} to ${moment(end)}.`];
}

/** `2026-11-07T03:10:00Z`. */
function moment(time: Date): string {
  return `${time.toISOString().slice(0, 19)}Z`;
}
