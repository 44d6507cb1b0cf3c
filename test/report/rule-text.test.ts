import { Chalk } from 'chalk';
import { expect } from 'chai';

import { renderRule, renderRuleList } from '../../src/report/rule-text.ts';
import { ruleDescription } from '../support/scans.ts';

const plain = new Chalk({ level: 0 });
const bold = new Chalk({ level: 1 });

describe('rules at a terminal', () => {
  it('are listed in columns, with long titles wrapped within 80 columns', () => {
    const rules = [
      ruleDescription(),
      ruleDescription({
        id: 'ec2-thing-is-remarkably-well-kept',
        severity: 'critical',
        title: 'EC2 thing is kept remarkably well by everyone',
      }),
    ];
    expect([...renderRuleList(rules, plain)].join('')).to.equal(
      `\
s3-thing-good                      high      S3 thing is good
ec2-thing-is-remarkably-well-kept  critical  EC2 thing is kept remarkably well
                                             by everyone

What a rule checks and how to mend it: compliancectl rules show ID
`,
    );
  });

  it('have their ids in bold where there is colour', () => {
    expect([...renderRuleList([ruleDescription()], bold)][0]).to.equal(
      '\u001b[1ms3-thing-good\u001b[22m  high      S3 thing is good\n',
    );
  });

  it('are explained whole', () => {
    const rule = ruleDescription({
      resource_types: ['AWS::S3::Bucket', 'AWS::EC2::Instance'],
      rationale: 'A thing that is not good is bad, and what is bad costs the time of people who had better plans.',
      parameters: [
        { name: 'minimum', description: 'How good is good enough.', default: 3 },
        { name: 'key', description: 'The key it is good with.' },
        { name: 'allow', description: 'Things that may be bad.', default: ['a', 'b'] },
      ],
      permissions: ['s3:GetThing', 's3:ListThings'],
      frameworks: [
        { framework: 'cis-1.0.0', control: '1.2', title: 'Things are good', covers: 'whole' },
        { framework: 'fsbp-1.0.0', control: 'S3.9', title: 'All is good', covers: 'part' },
      ],
    });
    expect([...renderRule(rule, plain)].join('')).to.equal(
      `\
S3 thing is good
s3-thing-good, high, configuration

What it looks at
  AWS::S3::Bucket, AWS::EC2::Instance

Why
  A thing that is not good is bad, and what is bad costs the time of people who
  had better plans.

How to mend it
  Make it good.

Parameters
  minimum (default: 3)
  How good is good enough.
  key (default: none)
  The key it is good with.
  allow (default: ["a","b"])
  Things that may be bad.

Permissions it needs
  s3:GetThing, s3:ListThings

Frameworks
  cis-1.0.0 1.2: Things are good
  fsbp-1.0.0 S3.9 (in part): All is good

`,
    );
  });

  it('say so where there is nothing to say', () => {
    const text = [...renderRule(ruleDescription(), plain)].join('');
    expect(text).to.match(/\nParameters\n {2}none\n\n/);
    expect(text).to.match(/\nFrameworks\n {2}none\n\n$/);
  });
});
