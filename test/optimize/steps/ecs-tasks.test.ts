import { DescribeServicesCommand, UpdateServiceCommand } from '@aws-sdk/client-ecs';
import type { Service } from '@aws-sdk/client-ecs';
import { expect } from 'chai';

import { ecsTasks } from '../../../src/optimize/steps/ecs-tasks.ts';
import { serviceError } from '../../support/aws-errors.ts';
import { thrownBy } from '../../support/errors.ts';
import { listedService, SERVICE, stubbedAws } from '../../support/optimize-aws.ts';

const ASKED = { cluster: 'TapStackdev', services: ['web'] };

function stubbed(own: Service = {}) {
  const aws = stubbedAws();
  aws.ecs.on(DescribeServicesCommand).resolves({ services: [listedService(own)], failures: [] });
  aws.ecs.on(UpdateServiceCommand).resolves({ $metadata: { requestId: 'r-1' } });
  return aws;
}

describe('the step of a service’s tasks', () => {
  it('reads what the service is to run', async () => {
    const aws = stubbed();
    expect(await ecsTasks.read(SERVICE, aws)).to.deep.equal({ numbers: { desired: 3 } });
    expect(aws.calls()).to.deep.equal([{ operation: 'DescribeServices', input: ASKED, signal: aws.signal }]);
  });

  for (const [what, own, reading] of [
    ['tasks that are still to start', { runningCount: 2 }, { settling: 'runs 2 of 3 tasks' }],
    [
      'tasks that are still to stop',
      { desiredCount: 2 },
      { numbers: { desired: 2 }, settling: 'still runs 3 tasks in place of 2' },
    ],
    ['a deployment', { deployments: [{}, {}] }, { settling: 'has a deployment under way' }],
    [
      'a service that is being deleted',
      { status: 'DRAINING', runningCount: 1 },
      { busy: 'is DRAINING', settling: 'runs 1 of 3 tasks' },
    ],
  ] as const satisfies readonly (readonly [string, Service, object])[]) {
    it(`says what is not at rest: ${what}`, async () => {
      expect(await ecsTasks.read(SERVICE, stubbed(own))).to.deep.equal({ numbers: { desired: 3 }, ...reading });
    });
  }

  it('reads nothing of a service that is gone, or only shown still, or whose cluster is gone', async () => {
    expect(await ecsTasks.read(SERVICE, stubbed({ status: 'INACTIVE' }))).to.equal(undefined);
    const aws = stubbed();
    aws.ecs.on(DescribeServicesCommand).resolves({ services: [], failures: [{ reason: 'MISSING' }] });
    expect(await ecsTasks.read(SERVICE, aws)).to.equal(undefined);
    aws.ecs.on(DescribeServicesCommand).rejects(serviceError('ClusterNotFoundException', 400, 'not found'));
    expect(await ecsTasks.read(SERVICE, aws)).to.equal(undefined);
  });

  for (const [what, answer, message] of [
    ['without services', {}, 'The answer has no services'],
    ['that is empty', { services: [] }, 'TapStackdev/web was not described: no reason was given'],
    [
      'that refuses it',
      { services: [], failures: [{ reason: 'ACCESS_DENIED' }] },
      'TapStackdev/web was not described: ACCESS_DENIED',
    ],
    ['without a count', { services: [{ status: 'ACTIVE' }] }, 'The answer has no desiredCount'],
  ] as readonly (readonly [string, object, string])[]) {
    it(`takes an answer ${what} for no answer`, async () => {
      const aws = stubbed();
      aws.ecs.on(DescribeServicesCommand).resolves(answer);
      const error = (await thrownBy(() => ecsTasks.read(SERVICE, aws))) as Error;
      expect([error.name, error.message]).to.deep.equal(['MalformedAnswerError', message]);
    });
  }

  it('throws what else is thrown', async () => {
    const aws = stubbed();
    const denied = serviceError('AccessDeniedException', 400, 'not authorized');
    aws.ecs.on(DescribeServicesCommand).rejects(denied);
    expect(await thrownBy(() => ecsTasks.read(SERVICE, aws))).to.equal(denied);
  });

  it('sends the count and nothing else, there and back', async () => {
    const aws = stubbed();
    expect(await ecsTasks.write(SERVICE, { from: { desired: 3 }, to: { desired: 2 } }, aws)).to.deep.equal(['r-1']);
    expect(await ecsTasks.write(SERVICE, { from: { desired: 2 }, to: { desired: 3 } }, aws)).to.deep.equal(['r-1']);
    expect(await ecsTasks.write(SERVICE, { from: { desired: 2 }, to: { desired: 2 } }, aws)).to.deep.equal([]);
    expect(await ecsTasks.write(SERVICE, { from: { desired: 2 }, to: {} }, aws)).to.deep.equal([]);
    const input = (desiredCount: number) => ({ cluster: 'TapStackdev', service: 'web', desiredCount });
    expect(aws.calls()).to.deep.equal(
      [2, 3].map((count) => ({ operation: 'UpdateService', input: input(count), signal: aws.signal })),
    );
  });

  it('waits until the tasks run', async () => {
    const aws = stubbed();
    aws.ecs
      .on(DescribeServicesCommand)
      .resolvesOnce({ services: [listedService({ runningCount: 1 })] })
      .resolvesOnce({ services: [listedService({ runningCount: 2 })] })
      .resolves({ services: [listedService()] });
    await ecsTasks.wait(SERVICE, aws.wait());
    expect(aws.inputs('DescribeServices')).to.deep.equal([ASKED, ASKED, ASKED]);
    const never = stubbed({ runningCount: 2 });
    expect(((await thrownBy(() => ecsTasks.wait(SERVICE, never.wait()))) as Error).name).to.equal('TimeoutError');
  });

  it('does not wait for what is deployed in task sets, nor for what is gone: the waiter would not know them', async () => {
    const sets = stubbed({ deployments: [], runningCount: 1 });
    await ecsTasks.wait(SERVICE, sets.wait());
    const unsaid = stubbed({ deployments: undefined, runningCount: 1 });
    await ecsTasks.wait(SERVICE, unsaid.wait());
    const gone = stubbed({ status: 'INACTIVE' });
    await ecsTasks.wait(SERVICE, gone.wait());
    expect([sets, unsaid, gone].map((aws) => aws.operations())).to.deep.equal([
      ['DescribeServices'],
      ['DescribeServices'],
      ['DescribeServices'],
    ]);
  });
});
