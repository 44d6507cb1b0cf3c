import { expect } from 'chai';

import { EncryptionKey } from '../../src/infra/encryption-key.ts';
import { graphOf } from './component-graph.ts';
import { READS_TEXT, keySpec } from './sample-parts.ts';

describe('EncryptionKey', () => {
  it('is a key that rotates, has its policy from the start and goes after the waiting time', async () => {
    const { one } = await graphOf(() => new EncryptionKey('compliance-key-test', keySpec));
    const key = one('aws:kms/key:Key');
    expect(key.name).to.equal('compliance-key-test');
    expect(key.parent).to.equal('compliancectl:infra:EncryptionKey compliance-key-test');
    expect(key.inputs).to.deep.equal({
      description: 'Encrypts.',
      enableKeyRotation: true,
      deletionWindowInDays: 7,
      policy: READS_TEXT,
    });
  });

  it('has its alias', async () => {
    const { one } = await graphOf(() => new EncryptionKey('compliance-key-test', keySpec));
    const alias = one('aws:kms/alias:Alias');
    expect(alias.name).to.equal('alias/compliance-test');
    expect(alias.inputs).to.deep.equal({
      name: 'alias/compliance-test',
      targetKeyId: 'key id of compliance-key-test',
    });
  });

  it('gives the ARN that AWS made up', async () => {
    let arn = '';
    await graphOf(() => new EncryptionKey('compliance-key-test', keySpec).arn.apply((made) => (arn = made)));
    expect(arn).to.equal('arn of compliance-key-test');
  });
});
