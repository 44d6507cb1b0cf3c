import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect } from 'chai';

import { loadConfiguration } from '../../src/config/load.ts';
import type { LoadSettings } from '../../src/config/load.ts';
import { PRESET_NAMES } from '../../src/config/preset-names.ts';
import { starterConfiguration } from '../../src/config/starter.ts';
import { optimizeSchema } from '../../src/optimize/settings.ts';
import { UserError } from '../../src/user-error.ts';

const now = new Date('2026-11-21T12:00:00Z');

describe('loadConfiguration', () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'compliancectl-'));
    mkdirSync(join(directory, '.git'));
  });
  afterEach(() => {
    rmSync(directory, { recursive: true });
  });

  const write = (...lines: string[]) => {
    writeFileSync(join(directory, 'compliancectl.yaml'), `${lines.join('\n')}\n`);
  };
  const load = (settings: Partial<LoadSettings> = {}) =>
    loadConfiguration({ environment: 'dev', env: {}, directory, now, ...settings });
  const tagRule = (settings: Partial<LoadSettings> = {}) =>
    load(settings).rules.find(({ rule }) => rule.id === 'ec2-required-tags');
  const refusal = (settings: Partial<LoadSettings> = {}) => {
    try {
      load(settings);
    } catch (error) {
      if (error instanceof UserError) return { code: error.code, message: error.message, exitCode: error.exitCode };
      throw error;
    }
    throw new Error('it was accepted');
  };

  describe('without a file', () => {
    it('gives the defaults of the preset standard', () => {
      const { rules, stack, ...rest } = load();
      expect(stack?.logRetention).to.equal(30);
      expect(rest).to.deep.equal({
        preset: 'standard',
        threshold: 80,
        allowIncomplete: false,
        waivers: [],
        optimize: optimizeSchema.parse({}),
      });
      expect(rules.map(({ rule }) => rule.id)).to.include('ec2-required-tags');
    });

    it('takes what S0 and S1 name from the environment', () => {
      const env = { COMPLIANCE_THRESHOLD: '95.5', MIN_REQUIRED_TAGS: '1', REQUIRED_TAGS: 'Team, Stage,' };
      expect(load({ env }).threshold).to.equal(95.5);
      expect(tagRule({ env })?.parameters).to.deep.equal({ tags: ['Team', 'Stage'], minimum: 1, values: {} });
    });

    it('leaves an empty environment variable alone', () => {
      expect(load({ env: { COMPLIANCE_THRESHOLD: '' } }).threshold).to.equal(80);
    });

    it('refuses a number that is none', () => {
      expect(refusal({ env: { MIN_REQUIRED_TAGS: 'all' } })).to.deep.equal({
        code: 'BAD_ENVIRONMENT',
        message: 'MIN_REQUIRED_TAGS is "all", which is not a number from 0 to 100.',
        exitCode: 2,
      });
    });

    it('refuses a file that was named and is not there', () => {
      expect(refusal({ file: join(directory, 'no.yaml') })).to.deep.equal({
        code: 'CONFIG_MISSING',
        message: `There is no file ${join(directory, 'no.yaml')}.`,
        exitCode: 2,
      });
    });

    it('says so where the file cannot be read', () => {
      expect(refusal({ file: directory }).code).to.equal('CONFIG_UNREADABLE');
    });
  });

  describe('finding the file', () => {
    it('looks in parents up to the root of the repository', () => {
      write('threshold: 51');
      const deep = join(directory, 'a', 'b');
      mkdirSync(deep, { recursive: true });
      expect(load({ directory: deep }).threshold).to.equal(51);
    });

    it('does not look beyond the repository', () => {
      write('threshold: 51');
      const other = join(directory, 'other');
      mkdirSync(join(other, '.git'), { recursive: true });
      expect(load({ directory: other }).threshold).to.equal(80);
    });
  });

  describe('layers', () => {
    it('puts the file over the preset, its environment over the file, variables over both', () => {
      write(
        'preset: tag-events',
        'threshold: 70',
        'rules:',
        '  ec2-required-tags:',
        '    severity: high',
        '    parameters: { minimum: 2 }',
        'environments:',
        '  prod:',
        '    threshold: 95',
        '    rules:',
        '      ec2-required-tags:',
        '        parameters: { tags: [Team] }',
      );
      expect(load().threshold).to.equal(70);
      expect(tagRule()?.parameters).to.deep.equal({
        tags: ['Environment', 'Owner', 'Application'],
        minimum: 2,
        values: {},
      });
      expect(tagRule()?.severity).to.equal('high');
      expect(load({ environment: 'prod' }).threshold).to.equal(95);
      expect(tagRule({ environment: 'prod' })?.parameters).to.deep.equal({ tags: ['Team'], minimum: 2, values: {} });
      expect(load({ environment: 'prod', env: { COMPLIANCE_THRESHOLD: '40' } }).threshold).to.equal(40);
    });

    it('judges a combination only when it is whole', () => {
      write(
        'rules: { ec2-required-tags: { parameters: { tags: [Team], values: { Team: x } } } }',
        'environments: { prod: { rules: { ec2-required-tags: { parameters: { values: { Team: y } } } } } }',
      );
      expect(tagRule({ environment: 'prod' })?.parameters).to.deep.equal({ tags: ['Team'], values: { Team: 'y' } });
    });

    it('leaves out what is disabled, and what is not selected', () => {
      write('rules: { ec2-required-tags: { enabled: false } }');
      expect(tagRule()).to.equal(undefined);
      write('select: [ec2-required-tags]');
      expect(load().rules.map(({ rule }) => rule.id)).to.deep.equal(['ec2-required-tags']);
    });

    it('runs a rule that was asked for by name whatever the file says', () => {
      write('rules: { ec2-required-tags: { enabled: false } }');
      expect(load({ select: ['ec2-required-tags'] }).rules.map(({ rule }) => rule.id)).to.deep.equal([
        'ec2-required-tags',
      ]);
    });

    it('refuses to run a rule that does not exist', () => {
      expect(refusal({ select: ['nope'] })).to.deep.include({ code: 'UNKNOWN_RULE', exitCode: 2 });
    });

    describe('custom rules', () => {
      const custom = [
        'customRules:',
        '  - id: ec2-is-small',
        '    title: EC2 instance is small',
        '    resourceType: AWS::EC2::Instance',
        "    assert: instanceType == 't3.micro'",
        '    message: Instance {id} is large.',
      ];
      const ids = (settings: Partial<LoadSettings> = {}) => load(settings).rules.map(({ rule }) => rule.id);

      it('run beside those of the preset', () => {
        write('preset: tag-events', ...custom);
        expect(ids()).to.deep.equal(['ec2-required-tags', 'ec2-is-small']);
        expect(load().rules[1]?.rule).to.include({ severity: 'medium', category: 'configuration' });
      });

      it('are selected, waived and asked for by their ids', () => {
        write(
          'select: [ec2-is-small]',
          'waivers: [{ rule: ec2-is-small, tag: X, owner: a, reason: b, expires: 2027-01-01 }]',
          ...custom,
        );
        expect(ids()).to.deep.equal(['ec2-is-small']);
        write('select: [ec2-required-tags]', ...custom);
        expect(ids()).to.deep.equal(['ec2-required-tags']);
        expect(ids({ select: ['ec2-is-small'] })).to.deep.equal(['ec2-is-small']);
      });
    });

    for (const preset of PRESET_NAMES) {
      it(`reads the preset ${preset}`, () => {
        write(`preset: ${preset}`);
        expect(load().preset).to.equal(preset);
      });

      it(`starts a file from the preset ${preset} that means just the same`, () => {
        write(`preset: ${preset}`);
        const expected = load();
        write(starterConfiguration(preset));
        expect(load()).to.deep.equal(expected);
      });
    }
  });

  describe('errors', () => {
    const cases: [what: string, lines: string[], message: string][] = [
      ['a setting that does not exist', ['treshold: 3'], 'compliancectl.yaml:1:1: treshold: there is no such setting.'],
      [
        'a parameter that does not exist',
        ['threshold: 3', 'rules:', '  ec2-required-tags:', '    parameters:', '      tag: [x]'],
        'compliancectl.yaml:5:7: rules.ec2-required-tags.parameters.tag: there is no such setting.',
      ],
      [
        'a preset that does not exist',
        ['preset: gold'],
        `compliancectl.yaml:1:9: preset: expected one of ${PRESET_NAMES.join(', ')}.`,
      ],
      [
        'a value of another type',
        ['threshold: high'],
        'compliancectl.yaml:1:12: threshold: expected number, received string.',
      ],
      [
        'a value out of range',
        ['threshold: 101'],
        'compliancectl.yaml:1:12: threshold: Too big: expected number to be <=100.',
      ],
      [
        'an account id without quotes',
        ['accounts:', '  - id: 111122223333', '    roleArn: arn:aws:iam::111122223333:role/x'],
        'compliancectl.yaml:2:9: accounts.0.id: expected an account id of 12 digits, in quotes.',
      ],
      [
        'a role of another account',
        ['accounts:', '  - id: "111122223333"', '    roleArn: arn:aws:iam::999999999999:role/x'],
        'compliancectl.yaml:3:14: accounts.0.roleArn: belongs to another account than the id beside it.',
      ],
      [
        'a value missing',
        ['waivers:', '  - rule: ec2-required-tags', '    tag: X', '    reason: y', '    expires: 2027-01-01'],
        'compliancectl.yaml:2:5: waivers.0.owner: expected string, received undefined.',
      ],
      [
        'a waiver of nothing in particular',
        ['waivers:', '  - { rule: ec2-required-tags, owner: a, reason: b, expires: 2027-01-01 }'],
        'compliancectl.yaml:2:5: waivers.0: needs one of arn, tag and account, and only one.',
      ],
      [
        'a waiver that would last too long',
        ['waivers:', '  - { rule: ec2-required-tags, tag: X, owner: a, reason: b, expires: 2027-11-22 }'],
        'compliancectl.yaml:2:70: waivers.0.expires: is more than 365 days ahead.',
      ],
      [
        'a mistake in an environment',
        ['environments:', '  prod:', '    threshold: 1000'],
        'compliancectl.yaml:3:16: environments.prod.threshold: Too big: expected number to be <=100.',
      ],
      [
        'an environment of an impossible name',
        ['environments:', '  Prod: {}'],
        'compliancectl.yaml:2:3: environments.Prod: is not the name of an environment.',
      ],
      [
        'a custom rule that is not JMESPath',
        ['customRules:', '  - { id: a-b, title: t, resourceType: "AWS::S3::Bucket", assert: "a ==", message: m }'],
        'compliancectl.yaml:2:67: customRules.0.assert: is not JMESPath: Syntax error: invalid token (EOF): "".',
      ],
      [
        'a custom rule that takes the name of another',
        [
          'customRules:',
          '  - { id: ec2-required-tags, title: t, resourceType: "AWS::S3::Bucket", assert: "a", message: m }',
        ],
        'compliancectl.yaml:2:11: customRules.0.id: is taken by another rule.',
      ],
      [
        'a rule that does not exist',
        ['select: [ec2-required-tag]'],
        'compliancectl.yaml:1:10: select.0: there is no such rule; did you mean ec2-required-tags?',
      ],
      [
        'a waiver of a rule that does not exist',
        ['waivers:', '  - { rule: ec2-tags, tag: X, owner: a, reason: b, expires: 2027-01-01 }'],
        'compliancectl.yaml:2:13: waivers.0.rule: there is no such rule.',
      ],
      ['a list where settings belong', ['- a'], 'compliancectl.yaml:1:1: the file: expected object, received array.'],
      [
        'text that is not YAML',
        ['a: [1', 'b: 2'],
        'compliancectl.yaml:2:1: not valid YAML: Flow sequence in block collection must be sufficiently indented and end with a ].',
      ],
      [
        'a key that stands twice',
        ['threshold: 1', 'threshold: 2'],
        'compliancectl.yaml:2:1: not valid YAML: Map keys must be unique.',
      ],
    ];
    for (const [what, lines, message] of cases) {
      it(`name file, line, column and key of ${what}`, () => {
        write(...lines);
        expect(refusal().message).to.equal(message);
        expect(refusal().exitCode).to.equal(2);
      });
    }

    it('stand at the base where an environment completes a mistake of the base', () => {
      write(
        'rules: { ec2-required-tags: { parameters: { values: { Owner: x } } } }',
        'environments: { prod: { rules: { ec2-required-tags: { parameters: { tags: [Team] } } } } }',
      );
      expect(refusal().message).to.equal(
        'compliancectl.yaml:1:62: rules.ec2-required-tags.parameters.values.Owner: is not among the required tags.',
      );
    });

    it('read an empty file as one that sets nothing', () => {
      write('');
      expect(load().threshold).to.equal(80);
    });
  });
});
