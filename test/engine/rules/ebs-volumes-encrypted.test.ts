import { expect } from 'chai';

import { ebsVolumesEncrypted } from '../../../src/engine/rules/ebs-volumes-encrypted.ts';
import { volume } from '../../support/resources.ts';
import { testRule } from '../../support/rules.ts';

const ID = '1234abcd-12ab-34cd-56ef-1234567890ab';
const ARN = `arn:aws:kms:eu-west-1:111122223333:key/${ID}`;
const OTHER = 'arn:aws:kms:eu-west-1:111122223333:key/99999999-12ab-34cd-56ef-1234567890ab';
const unencrypted = { key: 'unencrypted', message: 'The volume is not encrypted.' };

testRule(ebsVolumesEncrypted, {
  pass: [
    { it: 'is encrypted', resource: volume() },
    { it: 'is encrypted, and attached to nothing', resource: volume({ attachedInstanceIds: [] }) },
    { it: 'is encrypted with a key that it does not tell', resource: volume({ kmsKeyId: null }) },
    { it: 'is encrypted with the key', resource: volume(), parameters: { key: ARN } },
    { it: 'is encrypted with the key of that id', resource: volume(), parameters: { key: ID } },
    { it: 'is encrypted with one of the keys', resource: volume(), parameters: { key: [OTHER, ARN] } },
  ],
  fail: [
    {
      it: 'is not encrypted',
      resource: volume({ encrypted: false, kmsKeyId: null }),
      gives: {
        message: 'Volume vol-1, attached to i-0123456789abcdef0, is not encrypted.',
        facts: [unencrypted],
      },
    },
    {
      it: 'is not encrypted, and attached to nothing',
      resource: volume({ encrypted: false, kmsKeyId: null, state: 'available', attachedInstanceIds: [] }),
      gives: { message: 'Volume vol-1, attached to no instance, is not encrypted.', facts: [unencrypted] },
    },
    {
      it: 'is not encrypted, attached to two, and of no key where one is asked',
      resource: volume({ encrypted: false, kmsKeyId: null, attachedInstanceIds: ['i-1', 'i-2'] }),
      parameters: { key: ARN },
      gives: { message: 'Volume vol-1, attached to i-1, i-2, is not encrypted.', facts: [unencrypted] },
    },
    {
      it: 'is encrypted with another key',
      resource: volume({ kmsKeyId: OTHER }),
      parameters: { key: [ARN] },
      gives: {
        message: `Volume vol-1, attached to i-0123456789abcdef0, is encrypted with ${OTHER}, which is not an approved key.`,
        facts: [{ key: 'wrong-key', message: `The volume is encrypted with ${OTHER}, which is not an approved key.` }],
      },
    },
  ],
  // Every volume can be encrypted; those on their way out the evaluator leaves alone.
  notApplicable: [],
  unknown: [
    {
      it: 'does not tell its key where one is asked',
      resource: volume({ kmsKeyId: null }),
      parameters: { key: ARN },
      gives: { message: 'Volume vol-1 does not tell which key it is encrypted with.' },
    },
    {
      it: 'names its key by an alias where one is asked',
      resource: volume({ kmsKeyId: 'alias/data' }),
      parameters: { key: ARN },
      gives: { message: 'Volume vol-1 names its key by alias/data, an alias, which cannot be compared with a key.' },
    },
  ],
});

describe('the parameters of ebs-volumes-encrypted', () => {
  const refuse = (parameters: object) => ebsVolumesEncrypted.parameters.safeParse(parameters).error?.issues[0];

  it('refuse an alias', () => {
    expect(refuse({ key: 'alias/data' })).to.deep.include({
      path: ['key'],
      message: 'is neither the ARN nor the id of a KMS key; an alias may point at another key tomorrow',
    });
  });

  it('refuse a parameter that does not exist', () => {
    expect(refuse({ keys: [ARN] })).to.include({ code: 'unrecognized_keys' });
  });
});
