import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { Ajv2020 } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import { expect } from 'chai';
import { parse } from 'yaml';

import { configurationJsonSchema, settingsAt } from '../../src/config/json-schema.ts';
import { PRESET_NAMES } from '../../src/config/preset-names.ts';
import { starterConfiguration } from '../../src/config/starter.ts';

/** What an editor would underline: where, and which keyword refuses it. */
function complaints(configuration: unknown): (readonly [where: string, keyword: string])[] {
  const { get } = formats.default;
  const ajv = new Ajv2020({
    strict: true,
    allowUnionTypes: true,
    formats: { date: get('date'), email: get('email') },
  });
  const validate = ajv.compile(configurationJsonSchema());
  validate(configuration);
  return (validate.errors ?? []).map(({ instancePath, keyword }) => [instancePath, keyword] as const);
}

describe('the JSON Schema of compliancectl.yaml', () => {
  it('has a name and a title', () => {
    expect(configurationJsonSchema()).to.include({
      $id: 'compliancectl.schema.json',
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      title: 'compliancectl.yaml',
    });
  });

  it('is published as the code makes it', () => {
    const file = join(import.meta.dirname, '../../schema/compliancectl.schema.json');
    expect(JSON.parse(readFileSync(file, 'utf8'))).to.deep.equal(configurationJsonSchema());
  });

  it('requires nothing', () => {
    expect(complaints({})).to.deep.equal([]);
  });

  for (const preset of PRESET_NAMES) {
    it(`takes what init writes for ${preset}`, () => {
      expect(complaints(parse(starterConfiguration(preset)))).to.deep.equal([]);
    });
  }

  for (const [what, configuration, expected] of [
    ['a setting that does not exist', { treshold: 80 }, [['', 'additionalProperties']]],
    ['a threshold beyond 100', { threshold: 101 }, [['/threshold', 'maximum']]],
    ['a preset that does not exist', { preset: 'strict' }, [['/preset', 'enum']]],
    ['a severity that does not exist', { failOn: 'severe' }, [['/failOn', 'enum']]],
    [
      'a waiver without an owner',
      { waivers: [{ rule: 'a', arn: '*', reason: 'b', expires: '2027-01-01' }] },
      [['/waivers/0', 'required']],
    ],
    [
      'a threshold of one environment that is none',
      { environments: { prod: { threshold: '95' } } },
      [['/environments/prod/threshold', 'type']],
    ],
  ] as const) {
    it(`refuses ${what}`, () => {
      expect(complaints(configuration)).to.deep.equal(expected);
    });
  }
});

describe('settingsAt', () => {
  const cases: [path: PropertyKey[], settings: string[]][] = [
    [
      ['rules', 'ec2-no-public-ip'],
      ['enabled', 'severity', 'parameters'],
    ],
    [['rules', 'ec2-no-public-ip', 'parameters'], ['allow']],
    [
      ['accounts', 0],
      ['id', 'roleArn', 'externalId'],
    ],
    [
      ['environments', 'prod', 'rules', 'rds-backup-retention', 'parameters'],
      ['minimumDays', 'replicas'],
    ],
    [['threshold'], []],
    [['nowhere', 'at', 'all'], []],
  ];
  for (const [path, settings] of cases) {
    it(`lists what may stand at ${path.map(String).join('.')}`, () => {
      expect(settingsAt(path)).to.deep.equal(settings);
    });
  }
});
