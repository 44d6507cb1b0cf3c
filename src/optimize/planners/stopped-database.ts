/** How a database is stopped: an instance of RDS, or a cluster of Aurora with all its instances. Pure. */
import type { DatabaseCluster, DatabaseInstance } from '../model.ts';
import { commonCautions, leftAlone, targetOf, unsettled } from './row-parts.ts';
import type { PlannedRow } from './row-parts.ts';

interface StopOptions {
  readonly step: 'db-instance-running' | 'db-cluster-running';
  /** When the plan is made. */
  readonly now: Date;
  /** What is to be known of it beside what is said of every database. */
  readonly cautions: readonly string[];
}

const DAY = 86_400_000;

/**
 * After so many days AWS starts it again: https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_StopInstance.html,
 * https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/aurora-cluster-stop-start.html
 */
const STOPPED_AT_MOST = 7;

/** What is lost is nothing: data, endpoint and configuration stay, and so do the logs that it is restored to a moment with. */
export function planStop(
  database: DatabaseInstance | DatabaseCluster,
  { step, now, cautions }: StopOptions,
): PlannedRow {
  const { status } = database;
  if (status === 'stopped') return leftAlone('already', alreadyStopped(database));
  if (database.unstoppable !== null) return leftAlone('skipped', `It ${database.unstoppable}.`);
  if (status === 'stopping') return leftAlone('blocked', 'Its status is stopping: it is about to be stopped.');
  const blocked = unsettled(database);
  if (blocked !== undefined) return blocked;
  return {
    state: 'change',
    steps: [{ id: step, target: targetOf(database), from: { running: 1 }, to: { running: 0 } }],
    cautions: [
      `AWS starts it again by itself after seven days, not before ${minute(new Date(now.getTime() + STOPPED_AT_MOST * DAY))}: run this again then to stop it again.`,
      'What still runs and uses it fails until it is started again.',
      ...cautions,
      'Starting it again takes some minutes, at times hours.',
      ...commonCautions(database),
    ],
    lost: [],
  };
}

function alreadyStopped({ automaticRestartTime }: DatabaseInstance | DatabaseCluster): string {
  if (automaticRestartTime === null) return 'It is stopped already.';
  return `It is stopped already; AWS starts it again by itself at ${minute(new Date(automaticRestartTime))}.`;
}

/** `2026-11-28T18:00Z`. */
function minute(time: Date): string {
  return `${time.toISOString().slice(0, 16)}Z`;
}
