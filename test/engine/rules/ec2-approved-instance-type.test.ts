import { expect } from 'chai';

import { ec2ApprovedInstanceType } from '../../../src/engine/rules/ec2-approved-instance-type.ts';
import { instance } from '../../support/resources.ts';
import { testRule } from '../../support/rules.ts';

const id = 'i-0123456789abcdef0';
const passes = (instanceType: string, ...approved: string[]) => ({
  it: `${instanceType} by ${approved.join(', ')}`,
  resource: instance({ instanceType }),
  parameters: { approved },
});
const fails = (instanceType: string, ...approved: string[]) => ({
  ...passes(instanceType, ...approved),
  gives: { message: `Instance ${id} is of type ${instanceType}, which is not approved.` },
});

testRule(ec2ApprovedInstanceType, {
  pass: [
    passes('t3.micro', 't3.micro'),
    passes('t3.micro', 'm5.large', 't3.micro'),
    passes('t3.micro', 't3.*'),
    passes('t3.', 't3.*'),
    passes('t3.micro', '*'),
    passes('t3.micro', '*.micro'),
    passes('m7i-flex.large', 'm*i*.large'),
    passes('m7i.large', 'm*i*.large'),
    passes('u-6tb1.112xlarge', 'u-*.*xlarge'),
    passes('t3.micro', 't3.**'),
    passes('mac2-m2pro.metal', 'mac2-m2pro.metal'),
  ],
  fail: [
    fails('t3.micro', 't3.small'),
    fails('t3.micro', 'm5.*', 'c5.*'),
    fails('t3a.micro', 't3.*'),
    fails('xt3.micro', 't3.*'),
    fails('t3.micro', 't3'),
    fails('t3.micro', 'T3.micro'),
    fails('t3.micro', 'T3.*'),
    // A dot is a dot.
    fails('t3xmicro', 't3.micro'),
    fails('t3.micro', '*.small'),
    fails('m7i.large', 'm*n*.large'),
    // The parts must not overlap.
    fails('t3.micro', 't3.mi*micro'),
    fails('m5.large', 'm*5*5.large'),
    // What a backtracking expression would take for ever to refuse.
    fails(`${'a'.repeat(64)}b`, `${'a*'.repeat(32)}c`),
  ],
  notApplicable: [
    {
      it: 'is not given a list',
      resource: instance(),
      gives: { message: `There is no list of approved types to judge instance ${id} by.` },
    },
  ],
  // The type comes with the listing: an instance without one is not read at all.
  unknown: [],
});

describe('the parameters of ec2-approved-instance-type', () => {
  const refuse = (parameters: object) => ec2ApprovedInstanceType.parameters.safeParse(parameters).error?.issues[0];

  for (const pattern of ['t3.[ab]', 't3.?', '(a+)+', 't3 micro', '^t3', '']) {
    it(`refuse the pattern "${pattern}"`, () => {
      expect(refuse({ approved: ['t3.micro', pattern] })).to.deep.include({
        path: ['approved', 1],
        message: 'is not an instance type, with or without wildcards',
      });
    });
  }

  it('refuse an empty list', () => {
    expect(refuse({ approved: [] })).to.deep.include({ path: ['approved'], code: 'too_small' });
  });

  it('refuse a parameter that does not exist', () => {
    expect(refuse({ types: ['t3.micro'] })).to.include({ code: 'unrecognized_keys' });
  });
});
