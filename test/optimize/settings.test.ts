import { writeFileSync } from 'node:fs';

import { expect } from 'chai';

import { loadConfiguration } from '../../src/config/load.ts';
import { settingsAt } from '../../src/config/json-schema.ts';
import { DEFAULT_NAMES } from '../../src/optimize/settings.ts';
import { userErrorOf } from '../support/errors.ts';
import { temporaryFolder } from '../support/temporary.ts';

const DEFAULTS = {
  select: {},
  aurora: { minCapacity: 0.5, maxCapacity: 1, backupRetentionDays: 1 },
  elasticache: { nodes: 2 },
  ecs: { tasks: 2 },
};

describe('the settings of optimize', () => {
  const path = temporaryFolder();
  const loaded = (yaml: string, environment = 'dev') => {
    writeFileSync(path('compliancectl.yaml'), yaml);
    const ambient = { env: {}, directory: path(), now: new Date('2026-11-21T06:00:00Z') };
    return loadConfiguration({ ...ambient, file: path('compliancectl.yaml'), environment, select: undefined }).optimize;
  };

  it('are decided where nothing is said (S0-10 to S0-13)', () => {
    expect(loaded('preset: standard')).to.deep.equal(DEFAULTS);
    expect(loaded('preset: regulated')).to.deep.equal(DEFAULTS);
    expect(loaded('optimize: {}')).to.deep.equal(DEFAULTS);
    expect(DEFAULT_NAMES).to.deep.equal(['TapStack', 'StreamFlix']);
  });

  it('may all be set', () => {
    const section = {
      select: { names: ['Shop'], tags: { Team: 'video', Empty: '' }, stacks: ['Shop-dev'], exclude: ['*-keep'] },
      include: ['rds', 'asg'],
      aurora: { minCapacity: 1.5, maxCapacity: 256, backupRetentionDays: 35 },
      elasticache: { nodes: 6 },
      ecs: { tasks: 3 },
      accounts: ['111122223333'],
      production: ['main'],
      ledger: 's3://bucket/prefix',
    };
    expect(loaded(`optimize: ${JSON.stringify(section)}`)).to.deep.equal(section);
    expect(settingsAt(['optimize'])).to.deep.equal(Object.keys(section));
  });

  it('keep the defaults of what is not set', () => {
    expect(loaded('optimize: { aurora: { maxCapacity: 0.5e1 }, ecs: {} }')).to.deep.equal({
      ...DEFAULTS,
      aurora: { ...DEFAULTS.aurora, maxCapacity: 5 },
    });
  });

  it('may differ in an environment: maps are merged, lists replaced', () => {
    const yaml = [
      'optimize: { select: { names: [Shop], exclude: [a] }, aurora: { maxCapacity: 2 }, ecs: { tasks: 4 } }',
      'environments:',
      '  test: { optimize: { select: { names: [Store, Shop] }, aurora: { minCapacity: 1 } } }',
    ].join('\n');
    expect(loaded(yaml)).to.deep.equal({
      ...DEFAULTS,
      select: { names: ['Shop'], exclude: ['a'] },
      aurora: { ...DEFAULTS.aurora, maxCapacity: 2 },
      ecs: { tasks: 4 },
    });
    expect(loaded(yaml, 'test')).to.deep.equal({
      ...DEFAULTS,
      select: { names: ['Store', 'Shop'], exclude: ['a'] },
      aurora: { ...DEFAULTS.aurora, minCapacity: 1, maxCapacity: 2 },
      ecs: { tasks: 4 },
    });
  });

  for (const [section, place, what] of [
    ['aurora: { minCapacity: 0 }', '1:36: optimize.aurora.minCapacity', 'Too small: expected number to be >=0.5'],
    ['aurora: { minCapacity: 0.7 }', '1:36: optimize.aurora.minCapacity', 'is not a multiple of 0.5'],
    ['aurora: { maxCapacity: 0.5 }', '1:36: optimize.aurora.maxCapacity', 'Too small: expected number to be >=1'],
    ['aurora: { maxCapacity: 257 }', '1:36: optimize.aurora.maxCapacity', 'Too big: expected number to be <=256'],
    ['aurora: { minCapacity: 2 }', '1:13: optimize.aurora.maxCapacity', 'is lower than minCapacity'],
    [
      'aurora: { backupRetentionDays: 0 }',
      '1:44: optimize.aurora.backupRetentionDays',
      'Too small: expected number to be >=1',
    ],
    ['elasticache: { nodes: 7 }', '1:35: optimize.elasticache.nodes', 'Too big: expected number to be <=6'],
    ['elasticache: { nodes: 0 }', '1:35: optimize.elasticache.nodes', 'Too small: expected number to be >=1'],
    ['ecs: { tasks: 1 }', '1:27: optimize.ecs.tasks', 'Too small: expected number to be >=2'],
    ['ecs: { tasks: 2.5 }', '1:27: optimize.ecs.tasks', 'expected int, received number'],
    ['accounts: [123]', '1:24: optimize.accounts.0', 'expected string, received number'],
    ['accounts: ["123"]', '1:24: optimize.accounts.0', 'is not an account id of 12 digits'],
    ['select: { names: [] }', '1:30: optimize.select.names', 'Too small: expected array to have >=1 items'],
    ['select: { name: [a] }', '1:23: optimize.select.name', 'there is no such setting'],
    ['production: [""]', '1:26: optimize.production.0', 'Too small: expected string to have >=1 characters'],
  ] as const) {
    it(`refuse ${section}`, async () => {
      const { message, code, exitCode } = await userErrorOf(() => loaded(`optimize: { ${section} }`));
      expect({ message, code, exitCode }).to.deep.equal({
        message: `compliancectl.yaml:${place}: ${what}.`,
        code: 'CONFIG_INVALID',
        exitCode: 2,
      });
    });
  }
});
