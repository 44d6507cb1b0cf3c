import * as pulumi from '@pulumi/pulumi';
import { expect } from 'chai';

import { policyText, requireKeyArn } from '../../src/infra/policy-text.ts';
import { DECRYPTS, READS, READS_TEXT, decryptsText } from './sample-parts.ts';

const NO_KEY = 'A part of the stack uses its key, and the stack has none.';

describe('policyText', () => {
  it('is plain text where no key is named, known before anything is made', () => {
    expect(policyText([READS], pulumi.output('arn:key'))).to.equal(READS_TEXT);
  });

  it('waits for the key where it is named', (done) => {
    const text = policyText([DECRYPTS], pulumi.output(Promise.resolve('arn:key')));
    expect(pulumi.Output.isInstance(text)).to.equal(true);
    pulumi.output(text).apply((resolved) => {
      expect(resolved).to.equal(decryptsText('arn:key'));
      done();
    });
  });

  it('refuses to name a key that the stack does not have', () => {
    expect(() => policyText([DECRYPTS])).to.throw(Error, NO_KEY);
  });
});

describe('requireKeyArn', () => {
  it('gives the ARN that is there', () => {
    expect(requireKeyArn('arn:key')).to.equal('arn:key');
  });

  it('refuses where there is none', () => {
    expect(() => requireKeyArn(undefined)).to.throw(Error, NO_KEY);
  });
});
