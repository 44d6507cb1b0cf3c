import { expect } from 'chai';

import { Evaluator } from '../../src/engine/evaluate.ts';
import { tagMap } from '../../src/engine/model.ts';
import type { Ec2Instance } from '../../src/engine/model.ts';
import { ec2RequiredTags } from '../../src/engine/rules/ec2-required-tags.ts';
import { tagAlert, tagCheckRecord } from '../../src/report/tag-check.ts';
import type { TagCheck } from '../../src/report/tag-check.ts';
import { denied, instance, tags } from '../support/resources.ts';

const requiredTags = ['Environment', 'Owner', 'Application'];

function checkOf(changes: Partial<Ec2Instance>, values: object = {}): TagCheck {
  const checked = instance({ id: 'i-1', ...changes });
  const parameters = ec2RequiredTags.parameters.parse({ tags: requiredTags, values });
  const reported = new Set(['PASS', 'FAIL', 'UNKNOWN'] as const);
  const [evaluation] = new Evaluator([{ rule: ec2RequiredTags, parameters }], { reported }).evaluate(checked);
  if (evaluation === undefined) throw new Error('The rule was not asked.');
  return { time: new Date('2026-11-21T06:00:00Z'), instance: checked, requiredTags, evaluation };
}

describe('the record of a check (S3-5)', () => {
  const records: readonly [name: string, check: TagCheck, record: object][] = [
    [
      'a compliant instance',
      checkOf({ tags: tags({ Environment: 'dev', Owner: 'ada', Application: 'web' }) }),
      { isCompliant: true, tags: { Environment: 'dev', Owner: 'ada', Application: 'web' }, missingTags: [] },
    ],
    [
      'an instance that lacks tags',
      checkOf({ tags: tags({ Owner: ' ' }), state: 'stopped' }),
      { isCompliant: false, tags: { Owner: ' ' }, missingTags: requiredTags, state: 'stopped' },
    ],
    [
      'an instance whose value does not match',
      checkOf({ tags: tags({ Environment: 'test', Owner: 'ada', Application: 'web' }) }, { Environment: 'dev|prod' }),
      { isCompliant: false, tags: { Environment: 'test', Owner: 'ada', Application: 'web' }, missingTags: [] },
    ],
    [
      'an instance whose tags could not be read',
      checkOf({ tags: denied('ec2:DescribeInstances') }),
      { isCompliant: false, tags: {}, missingTags: [] },
    ],
  ];
  for (const [name, check, record] of records) {
    it(`says it of ${name}`, () => {
      const expected = { timestamp: '2026-11-21T06:00:00.000Z', instanceId: 'i-1', state: 'running', requiredTags };
      const json = JSON.stringify(tagCheckRecord(check));
      expect(JSON.parse(json)).to.deep.equal({ ...expected, ...record });
      expect(Object.keys(JSON.parse(json) as object)).to.deep.equal([
        'timestamp',
        'instanceId',
        'state',
        'isCompliant',
        'requiredTags',
        'tags',
        'missingTags',
      ]);
    });
  }

  it('keeps a tag called __proto__', () => {
    const odd = { known: true as const, value: tagMap([['__proto__', 'x']]) };
    expect(JSON.stringify(tagCheckRecord(checkOf({ tags: odd })))).to.include('"tags":{"__proto__":"x"}');
  });
});

describe('the message of an instance that is not compliant (S3-7)', () => {
  const subject = '[dev] EC2 instance i-1 is non-compliant';

  it('says line by line what it is, lacks and carries', () => {
    expect(tagAlert(checkOf({ tags: tags({ Owner: 'ada', Name: 'web-1' }) }), 'dev')).to.deep.equal({
      subject,
      text: [
        'EC2 Instance Non-Compliant Alert',
        '',
        'Instance ID: i-1',
        'State: running',
        'Region: eu-west-1',
        '',
        'Missing Tags: Environment, Application',
        '',
        'Current Tags:',
        '  Owner: ada',
        '  Name: web-1',
        '',
        'Please add the missing tags to bring the instance into compliance.',
      ].join('\n'),
    });
  });

  const patterns = { Environment: ['dev', 'prod'], Owner: '[a-z]+' };
  const tails: readonly [name: string, carried: Record<string, string>, tail: readonly string[]][] = [
    [
      'missing and invalid ones',
      { Environment: 'test', Owner: 'Ada' },
      [
        'Missing Tags: Application',
        'Invalid Tags: Environment, Owner',
        '',
        'Current Tags:',
        '  Environment: test',
        '  Owner: Ada',
        '',
        'Please add the missing tags and correct the invalid tags to bring the instance into compliance.',
      ],
    ],
    [
      'invalid ones alone',
      { Environment: 'test', Owner: 'ada', Application: 'web' },
      [
        'Missing Tags: none',
        'Invalid Tags: Environment',
        '',
        'Current Tags:',
        '  Environment: test',
        '  Owner: ada',
        '  Application: web',
        '',
        'Please correct the invalid tags to bring the instance into compliance.',
      ],
    ],
    [
      'an instance that carries none',
      {},
      [
        'Missing Tags: Environment, Owner, Application',
        '',
        'Current Tags:',
        '',
        'Please add the missing tags to bring the instance into compliance.',
      ],
    ],
  ];
  for (const [name, carried, tail] of tails) {
    it(`tells of ${name}`, () => {
      const { text } = tagAlert(checkOf({ tags: tags(carried) }, patterns), 'dev');
      expect(text.split('\n').slice(6)).to.deep.equal(tail);
    });
  }

  it('lets no tag write lines of its own, or turn the reading direction', () => {
    const { text } = tagAlert(checkOf({ tags: tags({ Name: 'x\n\nMissing Tags: none\u202E\u001B[31m' }) }), 'dev');
    expect(text.split('\n').slice(8, 11)).to.deep.equal(['Current Tags:', '  Name: x  Missing Tags: none[31m', '']);
  });
});
