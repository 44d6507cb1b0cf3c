import { expect } from 'chai';

import { customRule } from '../../src/engine/custom-rule.ts';
import type { CustomRuleDefinition } from '../../src/engine/custom-rule.ts';
import { known, notCollected } from '../../src/engine/model.ts';
import { bucket, denied, instance, tags } from '../support/resources.ts';
import { check } from '../support/rules.ts';

const define = (changes: Partial<CustomRuleDefinition>) =>
  customRule({
    id: 'ec2-is-small',
    title: 'EC2 instance is small',
    resourceType: 'AWS::EC2::Instance',
    assert: "instanceType == 't3.micro'",
    severity: 'low',
    category: 'configuration',
    message: 'Instance {id} in {region} of {accountId} is not small ({arn}, {other}).',
    ...changes,
  });

describe('customRule', () => {
  it('passes where the assertion is true', () => {
    expect(check(define({}), { resource: instance() })).to.deep.equal({ status: 'PASS' });
  });

  it('fails where it is false, with its message filled in', () => {
    expect(check(define({}), { resource: instance({ id: 'i-1', instanceType: 'm5.large' }) })).to.deep.equal({
      status: 'FAIL',
      message:
        'Instance i-1 in eu-west-1 of 111122223333 is not small (arn:aws:ec2:eu-west-1:111122223333:instance/i-1, {other}).',
    });
  });

  it('needs just the facts that its assertion names', () => {
    expect(define({}).needs).to.deep.equal({ 'AWS::EC2::Instance': [] });
    expect(define({ assert: "contains(keys(tags), 'Backup') && state == 'running'" }).needs).to.deep.equal({
      'AWS::EC2::Instance': ['tags'],
    });
    const ofBucket = define({ resourceType: 'AWS::S3::Bucket', assert: "encryption.algorithm == 'aws:kms'" });
    expect(ofBucket.needs).to.deep.equal({ 'AWS::S3::Bucket': ['encryption'] });
  });

  it('looks into the value of a fact, not at whether it is known', () => {
    const rule = define({ assert: "tags.Role == 'web'" });
    expect(check(rule, { resource: instance({ tags: tags({ Role: 'web' }) }) })).to.deep.equal({ status: 'PASS' });
    expect(check(rule, { resource: instance() }).status).to.equal('FAIL');
  });

  it('sees a fact that was read and is absent as null', () => {
    const rule = define({ resourceType: 'AWS::S3::Bucket', assert: 'encryption == null' });
    expect(check(rule, { resource: bucket({ encryption: known(null) }) })).to.deep.equal({ status: 'PASS' });
  });

  it('is UNKNOWN where a fact that it names is unread, even if the rest would decide', () => {
    const rule = define({ assert: "instanceType == 't3.micro' || tags.Role == 'web'" });
    expect(check(rule, { resource: instance({ tags: denied('ec2:DescribeTags') }) })).to.deep.equal({
      status: 'UNKNOWN',
      message: 'The tags of i-0123456789abcdef0 could not be read: ec2:DescribeTags was denied.',
      missingPermission: 'ec2:DescribeTags',
    });
  });

  it('does not mind an unread fact that it does not name', () => {
    expect(check(define({}), { resource: instance({ tags: notCollected }) })).to.deep.equal({ status: 'PASS' });
    const shape = define({ assert: "type(@) == 'object'" });
    expect(check(shape, { resource: instance({ tags: notCollected }) })).to.deep.equal({ status: 'PASS' });
  });

  for (const [what, assert] of [
    ['a value', 'instanceType'],
    ['nothing, as a misspelt field does', 'instanceTyp'],
    ['an error, on a value of another type', 'length(`7`) == `1`'],
    ['a field that every object seems to have', 'constructor'],
  ] as const) {
    it(`is UNKNOWN where the assertion gives ${what}`, () => {
      expect(check(define({ assert }), { resource: instance({ id: 'i-1' }) })).to.deep.equal({
        status: 'UNKNOWN',
        message: 'The assertion of ec2-is-small gave neither true nor false for i-1.',
      });
    });
  }

  it('tells how to mend it in the words of its author, or where they would be', () => {
    expect(define({ remedy: 'Make it small.' }).remedy).to.equal('Make it small.');
    expect(define({}).remedy).to.equal('See the rule in your configuration.');
  });

  it('refuses what is not JMESPath', () => {
    expect(() => define({ assert: 'a ==' })).to.throw(Error, 'Syntax error');
  });
});
