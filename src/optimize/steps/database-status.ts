import type { Reading } from '../step.ts';

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
