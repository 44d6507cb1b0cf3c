import { expect } from 'chai';

import { deliver, DeliveryError } from '../../src/functions/deliveries.ts';
import { serviceError } from '../support/aws-errors.ts';
import { invocation } from '../support/invocation.ts';

describe('a delivery', () => {
  const outcomes: readonly [name: string, work: () => Promise<boolean>, delivery: object][] = [
    ['is made', async () => true, { status: 'delivered' }],
    ['was made before', async () => false, { status: 'repeated' }],
    [
      'fails as AWS says',
      async () => {
        throw serviceError('AccessDeniedException', 400, 'not authorized to perform: dynamodb:PutItem.');
      },
      { status: 'failed', reason: 'not authorized to perform: dynamodb:PutItem' },
    ],
    [
      'fails by a defect of ours',
      async () => {
        throw new TypeError('x is not a function');
      },
      { status: 'failed', reason: 'x is not a function' },
    ],
    [
      'fails with something that is no error',
      async () => {
        // oxlint-disable-next-line typescript/only-throw-error -- a library may
        throw 'gone';
      },
      { status: 'failed', reason: 'gone' },
    ],
  ];
  for (const [name, work, delivery] of outcomes) {
    it(name, async () => {
      expect(await deliver('history', work, invocation().log)).to.deep.equal({ sink: 'history', ...delivery });
    });
  }

  it('logs its error, and nothing else', async () => {
    const { log, lines } = invocation();
    const error = serviceError('ResourceNotFoundException', 400, 'Requested resource not found');
    await deliver('metrics', async () => true, log);
    await deliver(
      'history',
      async () => {
        throw error;
      },
      log,
    );
    const reason = 'ResourceNotFoundException: Requested resource not found';
    expect(lines).to.deep.equal([
      { level: 'error', message: 'The history could not be delivered', fields: { sink: 'history', reason, error } },
    ]);
  });
});

describe('a DeliveryError', () => {
  it('says what failed and what did not', () => {
    const error = new DeliveryError([
      { sink: 'results', status: 'failed', reason: 'The specified bucket does not exist' },
      { sink: 'history', status: 'delivered' },
      { sink: 'metrics', status: 'failed', reason: 'Rate exceeded' },
      { sink: 'alerts', status: 'repeated' },
    ]);
    expect(error.message).to.equal(
      'The results failed: The specified bucket does not exist. The metrics failed: Rate exceeded. Delivered: history, alerts.',
    );
    expect(error.name).to.equal('DeliveryError');
  });

  it('says so where nothing was delivered', () => {
    const error = new DeliveryError([{ sink: 'results', status: 'failed', reason: 'Access Denied' }]);
    expect(error.message).to.equal('The results failed: Access Denied.');
  });
});
