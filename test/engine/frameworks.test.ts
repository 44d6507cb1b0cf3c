import { expect } from 'chai';

import { controlsOf, frameworks } from '../../src/engine/frameworks/index.ts';
import { rules } from '../../src/engine/rules/index.ts';

const twice = (values: readonly string[]) => values.filter((value, index) => values.indexOf(value) !== index);

describe('the frameworks', () => {
  it('are these, each with its version in its name', () => {
    expect(frameworks.map(({ id }) => id)).to.deep.equal([
      'cis-aws-foundations-5.0.0',
      'cis-aws-foundations-7.0.0',
      'aws-fsbp-1.0.0',
    ]);
  });

  for (const { id: framework, title, controls } of frameworks) {
    it(`name each control once, and only rules that there are (${framework})`, () => {
      const ids = new Set(rules.map(({ id }) => id));
      const named = controls.flatMap((control) => control.rules.map(({ id }) => id));

      expect(twice(controls.map(({ id }) => id))).to.deep.equal([]);
      expect(named.filter((id) => !ids.has(id))).to.deep.equal([]);
      expect(controls.filter((control) => control.rules.length === 0)).to.deep.equal([]);
      expect(title.endsWith(framework.slice(framework.lastIndexOf('-') + 1)), 'the title has the version').to.equal(
        true,
      );
    });
  }
});

describe('controlsOf', () => {
  it('gives the controls of a rule in every framework and version', () => {
    const ipv4 = 'No security group opens administration ports to all of IPv4';
    const ipv6 = 'No security group opens administration ports to all of IPv6';
    expect(controlsOf('ec2-security-group-restricted')).to.deep.equal([
      { framework: 'cis-aws-foundations-5.0.0', control: '5.3', title: ipv4, covers: 'whole' },
      { framework: 'cis-aws-foundations-5.0.0', control: '5.4', title: ipv6, covers: 'whole' },
      { framework: 'cis-aws-foundations-7.0.0', control: '6.3', title: ipv4, covers: 'whole' },
      { framework: 'cis-aws-foundations-7.0.0', control: '6.4', title: ipv6, covers: 'whole' },
      {
        framework: 'aws-fsbp-1.0.0',
        control: 'EC2.18',
        title: 'Security groups open only authorised ports to the world',
        covers: 'part',
      },
      {
        framework: 'aws-fsbp-1.0.0',
        control: 'EC2.19',
        title: 'Security groups do not open high-risk ports to the world',
        covers: 'part',
      },
    ]);
  });

  it('gives none for a rule that stands for no control', () => {
    expect(controlsOf('ec2-required-tags')).to.deep.equal([]);
  });

  it('gives none for a volume rule under CIS, whose control is about the default of the account', () => {
    expect(controlsOf('ebs-volumes-encrypted').map(({ framework }) => framework)).to.deep.equal(['aws-fsbp-1.0.0']);
  });
});
