import { expect } from 'chai';

import { ruleHead, ruleIndex } from '../../src/report/rule-page.ts';
import { ruleDescription } from '../support/scans.ts';

describe('the page of a rule', () => {
  it('tells everything that the rule says of itself', () => {
    const rule = ruleDescription({
      resource_types: ['AWS::S3::Bucket', 'AWS::EC2::Instance'],
      parameters: [
        { name: 'minimum', description: 'Either `a` | or `b`.', default: 'a' },
        { name: 'key', description: 'The key it is good with.' },
      ],
      permissions: ['s3:GetThing', 's3:ListThings'],
      frameworks: [
        { framework: 'cis-1.0.0', control: '1.2', title: 'Things are good', covers: 'whole' },
        { framework: 'fsbp-1.0.0', control: 'S3.9', title: 'All is good', covers: 'part' },
      ],
    });
    expect(ruleHead(rule)).to.equal(
      `\
# S3 thing is good

\`s3-thing-good\`

| | |
| --- | --- |
| Severity | high |
| Category | configuration |
| Judges | \`AWS::S3::Bucket\`, \`AWS::EC2::Instance\` |
| Permissions | \`s3:GetThing\`, \`s3:ListThings\` |
| Frameworks | cis-1.0.0 1.2, fsbp-1.0.0 S3.9 (in part) |

A thing that is not good is bad.

**To mend it:** Make it good.

| parameter | what it does | default |
| --- | --- | --- |
| \`minimum\` | Either \`a\` \\| or \`b\`. | \`"a"\` |
| \`key\` | The key it is good with. | none |
`,
    );
  });

  it('says so where a rule has no parameters and stands for no control', () => {
    const head = ruleHead(ruleDescription());
    expect(head).to.contain('\n| Frameworks | none |\n');
    expect(head).to.match(/\n\nIt has no parameters\.\n$/);
  });
});

describe('the index of the rules', () => {
  it('has a row for each, in the order given', () => {
    const rules = [ruleDescription(), ruleDescription({ id: 'a-b-c', title: 'A is c', severity: 'low' })];
    expect(ruleIndex(rules)).to.equal(
      `\
# Rules

| rule | what passing means | severity | category |
| --- | --- | --- | --- |
| [s3-thing-good](s3-thing-good.md) | S3 thing is good | high | configuration |
| [a-b-c](a-b-c.md) | A is c | low | configuration |
`,
    );
  });
});
