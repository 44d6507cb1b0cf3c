import { expect } from 'chai';

import { notCollected } from '../../../src/engine/model.ts';
import { ec2RequiredTags } from '../../../src/engine/rules/ec2-required-tags.ts';
import { denied, instance, tags } from '../../support/resources.ts';
import { testRule } from '../../support/rules.ts';

const id = 'i-0123456789abcdef0';
const missing = (key: string) => ({ key: `missing/${key}`, message: `The tag ${key} is missing.` });
const blank = (key: string) => ({ key: `missing/${key}`, message: `The tag ${key} is missing: its value is blank.` });
const mismatch = (key: string) => ({
  key: `value/${key}`,
  message: `The value of the tag ${key} does not match its pattern.`,
});

testRule(ec2RequiredTags, {
  pass: [
    { it: 'carries all three', resource: instance() },
    {
      it: 'carries more than is asked',
      resource: instance({ tags: tags({ Environment: 'a', Owner: 'b', CostCenter: 'c', X: '' }) }),
    },
    { it: 'carries the minimum', resource: instance({ tags: tags({ Owner: 'ada' }) }), parameters: { minimum: 1 } },
    { it: 'is asked for more than there are tags to carry', resource: instance(), parameters: { minimum: 9 } },
    {
      it: 'matches one of several patterns',
      resource: instance({ tags: tags({ Environment: 'staging' }) }),
      parameters: { tags: ['Environment'], values: { Environment: ['dev', 'staging', 'prod'] } },
    },
    {
      it: 'carries a required tag called __proto__',
      resource: instance({ tags: tags(JSON.parse('{"__proto__":"x"}') as Record<string, string>) }),
      parameters: { tags: ['__proto__'] },
    },
  ],
  fail: [
    {
      it: 'has no tags at all',
      resource: instance({ tags: tags({}) }),
      gives: {
        message: `Instance ${id} lacks the tags Environment, Owner, CostCenter.`,
        facts: [missing('Environment'), missing('Owner'), missing('CostCenter')],
      },
    },
    {
      it: 'spells a key in another case',
      resource: instance({ tags: tags({ Environment: 'dev', owner: 'ada', CostCenter: '42' }) }),
      gives: { message: `Instance ${id} lacks the tag Owner.`, facts: [missing('Owner')] },
    },
    {
      it: 'has a blank value',
      resource: instance({ tags: tags({ Environment: 'dev', Owner: ' \t', CostCenter: '' }) }),
      gives: {
        message: `Instance ${id} lacks the tags Owner, CostCenter.`,
        facts: [blank('Owner'), blank('CostCenter')],
      },
    },
    {
      it: 'has values that do not match',
      resource: instance({ tags: tags({ Environment: 'production', Owner: 'ada', CostCenter: 'CC-12' }) }),
      parameters: { values: { Environment: ['dev', 'prod'], CostCenter: String.raw`CC-\d{4}` } },
      gives: {
        message: `Instance ${id} has tags whose values do not match: Environment, CostCenter.`,
        facts: [mismatch('Environment'), mismatch('CostCenter')],
      },
    },
    {
      it: 'lacks one and mismatches another',
      resource: instance({ tags: tags({ Environment: 'x', CostCenter: '1' }) }),
      parameters: { values: { Environment: 'dev' } },
      gives: {
        message: `Instance ${id} lacks the tag Owner and has tags whose values do not match: Environment.`,
        facts: [mismatch('Environment'), missing('Owner')],
      },
    },
    {
      it: 'carries fewer than the minimum',
      resource: instance({ tags: tags({ Owner: 'ada' }) }),
      parameters: { minimum: 2 },
      gives: {
        message: `Instance ${id} lacks the tags Environment, CostCenter: it carries 1 of at least 2.`,
        facts: [missing('Environment'), missing('CostCenter')],
      },
    },
    {
      it: 'lacks a tag that every object seems to have',
      resource: instance(),
      parameters: { tags: ['constructor', '__proto__'] },
      gives: {
        message: `Instance ${id} lacks the tags constructor, __proto__.`,
        facts: [missing('constructor'), missing('__proto__')],
      },
    },
  ],
  // Every instance can carry tags; those on their way out the evaluator leaves alone.
  notApplicable: [],
  unknown: [
    {
      it: 'has tags that were denied',
      resource: instance({ tags: denied('ec2:DescribeTags') }),
      gives: {
        message: `The tags of instance ${id} could not be read: ec2:DescribeTags was denied.`,
        missingPermission: 'ec2:DescribeTags',
      },
    },
    {
      it: 'has tags that its source did not collect',
      resource: instance({ tags: notCollected }),
      gives: { message: `The tags of instance ${id} could not be read: the source did not collect that.` },
    },
  ],
});

describe('the parameters of ec2-required-tags', () => {
  const refuse = (parameters: object) => ec2RequiredTags.parameters.safeParse(parameters).error?.issues[0];

  it('refuse a pattern that is no regular expression', () => {
    expect(refuse({ values: { Owner: '(' } })).to.deep.include({ path: ['values', 'Owner'] });
  });

  it('refuse a pattern for a tag that is not required', () => {
    expect(refuse({ values: { Team: 'x' } })).to.deep.include({
      path: ['values', 'Team'],
      message: 'is not among the required tags',
    });
  });

  it('refuse a parameter that does not exist', () => {
    expect(refuse({ tag: ['Owner'] })).to.include({ code: 'unrecognized_keys' });
  });
});
