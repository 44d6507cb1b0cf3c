import {
  DescribeScalableTargetsCommand,
  RegisterScalableTargetCommand,
} from '@aws-sdk/client-application-auto-scaling';
import { expect } from 'chai';

import { awsErrorNamed } from '../../../src/aws/errors.ts';
import { ecsMinimum } from '../../../src/optimize/steps/ecs-minimum.ts';
import { serviceError } from '../../support/aws-errors.ts';
import { thrownBy } from '../../support/errors.ts';
import { SERVICE, stubbedAws } from '../../support/optimize-aws.ts';

const TARGET = {
  ServiceNamespace: 'ecs',
  ScalableDimension: 'ecs:service:DesiredCount',
} as const;

function stubbed(
  targets: readonly object[] | undefined = [{ ResourceId: 'service/TapStackdev/web', MinCapacity: 3, MaxCapacity: 10 }],
) {
  const aws = stubbedAws();
  aws.scaling.on(DescribeScalableTargetsCommand).resolves({ ScalableTargets: targets as never });
  aws.scaling.on(RegisterScalableTargetCommand).resolves({ $metadata: { requestId: 'r-1' } });
  return aws;
}

describe('the step of the minimum of automatic scaling', () => {
  it('reads the minimum', async () => {
    const aws = stubbed();
    expect(await ecsMinimum.read(SERVICE, aws)).to.deep.equal({ numbers: { min: 3 } });
    expect(aws.calls()).to.deep.equal([
      {
        operation: 'DescribeScalableTargets',
        input: { ...TARGET, ResourceIds: ['service/TapStackdev/web'], MaxResults: 50, NextToken: undefined },
        signal: aws.signal,
      },
    ]);
  });

  it('reads nothing of what is not registered, and throws what is thrown', async () => {
    expect(await ecsMinimum.read(SERVICE, stubbed([]))).to.equal(undefined);
    const aws = stubbed();
    const denied = serviceError('AccessDeniedException', 400, 'not authorized');
    aws.scaling.on(DescribeScalableTargetsCommand).rejects(denied);
    expect(await thrownBy(() => ecsMinimum.read(SERVICE, aws))).to.equal(denied);
  });

  for (const [what, targets, element] of [
    ['targets', null, 'ScalableTargets'],
    ['an id', [{ MinCapacity: 3, MaxCapacity: 10 }], 'ResourceId'],
    ['a minimum', [{ ResourceId: 'service/TapStackdev/web', MaxCapacity: 10 }], 'MinCapacity'],
    ['a maximum', [{ ResourceId: 'service/TapStackdev/web', MinCapacity: 3 }], 'MaxCapacity'],
  ] as const) {
    it(`takes an answer without ${what} for no answer`, async () => {
      const aws = stubbed();
      aws.scaling
        .on(DescribeScalableTargetsCommand)
        .resolves(targets === null ? {} : { ScalableTargets: targets as never });
      const error = (await thrownBy(() => ecsMinimum.read(SERVICE, aws))) as Error;
      expect([error.name, error.message]).to.deep.equal(['MalformedAnswerError', `The answer has no ${element}`]);
    });
  }

  it('sends the minimum alone, there and back: the maximum stays, and no target is made', async () => {
    const aws = stubbed();
    expect(await ecsMinimum.write(SERVICE, { from: { min: 3 }, to: { min: 2 } }, aws)).to.deep.equal(['r-1']);
    expect(await ecsMinimum.write(SERVICE, { from: { min: 2 }, to: { min: 3 } }, aws)).to.deep.equal(['r-1']);
    expect(await ecsMinimum.write(SERVICE, { from: { min: 2 }, to: { min: 2 } }, aws)).to.deep.equal([]);
    expect(await ecsMinimum.write(SERVICE, { from: { min: 2 }, to: {} }, aws)).to.deep.equal([]);
    expect(aws.calls()).to.deep.equal(
      [2, 3].map((MinCapacity) => ({
        operation: 'RegisterScalableTarget',
        input: { ...TARGET, ResourceId: 'service/TapStackdev/web', MinCapacity },
        signal: aws.signal,
      })),
    );
    expect(awsErrorNamed(serviceError('ConcurrentUpdateException', 400, 'x'), ...ecsMinimum.transient)).to.equal(true);
  });
});
