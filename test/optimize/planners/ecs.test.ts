import { expect } from 'chai';

import { known, tagMap } from '../../../src/engine/model.ts';
import { planEcs } from '../../../src/optimize/planners/ecs.ts';
import { fargateService } from '../../support/optimize.ts';

const plan = (own: Parameters<typeof fargateService>[0] = {}, tasks = 2) => planEcs(fargateService(own), { tasks });

const moves = (own: Parameters<typeof fargateService>[0] = {}, tasks = 2) =>
  plan(own, tasks).steps.map(({ id, from, to }) => [id, from, to]);

const alone = (state: string, reason: string) => ({ state, reason, steps: [], cautions: [], lost: [] });

describe('the plan for ECS', () => {
  it('lowers three tasks to two (S0-12)', () => {
    expect(plan()).to.deep.equal({
      state: 'change',
      steps: [
        {
          id: 'ecs-tasks',
          target: {
            kind: 'ecs',
            type: 'AWS::ECS::Service',
            id: 'TapStackdev/web',
            arn: 'arn:aws:ecs:us-east-1:111122223333:service/TapStackdev/web',
            accountId: '111122223333',
            region: 'us-east-1',
          },
          from: { desired: 3 },
          to: { desired: 2 },
        },
      ],
      cautions: [],
      lost: [],
    });
  });

  it('lowers the minimum of automatic scaling first, which would add the tasks again', () => {
    const scaling = known({ min: 3, max: 10 });
    expect(moves({ scaling })).to.deep.equal([
      ['ecs-minimum', { min: 3 }, { min: 2 }],
      ['ecs-tasks', { desired: 3 }, { desired: 2 }],
    ]);
    expect(plan({ scaling }).cautions).to.deep.equal(['Application Auto Scaling may add tasks again, up to 10.']);
  });

  it('lowers either alone, where the other is low', () => {
    expect(moves({ scaling: known({ min: 2, max: 3 }) })).to.deep.equal([
      ['ecs-tasks', { desired: 3 }, { desired: 2 }],
    ]);
    expect(moves({ desired: 1, scaling: known({ min: 4, max: 4 }) })).to.deep.equal([
      ['ecs-minimum', { min: 4 }, { min: 2 }],
    ]);
    expect(plan({ scaling: known({ min: 2, max: 2 }) }).cautions).to.deep.equal([]);
  });

  it('keeps two tasks, whatever it is told', () => {
    expect(moves({}, 1)).to.deep.equal([['ecs-tasks', { desired: 3 }, { desired: 2 }]]);
    expect(moves({ desired: 8, scaling: known({ min: 5, max: 9 }) }, 4)).to.deep.equal([
      ['ecs-minimum', { min: 5 }, { min: 4 }],
      ['ecs-tasks', { desired: 8 }, { desired: 4 }],
    ]);
  });

  for (const [desired, reason] of [
    [0, 'It is to run 0 tasks.'],
    [1, 'It is to run 1 task.'],
    [2, 'It is to run 2 tasks.'],
  ] as const) {
    it(`has nothing to lower: ${reason}`, () => {
      expect(plan({ desired })).to.deep.equal(alone('already', reason));
      expect(plan({ desired, deploying: true, scaling: known({ min: 0, max: 9 }) })).to.deep.equal(
        alone('already', reason),
      );
    });
  }

  for (const [own, reason] of [
    [{ scheduling: 'DAEMON' }, 'It is a daemon service: it runs one task on every instance.'],
    [{ launch: 'EC2' }, 'Its tasks run on EC2: fewer of them save nothing by themselves.'],
    [{ launch: 'EXTERNAL' }, 'Its tasks run on EXTERNAL: fewer of them save nothing by themselves.'],
    [{ launch: 'mixed' }, 'Its capacity providers are several: only services on Fargate alone are scaled down.'],
  ] as const) {
    it(`skips what is none of it: ${reason}`, () => {
      expect(plan(own)).to.deep.equal(alone('skipped', reason));
    });
  }

  it('takes services on Fargate Spot', () => {
    expect(plan({ launch: 'FARGATE_SPOT' }).state).to.equal('change');
  });

  for (const [own, reason] of [
    [{ status: 'DRAINING' }, 'Its status is DRAINING: it takes changes when it is ACTIVE.'],
    [{ deploying: true }, 'A deployment is under way.'],
  ] as const) {
    it(`waits for another time: ${reason}`, () => {
      expect(plan(own)).to.deep.equal(alone('blocked', reason));
    });
  }

  it('says what is not as it should be, could not be read, and who puts it back', () => {
    const scaling = {
      known: false,
      reason: 'denied',
      permission: 'application-autoscaling:DescribeScalableTargets',
    } as const;
    const tags = known(tagMap([['aws:cloudformation:stack-name', 'TapStackdev']]));
    expect(plan({ running: 1, scaling, tags }).cautions).to.deep.equal([
      'Of its 3 tasks 1 run now.',
      'Its limits of automatic scaling could not be read (application-autoscaling:DescribeScalableTargets is needed): if it has any, it may be put back.',
      'The next update of the CloudFormation stack TapStackdev may put it back.',
    ]);
  });
});
