import { expect } from 'chai';

import { ASSUMPTION_NAMES, assumptionsFor, parseAssumptions } from '../../src/stack/cost-assumptions.ts';
import { UserError } from '../../src/user-error.ts';
import { thrownBy, userErrorOf } from '../support/errors.ts';

describe('assumptionsFor', () => {
  it('gives defaults, and what is assumed in their place', () => {
    const assumptions = assumptionsFor('standard', { instances: 500, 'ec2-events': 0 });
    expect(assumptions.of('instances')).to.equal(500);
    expect(assumptions.of('ec2-events')).to.equal(0);
    expect(assumptions.of('instance-types')).to.equal(10);
  });

  it('expects of tag-events what its requirements do, unless it is assumed otherwise', () => {
    expect(assumptionsFor('tag-events', {}).of('ec2-events')).to.equal(20_000);
    expect(assumptionsFor('tag-events', {}).of('notifications')).to.equal(1000);
    expect(assumptionsFor('tag-events', {}).of('stored-gigabytes')).to.equal(1);
    expect(assumptionsFor('tag-events', { 'ec2-events': 7 }).of('ec2-events')).to.equal(7);
    expect(assumptionsFor('standard', {}).of('ec2-events')).to.equal(3000);
  });

  it('tells which assumptions were made, each once and in their own order', () => {
    const assumptions = assumptionsFor('standard', { buckets: 3 });
    expect(assumptions.made()).to.deep.equal([]);
    assumptions.of('buckets');
    assumptions.of('instances');
    assumptions.of('buckets');
    expect(assumptions.made()).to.deep.equal([
      { name: 'instances', value: 100, unit: 'instances', description: 'EC2 instances' },
      { name: 'buckets', value: 3, unit: 'buckets', description: 'S3 buckets' },
    ]);
  });
});

describe('parseAssumptions', () => {
  it('reads names and numbers, the last of a name', () => {
    expect(parseAssumptions(['instances=500', 'history-gigabytes=0.25', 'instances=5', 'volumes=0'])).to.deep.equal({
      instances: 5,
      'history-gigabytes': 0.25,
      volumes: 0,
    });
    expect(parseAssumptions([])).to.deep.equal({});
  });

  const names = ASSUMPTION_NAMES.join(', ');
  const refusals: Record<string, string> = {
    'instances=many': '"instances=many" is not an assumption such as instances=500.',
    'instances=-1': '"instances=-1" is not an assumption such as instances=500.',
    'instances=1e9': '"instances=1e9" is not an assumption such as instances=500.',
    instances: '"instances" is not an assumption such as instances=500.',
    '=5': '"=5" is not an assumption such as instances=500.',
    'instance=5': '"instance=5" assumes something that no estimate goes by.',
    'toString=5': '"toString=5" assumes something that no estimate goes by.',
  };
  for (const [text, message] of Object.entries(refusals)) {
    it(`refuses ${text}, and names what can be assumed`, async () => {
      expect(await userErrorOf(() => parseAssumptions(['buckets=1', text]))).to.deep.equal({
        message,
        code: 'BAD_ASSUMPTION',
        suggestions: [`Assume one of ${names}`],
        exitCode: 2,
      });
    });
  }

  it('does not repeat what was typed where it must not be', async () => {
    const error = await thrownBy(() => parseAssumptions(['secret=1']));
    expect(error).to.be.instanceOf(UserError);
    expect((error as UserError).echoFree).to.equal('"…" assumes something that no estimate goes by.');
  });
});
