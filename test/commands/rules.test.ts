import { expect } from 'chai';

import { rules } from '../../src/engine/rules/index.ts';
import { describeRuleById, describeRules } from '../../src/scan/describe-rules.ts';
import { runCli } from '../support/cli.ts';

const seen = async (...args: readonly string[]) => {
  const { stdout, stderr, exitCode } = await runCli({ args: ['rules', ...args] });
  return { stdout, stderr, exitCode };
};
const document = (content: object) => `${JSON.stringify(content, undefined, 2)}\n`;

describe('compliancectl rules', function () {
  this.timeout(30_000);

  it('lists the rules, a line each for those with short titles', async () => {
    const { stdout, stderr, exitCode } = await seen();
    expect({ stderr, exitCode }).to.deep.equal({ stderr: '', exitCode: 0 });
    const [first, ...lines] = stdout.split('\n');
    expect(first).to.equal('ebs-volumes-encrypted          high      EBS volume is encrypted');
    expect([first, ...lines].flatMap((line) => /^[a-z][a-z0-9-]+(?= {2})/.exec(line ?? '')?.[0] ?? [])).to.deep.equal(
      rules.map(({ id }) => id),
    );
    expect(lines.at(-2)).to.equal('What a rule checks and how to mend it: compliancectl rules show ID');
  });

  it('lists them as a document', async () => {
    expect(await seen('--json')).to.deep.equal({
      stdout: document({ schema: 'compliancectl.rules/1', rules: describeRules() }),
      stderr: '',
      exitCode: 0,
    });
  });

  it('explains one', async () => {
    expect(await seen('show', 'ec2-no-public-ip')).to.deep.equal({
      stdout: `\
EC2 instance has no public IP address
ec2-no-public-ip, high, exposure

What it looks at
  AWS::EC2::Instance

Why
  An instance with a public address can be reached from the internet as soon as
  one security group or route is wrong.

How to mend it
  Release the Elastic IP, or start the instance anew in a subnet that assigns no
  public addresses, and put a load balancer or a NAT gateway in front of it.

Parameters
  allow (default: [])
  Instances that may have a public address: by id, \`tag:Key\` or \`tag:Key=Value\`.

Permissions it needs
  ec2:DescribeInstances

Frameworks
  aws-fsbp-1.0.0 EC2.9: Instances have no public IPv4 address

`,
      stderr: '',
      exitCode: 0,
    });
  });

  it('explains one as a document', async () => {
    expect(await seen('show', 'ec2-no-public-ip', '--json')).to.deep.equal({
      stdout: document({ schema: 'compliancectl.rule/1', rule: describeRuleById('ec2-no-public-ip') }),
      stderr: '',
      exitCode: 0,
    });
  });

  it('names the nearest where there is none of that id', async () => {
    expect(await seen('show', 'ec2-no-pubic-ip')).to.deep.equal({
      stdout: '',
      stderr:
        'Error: There is no rule ec2-no-pubic-ip.\n  Did you mean ec2-no-public-ip?\n  List them all: compliancectl rules\n',
      exitCode: 2,
    });
  });

  for (const [what, args, message] of [
    ['no rule is named', ['show', '--json'], 'An argument is missing.'],
    ['two are named', ['show', 'ec2-no-public-ip', 'hunter2', '--json'], 'There is an argument too many.'],
  ] as const) {
    it(`says so where ${what}`, async () => {
      const suggestions = ['See what there is with --help'];
      expect(await seen(...args)).to.deep.equal({
        stdout: document({ schema: 'compliancectl.error/1', error: { code: 'USAGE', message, suggestions } }),
        stderr: `Error: ${message}\n  See what there is with --help\n`,
        exitCode: 2,
      });
    });
  }
});
