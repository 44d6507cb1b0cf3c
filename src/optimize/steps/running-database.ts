/** Whether a database runs: what the steps of an instance of RDS and of a cluster have in common. */
import { requestIdOf } from '../../aws/request-id.ts';
import type { Reading, StepContext, StepKind, StepTarget } from '../step.ts';

type Sent = Parameters<typeof requestIdOf>[0];

/** What tells the two apart: their calls. */
export interface DatabaseCalls extends Pick<StepKind, 'id' | 'calls' | 'transient'> {
  /** Its status, or that of what it consists of where that is not available yet; `undefined` where there is no such database. */
  statusOf(target: StepTarget, context: StepContext): Promise<string | undefined>;
  stop(target: StepTarget, context: StepContext): Promise<Sent>;
  start(target: StepTarget, context: StepContext): Promise<Sent>;
}

/**
 * A step of these calls. The SDK has a waiter for what is started alone, which waits on where AWS gives up and stops it again for want of
 * capacity: it is not used.
 */
export function runningDatabase({ id, calls, transient, ...database }: DatabaseCalls): StepKind {
  return {
    id,
    role: 'serves',
    calls,
    transient,
    done: [],

    async read(target, context) {
      const status = await database.statusOf(target, context);
      return status === undefined ? undefined : runningOf(target.id, status);
    },

    async write(target, { from, to }, context) {
      const { running } = to;
      if (running === undefined || running === from['running']) return [];
      return requestIdOf(await (running === 0 ? database.stop(target, context) : database.start(target, context)));
    },
  };
}

/**
 * States in which a database neither serves nor was stopped by anyone: https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/accessing-monitoring.html,
 * https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/accessing-monitoring.html
 */
const IN_TROUBLE =
  /^(?:failed|.+-failed|restore-error|storage-full|insufficient-capacity|incompatible-.+|inaccessible-.+)$/;

/**
 * What the status of an instance or a cluster of RDS says: it runs from when it begins to be started until it begins to be stopped.
 *
 * @returns `undefined` for what is being deleted
 * @throws where the status says that it is in trouble: neither lowering nor raising it may take that for done
 */
export function runningOf(id: string, status: string): Reading | undefined {
  switch (status) {
    case 'available':
      return { numbers: { running: 1 } };
    case 'stopped':
      return { numbers: { running: 0 } };
    case 'stopping':
      return { numbers: { running: 0 }, busy: 'is stopping' };
    case 'deleting':
    case 'deleted':
      return undefined;
    default:
      if (IN_TROUBLE.test(status))
        throw new Error(`${id} is ${status}, which is neither running as it should nor stopped`);
      return { numbers: { running: 1 }, busy: `is ${status}` };
  }
}
