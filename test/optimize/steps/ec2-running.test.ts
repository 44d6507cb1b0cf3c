import { DescribeInstancesCommand, StartInstancesCommand, StopInstancesCommand } from '@aws-sdk/client-ec2';
import type { Instance, InstanceStateName } from '@aws-sdk/client-ec2';
import { expect } from 'chai';

import { applySteps } from '../../../src/optimize/apply.ts';
import { restoreEntry } from '../../../src/optimize/restore.ts';
import type { Step } from '../../../src/optimize/step.ts';
import { ec2Running } from '../../../src/optimize/steps/ec2-running.ts';
import { serviceError } from '../../support/aws-errors.ts';
import { thrownBy } from '../../support/errors.ts';
import { INSTANCE, listedInstance, stubbedAws } from '../../support/optimize-aws.ts';
import { memoryLedger, scaledAws, scaledContext, virtualTime } from '../../support/scaled-estate.ts';

const ASKED = { InstanceIds: ['i-0123456789abcdef0'] };

const answer = (own: Instance = {}) => ({ Reservations: [{ Instances: [listedInstance(own)] }] });
const inState = (Name: InstanceStateName) => answer({ State: { Name } });

function stubbed(own: Instance = {}) {
  const aws = stubbedAws();
  aws.ec2.on(DescribeInstancesCommand).resolves(answer(own));
  aws.ec2.on(StopInstancesCommand).resolves({ $metadata: { requestId: 'r-stop' } });
  aws.ec2.on(StartInstancesCommand).resolves({ $metadata: { requestId: 'r-start' } });
  return aws;
}

const GRANT =
  ' Where a volume of its is encrypted with a customer managed key, starting it takes kms:CreateGrant for that key.';

const read = async (own: Instance) => ec2Running.read(INSTANCE, stubbed(own));

describe('the step of an instance of EC2', () => {
  it('reads whether it runs', async () => {
    const aws = stubbed();
    expect(await ec2Running.read(INSTANCE, aws)).to.deep.equal({ numbers: { running: 1 } });
    expect(aws.calls()).to.deep.equal([{ operation: 'DescribeInstances', input: ASKED, signal: aws.signal }]);
  });

  for (const [state, reading] of [
    ['pending', { numbers: { running: 1 }, busy: 'is pending' }],
    ['running', { numbers: { running: 1 } }],
    ['stopping', { numbers: { running: 0 }, busy: 'is stopping' }],
    ['stopped', { numbers: { running: 0 } }],
    ['shutting-down', undefined],
    ['terminated', undefined],
  ] as const) {
    it(`reads what is ${state}`, async () => {
      expect(await read({ State: { Name: state } })).to.deep.equal(reading);
    });
  }

  it('takes a state that it does not know for one of something that runs', async () => {
    expect(await read({ State: { Name: 'rebooting' as never } })).to.deep.equal({
      numbers: { running: 1 },
      busy: 'is rebooting',
    });
  });

  for (const [what, StateReason, note] of [
    ['no reason', undefined, undefined],
    ['an empty reason', { Code: '', Message: '' }, undefined],
    ['a person', { Code: 'Client.UserInitiatedShutdown', Message: 'Client.UserInitiatedShutdown: ...' }, undefined],
    ['a person, to hibernate', { Code: 'Client.UserInitiatedHibernate' }, undefined],
    [
      'a key that may not be used',
      { Code: 'Client.InternalError', Message: 'Client.InternalError: Client error on launch' },
      `EC2 says of it: Client.InternalError: Client error on launch.${GRANT}`,
    ],
    [
      'an error of the server',
      { Code: 'Server.InternalError', Message: 'Internal error on launch.' },
      `EC2 says of it: Server.InternalError: Internal error on launch.${GRANT}`,
    ],
    ['itself', { Code: 'Client.InstanceInitiatedShutdown' }, 'EC2 says of it: Client.InstanceInitiatedShutdown.'],
  ] as const) {
    it(`says why it is stopped, where nobody has stopped it: ${what}`, async () => {
      const reading = { numbers: { running: 0 }, ...(note !== undefined && { note }) };
      expect(await read({ State: { Name: 'stopped' }, StateReason })).to.deep.equal(reading);
    });
  }

  it('says nothing of the reason of one that runs', async () => {
    expect(await read({ StateReason: { Code: 'Client.InternalError' } })).to.deep.equal({ numbers: { running: 1 } });
  });

  it('reads nothing of an instance that is gone, and throws what else is thrown', async () => {
    const aws = stubbed();
    aws.ec2.on(DescribeInstancesCommand).rejects(serviceError('InvalidInstanceID.NotFound', 400, 'does not exist'));
    expect(await ec2Running.read(INSTANCE, aws)).to.equal(undefined);
    const denied = serviceError('UnauthorizedOperation', 403, 'not authorized');
    aws.ec2.on(DescribeInstancesCommand).rejects(denied);
    expect(await thrownBy(() => ec2Running.read(INSTANCE, aws))).to.equal(denied);
  });

  for (const [what, given, message] of [
    ['without the list', {}, 'The answer has no Reservations'],
    ['that is empty', { Reservations: [] }, 'The answer has no Instance'],
    ['without a state', answer({ State: undefined }), 'The answer has no State'],
  ] as const) {
    it(`takes an answer ${what} for no answer`, async () => {
      const aws = stubbed();
      aws.ec2.on(DescribeInstancesCommand).resolves(given as object);
      const error = (await thrownBy(() => ec2Running.read(INSTANCE, aws))) as Error;
      expect([error.name, error.message]).to.deep.equal(['MalformedAnswerError', message]);
    });
  }

  it('stops it and starts it, and does nothing where nothing is to change', async () => {
    const aws = stubbed();
    const write = async (from: number, to?: number) =>
      ec2Running.write(INSTANCE, { from: { running: from }, to: to === undefined ? {} : { running: to } }, aws);
    expect(await write(1, 0)).to.deep.equal(['r-stop']);
    expect(await write(0, 1)).to.deep.equal(['r-start']);
    expect(await write(1, 1)).to.deep.equal([]);
    expect(await write(1)).to.deep.equal([]);
    expect(aws.calls()).to.deep.equal([
      { operation: 'StopInstances', input: ASKED, signal: aws.signal },
      { operation: 'StartInstances', input: ASKED, signal: aws.signal },
    ]);
  });
});

describe('a run that stops and starts an instance of EC2', () => {
  const STEP: Step = { id: 'ec2-running', target: INSTANCE, from: { running: 1 }, to: { running: 0 } };

  function world(own: Instance = {}) {
    const aws = stubbed(own);
    const time = virtualTime();
    const memory = memoryLedger(new Map());
    const run = {
      ...scaledContext({ aws: scaledAws({}, time), ledger: memory, time }),
      kinds: { ...scaledAws({}, time).kinds(), 'ec2-running': ec2Running },
      step: aws,
      timeoutSeconds: 600,
    };
    return { aws, run, memory };
  }

  it('makes the call again while it cannot be stopped yet', async () => {
    const { aws, run } = world();
    const pending = serviceError('IncorrectInstanceState', 400, 'The instance is not in a state from which it can be');
    aws.ec2.on(StopInstancesCommand).callsFake(() => {
      if (aws.inputs('StopInstances').length < 3) throw pending;
      aws.ec2.on(DescribeInstancesCommand).resolves(inState('stopped'));
      return {};
    });
    const { results } = await applySteps([[STEP]], run);
    expect(results.map(({ outcome, message }) => [outcome, message])).to.deep.equal([
      ['verified', 'Stopped, and read back.'],
    ]);
    expect(aws.inputs('StopInstances')).to.deep.equal([ASKED, ASKED, ASKED]);
  });

  it('tells in the words of AWS that it is protected', async () => {
    const { aws, run } = world();
    aws.ec2
      .on(StopInstancesCommand)
      .rejects(
        serviceError(
          'OperationNotPermitted',
          400,
          "The instance 'i-0123456789abcdef0' may not be stopped. Modify its 'disableApiStop' instance attribute and try again.",
        ),
      );
    const { results } = await applySteps([[STEP]], run);
    expect(results.map(({ outcome, message }) => [outcome, message])).to.deep.equal([
      [
        'failed',
        "OperationNotPermitted: The instance 'i-0123456789abcdef0' may not be stopped. Modify its 'disableApiStop' instance attribute and try again. It still shows running.",
      ],
    ]);
    expect(aws.inputs('StopInstances')).to.have.lengthOf(1);
  });

  it('does not take for started what EC2 stops again by itself, and says what it takes', async () => {
    const { aws, run, memory } = world();
    aws.ec2.on(StopInstancesCommand).callsFake(() => {
      aws.ec2.on(DescribeInstancesCommand).resolves(inState('stopped'));
      return {};
    });
    await applySteps([[STEP]], run);
    const open = await memory.readOpen();
    if (open === undefined) throw new Error('The ledger has no entry.');
    aws.ec2.on(StartInstancesCommand).callsFake(() => {
      aws.ec2.on(DescribeInstancesCommand).resolves(
        answer({
          State: { Name: 'stopped' },
          StateReason: { Code: 'Client.InternalError', Message: 'Client.InternalError: Client error on launch' },
        }),
      );
      return {};
    });
    const { results, closed } = await restoreEntry(open, run);
    expect(results.map(({ outcome, message }) => [outcome, message])).to.deep.equal([
      [
        'failed',
        `It was started 3 times, and AWS shows it stopped again. EC2 says of it: Client.InternalError: Client error on launch.${GRANT}`,
      ],
    ]);
    expect(closed).to.equal(false);
  });
});
