import { expect } from 'chai';

import { ebsDefaultEncryption } from '../../../src/remediate/actions/ebs-default-encryption.ts';
import { serviceError } from '../../support/aws-errors.ts';
import { thrownBy } from '../../support/errors.ts';
import { estate, memoryAws } from '../../support/memory-aws.ts';
import { actingOn, proposed, targetOf } from '../../support/remediation.ts';

const BY_HAND = 'A volume cannot be encrypted in place: copy a snapshot of it with encryption and swap the two.';
const VOLUMES = { volumes: { 'vol-1': { encrypted: false } } };
const target = targetOf('AWS::EC2::Volume', 'vol-1');
const OFF = { encryptionByDefault: false };
const ON = { encryptionByDefault: true };

describe('turning on EBS encryption by default', () => {
  it('changes the setting of the account and region, and says that the volume stays as it is', async () => {
    expect(await proposed(ebsDefaultEncryption, memoryAws(estate(VOLUMES)), 'vol-1')).to.deep.equal({
      resource: {
        arn: 'arn:aws:ec2:eu-west-1:111122223333:ebs-encryption-by-default',
        id: '111122223333/eu-west-1',
        type: 'AWS::EC2::EbsEncryptionByDefault',
        accountId: '111122223333',
        region: 'eu-west-1',
      },
      before: OFF,
      after: ON,
      reversible: true,
      permissions: ['ec2:EnableEbsEncryptionByDefault'],
      cautions: [`Volume vol-1 itself stays unencrypted. ${BY_HAND}`],
    });
  });

  it('leaves the rest to people where it is on', async () => {
    const aws = memoryAws(estate({ ...VOLUMES, ebsDefault: true }));
    expect(await proposed(ebsDefaultEncryption, aws, 'vol-1')).to.deep.equal({
      why: 'by-hand',
      message: `Encryption by default is on already. ${BY_HAND}`,
    });
  });

  it('goes there and back', async () => {
    const state = estate(VOLUMES);
    const aws = memoryAws(state);
    const context = actingOn(aws);
    expect(await ebsDefaultEncryption.write(target, { from: OFF, to: ON }, context)).to.deep.equal([
      'request-EnableEbsEncryptionByDefault',
    ]);
    expect(await ebsDefaultEncryption.current(target, OFF, context)).to.deep.equal(ON);
    expect(await ebsDefaultEncryption.write(target, { from: ON, to: OFF }, context)).to.deep.equal([
      'request-DisableEbsEncryptionByDefault',
    ]);
    expect(state.ebsDefault).to.equal(false);
  });

  it('finds a volume gone, and throws on what else is thrown', async () => {
    expect(await proposed(ebsDefaultEncryption, memoryAws(estate()), 'vol-1')).to.equal('gone');
    const denied = serviceError('UnauthorizedOperation', 403, 'You are not authorized');
    const refusing = memoryAws(estate(VOLUMES), async () => {
      throw denied;
    });
    expect(await thrownBy(() => proposed(ebsDefaultEncryption, refusing, 'vol-1'))).to.equal(denied);
  });
});
