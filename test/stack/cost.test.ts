import { expect } from 'chai';

import { PRESET_NAMES } from '../../src/config/preset-names.ts';
import { assumptionsFor, estimateCost } from '../../src/stack/cost.ts';
import type { StackCost } from '../../src/stack/cost.ts';
import { userErrorOf } from '../support/errors.ts';
import { plannedFrom, specOf, stackYaml } from '../support/stacks.ts';

const estimate = (preset: (typeof PRESET_NAMES)[number], ...given: string[]) =>
  estimateCost(specOf(preset), assumptionsFor(preset, given), 5);
const itemOf = ({ items }: StackCost, id: string) => items.find((one) => one.id === id);
/** To a hundredth of a cent. */
const exact = (value: number | undefined) => Math.round((value ?? Number.NaN) * 10_000) / 10_000;

describe('what a stack costs a month', () => {
  it('S3-9: is under $2 for 100 instances, 20,000 events, 1 GB and 1,000 messages, within what is free', () => {
    const cost = estimate('tag-events');
    expect(cost.assumptions.find(({ name }) => name === 'events')?.value).to.equal(20_000);
    expect(cost.withAllowances).to.be.below(2);
    // At list price the dashboard alone breaks it.
    expect(cost.list).to.be.above(2);
    expect(itemOf(cost, 'dashboard')).to.include({ list: 3, withAllowances: 0 });
    expect(exact(cost.list - 3 - (itemOf(cost, 'metric')?.list ?? 0))).to.be.below(2);
  });

  it('is counted part by part, with the arithmetic', () => {
    const cost = estimate('standard');
    // 730/6 scans, 730/24 daily and 730/168 weekly reports, 3,000 events.
    expect(itemOf(cost, 'lambdaRequest')).to.deep.include({
      formula: '3156.435 x $2e-7; 1000000 free',
      withAllowances: 0,
    });
    // 121.67 x 10 s x 0.5 GB, 34.76 x 5 s x 0.25 GB, 3,000 x 1 s x 0.25 GB.
    expect(exact(itemOf(cost, 'lambdaArm')?.quantity)).to.equal(1401.7931);
    // Score overall and by 10 types, 7 categories, 4 of resources, the heartbeat: 23, put four hours a day.
    expect(itemOf(cost, 'metric')).to.include({ quantity: 23, formula: '23 x $0.3 x 0.167 of the month; 10 free' });
    expect(exact(itemOf(cost, 'metric')?.list)).to.equal(1.15);
    expect(exact(itemOf(cost, 'metric')?.withAllowances)).to.equal(0.65);
    expect(itemOf(cost, 'alarm')).to.include({ quantity: 12 });
    expect(exact(itemOf(cost, 'alarm')?.withAllowances)).to.equal(0.2);
    expect(exact(cost.list)).to.equal(exact(cost.items.reduce((sum, { list }) => sum + list, 0)));
    expect(exact(cost.withAllowances)).to.equal(exact(cost.items.reduce((sum, one) => sum + one.withAllowances, 0)));
  });

  it('counts a metric that is put under two names twice, and those of the tag checker', () => {
    // (1 + 10) twice, and the heartbeat.
    expect(itemOf(estimate('ec2-baseline'), 'metric')?.quantity).to.equal(23);
    // Two, twice; put in more hours than a month has.
    expect(itemOf(estimate('tag-events'), 'metric')).to.include({ quantity: 4, list: 1.2, withAllowances: 0 });
  });

  it('has AWS Config in it where the stack uses that', () => {
    // 2,350 items; 3 rules x 1,350 evaluations.
    const cost = estimate('config-history');
    expect(exact(itemOf(cost, 'configItem')?.list)).to.equal(7.05);
    expect(exact(itemOf(cost, 'configEvaluation')?.list)).to.equal(4.05);
    // 4 rules x 1,350, and 4 x 730/6 periodic runs that answer once each.
    expect(exact(itemOf(estimate('regulated'), 'configEvaluation')?.quantity)).to.equal(5886.6667);
  });

  it('pays for each resource where periodic runs answer for each', () => {
    const { spec } = plannedFrom(`${stackYaml('regulated')}stack: { configRules: { answers: resources } }`);
    const cost = estimateCost(spec, assumptionsFor('regulated'), 4);
    // 4 x 1,350 + 4 x 730/6 x 100 instances: $12 a rule and month, as it is known to be.
    expect(exact(itemOf(cost, 'configEvaluation')?.list)).to.equal(exact((5400 + (4 * 730 * 100) / 6) * 0.001));
  });

  it('does not pay for a recorder that was there', () => {
    const { spec } = plannedFrom(stackYaml('config-history'), { recorder: 'default' });
    expect(itemOf(estimateCost(spec, assumptionsFor('config-history'), 3), 'configItem')).to.equal(undefined);
  });

  it('is told beside what AWS Config would cost for the same: 2,350 items, 5 rules', () => {
    // 2,350 x $0.003 + 5 x 1,350 x $0.001.
    expect(exact(estimate('standard').configInstead)).to.equal(13.8);
    expect(exact(estimate('standard', 'instances=1000').configInstead)).to.equal(138);
  });

  it('has a key only where the stack has one, and nothing for parts that it lacks', () => {
    expect(itemOf(estimate('regulated'), 'kmsKey')).to.include({ list: 1, withAllowances: 1 });
    const ids = estimate('ec2-baseline').items.map(({ id }) => id);
    expect(ids).to.deep.equal([
      'lambdaRequest',
      'lambdaArm',
      'metric',
      'alarm',
      'dashboard',
      'logs',
      'snsPublish',
      'snsEmail',
    ]);
    const bare = plannedFrom(
      'preset: ec2-baseline\narchitecture: x86_64\nstack: { dashboard: false, alarms: { score: false, deadLetters: false } }',
    ).spec;
    expect(estimateCost(bare, assumptionsFor('ec2-baseline'), 3).items.map(({ id }) => id)).to.deep.equal([
      'lambdaRequest',
      'lambdaX86',
      'metric',
      'logs',
      'snsPublish',
    ]);
  });

  it('says of every item how it was found, and of every assumption what it is', () => {
    for (const preset of PRESET_NAMES) {
      const { items, assumptions } = estimate(preset);
      for (const { formula, list, withAllowances } of items) {
        expect(formula).to.match(/^[\d.]+ x \$/);
        expect(list).to.be.at.least(withAllowances);
      }
      expect(assumptions.filter(({ unit }) => unit === '')).to.deep.equal([]);
    }
  });

  it('tells the assumptions that the figures rest on, and no others', () => {
    const told = (preset: (typeof PRESET_NAMES)[number]) => estimate(preset).assumptions.map(({ name }) => name);
    expect(told('ec2-baseline')).to.deep.equal([
      'instances',
      'instanceTypes',
      'scanSeconds',
      'loggedGigabytes',
      'emails',
      'configItems',
      'configEvaluations',
    ]);
    expect(told('tag-events')).to.include('queuePolls').and.not.include('scanSeconds');
  });

  it('goes by what is assumed', () => {
    expect(assumptionsFor('standard', ['instances=500', 'scanSeconds=2.5'])).to.include({
      instances: 500,
      scanSeconds: 2.5,
    });
    expect(itemOf(estimate('standard', 'instanceTypes=40'), 'metric')?.quantity).to.equal(53);
  });

  for (const text of ['instances', 'instances=many', 'instances=-1', 'planets=9', '=5', 'instances = 5']) {
    it(`refuses an assumption that is none: ${text}`, async () => {
      const { code, message, suggestions, exitCode } = await userErrorOf(() => assumptionsFor('standard', [text]));
      expect({ code, message, exitCode }).to.deep.equal({
        code: 'BAD_ASSUMPTION',
        message: `--assume ${text} is no assumption of the estimate, given as NAME=NUMBER.`,
        exitCode: 2,
      });
      expect(suggestions[0]).to.match(/^The assumptions: instances, instanceTypes, events,/);
    });
  }
});
