/** Whether an instance of EC2 runs. */
import type { Instance } from '@aws-sdk/client-ec2';

import { awsErrorNamed, present } from '../../aws/errors.ts';
import { requestIdOf } from '../../aws/request-id.ts';
import { DESCRIBE_INSTANCES, START_INSTANCES, STOP_INSTANCES } from '../calls.ts';
import { instancesOf } from '../discover/ec2.ts';
import type { Reading, StepContext, StepKind, StepTarget } from '../step.ts';

/** Why an instance is stopped that somebody has stopped: https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_StateReason.html */
const MEANT: ReadonlySet<string> = new Set(['Client.UserInitiatedShutdown', 'Client.UserInitiatedHibernate']);

/** The SDK's waiter is not used: it waits on where EC2 stops again what was started, for want of capacity, or of the key of a volume. */
export const ec2Running: StepKind = {
  id: 'ec2-running',
  role: 'uses',
  calls: { read: [DESCRIBE_INSTANCES], lower: [STOP_INSTANCES], raise: [START_INSTANCES] },
  // It is on its way somewhere else, or there is no room for it just now:
  // https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html
  transient: ['IncorrectInstanceState', 'InsufficientInstanceCapacity', 'InsufficientHostCapacity'],
  // What is stopped may be stopped, and what runs started: EC2 says so and does nothing.
  done: [],

  async read(target, context) {
    const instance = await describe(target, context);
    return instance === undefined ? undefined : readingOf(instance);
  },

  async write({ id }, { from, to }, { clients, signal }) {
    const { running } = to;
    if (running === undefined || running === from['running']) return [];
    const { StartInstancesCommand, StopInstancesCommand } = await import('@aws-sdk/client-ec2');
    const ec2 = await clients.ec2();
    const request = { InstanceIds: [id] };
    return running === 0
      ? requestIdOf(await ec2.send(new StopInstancesCommand(request), { abortSignal: signal }))
      : requestIdOf(await ec2.send(new StartInstancesCommand(request), { abortSignal: signal }));
  },
};

function readingOf(instance: Instance): Reading | undefined {
  const state = present(instance.State?.Name, 'State');
  switch (state) {
    case 'running':
      return { numbers: { running: 1 } };
    case 'stopped': {
      const note = noteOn(instance);
      return { numbers: { running: 0 }, ...(note !== undefined && { note }) };
    }
    case 'stopping':
      return { numbers: { running: 0 }, busy: 'is stopping' };
    case 'shutting-down':
    case 'terminated':
      return undefined;
    default:
      return { numbers: { running: 1 }, busy: `is ${state}` };
  }
}

/**
 * Why it is stopped, where nobody has stopped it. EC2 takes the call to start an instance whose volumes it may not decrypt, and stops
 * it again by itself: https://repost.aws/knowledge-center/kms-iam-ec2-permission
 */
function noteOn({ StateReason }: Instance): string | undefined {
  const code = StateReason?.Code ?? '';
  if (code === '' || MEANT.has(code)) return undefined;
  // `Client.InternalError: Client error on launch`
  const message = (StateReason?.Message ?? '').replace(/\.$/, '');
  const reason = message === '' || message.startsWith(code) ? message || code : `${code}: ${message}`;
  const said = `EC2 says of it: ${reason}.`;
  if (!code.endsWith('.InternalError')) return said;
  return `${said} Where a volume of its is encrypted with a customer managed key, starting it takes kms:CreateGrant for that key.`;
}

async function describe({ id }: StepTarget, { clients, signal }: StepContext): Promise<Instance | undefined> {
  const { DescribeInstancesCommand } = await import('@aws-sdk/client-ec2');
  const ec2 = await clients.ec2();
  try {
    const request = new DescribeInstancesCommand({ InstanceIds: [id] });
    const { Reservations } = await ec2.send(request, { abortSignal: signal });
    return present(instancesOf(Reservations)[0], 'Instance');
  } catch (error) {
    if (awsErrorNamed(error, 'InvalidInstanceID.NotFound')) return undefined;
    throw error;
  }
}
