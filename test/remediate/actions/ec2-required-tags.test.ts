import { expect } from 'chai';

import { ec2RequiredTags } from '../../../src/remediate/actions/ec2-required-tags.ts';
import { serviceError } from '../../support/aws-errors.ts';
import { thrownBy } from '../../support/errors.ts';
import { estate, memoryAws } from '../../support/memory-aws.ts';
import { actingOn, proposed, targetOf } from '../../support/remediation.ts';

const target = targetOf('AWS::EC2::Instance', 'i-1');
const VALUES = { settings: { values: { Owner: 'platform', CostCenter: '42' } } };
const holding = (tags: Record<string, string>) => estate({ instances: { 'i-1': { tags } } });
const plan = async (tags: Record<string, string>, given: Parameters<typeof proposed>[3] = VALUES) =>
  proposed(ec2RequiredTags, memoryAws(holding(tags)), 'i-1', given);

describe('adding required tags', () => {
  it('adds what is missing or blank, and nothing else (S3-11)', async () => {
    expect(await plan({ Environment: 'dev', Owner: ' ', Name: 'web' })).to.deep.equal({
      before: { Owner: ' ', CostCenter: null },
      after: { Owner: 'platform', CostCenter: '42' },
      reversible: true,
      permissions: ['ec2:CreateTags'],
      cautions: [],
    });
  });

  it('never replaces a value that someone wrote, however wrong', async () => {
    const parameters = { tags: ['Owner'], values: { Owner: '[a-z]+' } };
    expect(await plan({ Owner: 'ADA' }, { ...VALUES, parameters })).to.deep.equal({
      why: 'by-hand',
      message: 'No tag is missing, and a value that someone wrote is never replaced.',
    });
  });

  it('adds what it has a value for, and says what stays wrong', async () => {
    expect(await plan({})).to.deep.include({
      before: { Owner: null, CostCenter: null },
      after: { Owner: 'platform', CostCenter: '42' },
      cautions: ['It will still fail: Instance i-1 lacks the tag Environment.'],
    });
  });

  it('wants values, and takes none from what every object has', async () => {
    expect(await plan({}, { parameters: { tags: ['Owner', 'constructor'] } })).to.deep.equal({
      why: 'needs-parameter',
      message: 'No value is configured for Owner, constructor.',
    });
  });

  it('goes there and back: what was blank is blank again, what was missing is gone', async () => {
    const state = holding({ Owner: ' ', Name: 'web' });
    const aws = memoryAws(state);
    const context = actingOn(aws);
    const before = { Owner: ' ', CostCenter: null };
    const after = { Owner: 'platform', CostCenter: '42' };
    expect(await ec2RequiredTags.write(target, { from: before, to: after }, context)).to.deep.equal([
      'request-CreateTags',
    ]);
    expect(state.instances['i-1']?.tags).to.deep.equal({ Owner: 'platform', CostCenter: '42', Name: 'web' });
    expect(await ec2RequiredTags.current(target, before, context)).to.deep.equal(after);

    expect(await ec2RequiredTags.write(target, { from: after, to: before }, context)).to.deep.equal([
      'request-CreateTags',
      'request-DeleteTags',
    ]);
    expect(state.instances['i-1']?.tags).to.deep.equal({ Owner: ' ', Name: 'web' });
    expect(await ec2RequiredTags.current(target, after, context)).to.deep.equal(before);
    const sent = aws.calls.filter(({ operation }) => operation.endsWith('Tags')).map(({ input }) => input);
    expect(sent).to.deep.equal([
      {
        Resources: ['i-1'],
        Tags: [
          { Key: 'Owner', Value: 'platform' },
          { Key: 'CostCenter', Value: '42' },
        ],
      },
      { Resources: ['i-1'], Tags: [{ Key: 'Owner', Value: ' ' }] },
      { Resources: ['i-1'], Tags: [{ Key: 'CostCenter', Value: '42' }] },
    ]);
  });

  it('finds an instance gone, said in either way, and throws on what else is thrown', async () => {
    const gone = memoryAws(estate());
    expect(await proposed(ec2RequiredTags, gone, 'i-1')).to.equal('gone');
    expect(await ec2RequiredTags.current(target, {}, actingOn(gone))).to.equal(undefined);
    const silent = memoryAws(estate(), async () => ({ Reservations: [] }) as never);
    expect(await proposed(ec2RequiredTags, silent, 'i-1')).to.equal('gone');
    const denied = serviceError('UnauthorizedOperation', 403, 'You are not authorized');
    const refusing = memoryAws(estate(), async () => {
      throw denied;
    });
    expect(await thrownBy(() => proposed(ec2RequiredTags, refusing, 'i-1'))).to.equal(denied);
  });
});
