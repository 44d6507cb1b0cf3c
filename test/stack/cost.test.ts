import { expect } from 'chai';

import { rules } from '../../src/engine/rules/index.ts';
import { LIST_PRICES } from '../../src/prices/list-prices.ts';
import type { PriceList, PriceQuote } from '../../src/prices/quote.ts';
import { scanMetrics } from '../../src/publish/scan-metrics.ts';
import { tagMetrics } from '../../src/publish/tag-metrics.ts';
import { changeMetrics } from '../../src/publish/change-metrics.ts';
import type { StackCost } from '../../src/report/stack-cost.ts';
import { estimateCost } from '../../src/stack/cost.ts';
import type { AssumedValues } from '../../src/stack/cost-assumptions.ts';
import type { StackSpec } from '../../src/stack/spec.ts';
import { counts, finding, head } from '../support/scans.ts';
import { plannedFrom, specOf, stackYaml } from '../support/stacks.ts';

/** Prices that are easy to reckon with. */
const quote = (item: string, price: number, changes: Partial<PriceQuote> = {}): PriceQuote => ({
  item,
  price,
  per: 1,
  unit: 'one',
  above: 0,
  region: 'us-east-1',
  source: 'https://example.com/prices',
  date: '2026-11-21',
  verified: true,
  ...changes,
});

const costOf = (spec: StackSpec, assumed?: AssumedValues, prices: PriceList = LIST_PRICES) =>
  estimateCost(spec, prices, assumed);
const itemOf = ({ items }: StackCost, id: string) => items.find((item) => item.id === id);
/** What is used of an item, how it was counted, and its two prices. */
const usedOf = (cost: StackCost, id: string) => {
  const { quantity = 0, formula = '', listPrice, withAllowances } = itemOf(cost, id) ?? {};
  return [Math.round(quantity * 1e6) / 1e6, listPrice, withAllowances, formula];
};
const idsOf = ({ items }: StackCost) => items.map(({ id }) => id);
/** The functions of tag-events without metrics, which its settings do not allow: its alarm needs them. */
const quiet = ({ functions }: Pick<StackSpec, 'functions'>) =>
  functions.map((one) => ({ ...one, config: { ...one.config, tagChecks: { prefix: 'scans/', metrics: false } } }));
const planned = (yaml: string) => plannedFrom(yaml).spec;

describe('estimateCost', () => {
  describe('of the functions', () => {
    it('counts what schedules and events start', () => {
      const cost = costOf(specOf('standard'), { 'ec2-events': 900_000 });
      // 730 h / 6 h + 900,000 + 730 h / 24 h + 209 Mondays of 1461 days x 730 h / 24 h: 121.666667 + 30.416667 + 4.351186
      expect(usedOf(cost, 'lambda-requests')).to.deep.equal([
        900_156.43452,
        // x $0.20 / 1,000,000
        0.180031287,
        0,
        'compliance-scanner-test 121.67 + tag-compliance-checker-test 900,000 + compliance-reporter-test 34.77',
      ]);
      // (121.666667 x 30 s x 512 MB + 900,000 x 1 s x 256 MB + 34.767853 x 10 s x 256 MB) / 1024
      expect(usedOf(cost, 'lambda-duration-arm64')).to.deep.equal([
        226_911.919633,
        // x $0.0000133334
        3.025507389,
        0,
        'compliance-scanner-test 3,650 s x 512 MB + tag-compliance-checker-test 900,000 s x 256 MB + compliance-reporter-test 347.68 s x 256 MB',
      ]);
    });

    it('charges what the allowances do not cover', () => {
      const cost = costOf(specOf('tag-events'), { 'ec2-events': 2_000_000 });
      // 1,000,000 over, x $0.20 / 1,000,000
      expect(usedOf(cost, 'lambda-requests').slice(0, 3)).to.deep.equal([2_000_000, 0.4, 0.2]);
      // 2,000,000 s x 256 MB / 1024 = 500,000 GB-s, 100,000 over, x $0.0000133334
      expect(usedOf(cost, 'lambda-duration-arm64').slice(0, 3)).to.deep.equal([500_000, 6.6667, 1.33334]);
    });

    it('prices x86_64 as such, and both architectures on one allowance', () => {
      const x86 = costOf(planned(`${stackYaml('tag-events')}architecture: x86_64\n`), { 'ec2-events': 20_000 });
      // 20,000 s x 256 MB / 1024 x $0.0000166667
      expect(usedOf(x86, 'lambda-duration-x86_64').slice(0, 3)).to.deep.equal([5000, 0.0833335, 0]);
      expect(idsOf(x86)).not.to.include('lambda-duration-arm64');

      const spec = specOf('standard');
      const mixed = {
        ...spec,
        functions: spec.functions.map((one) =>
          one.id === 'tag-checker' ? { ...one, architecture: 'x86_64' as const } : one,
        ),
      };
      const cost = costOf(mixed, { 'ec2-events': 1_600_000, 'scan-seconds': 60 });
      // The scanner and the reporter: 121.666667 x 60 s x 512 MB / 1024 + 347.678532 s x 256 MB / 1024, all of it free.
      expect(usedOf(cost, 'lambda-duration-arm64').slice(0, 3)).to.deep.equal([3736.919633, 0.049825844, 0]);
      // 1,600,000 s x 256 MB / 1024; free are 400,000 - 3,736.919633.
      expect(usedOf(cost, 'lambda-duration-x86_64').slice(0, 3)).to.deep.equal([400_000, 6.66668, 0.062282118]);
    });

    it('starts the aggregator after each scheduled evaluation, and the remediator after each stored scan', () => {
      expect(usedOf(costOf(specOf('config-history')), 'lambda-requests')[3]).to.equal(
        // 4 x 730 / 24; 1,500 changes of instances, 40 of buckets, 14 of databases, and 121.67 scans
        'report-aggregator-test 121.67 + config-evaluator-test 1,675.67',
      );
      expect(usedOf(costOf(specOf('regulated')), 'lambda-requests')[3]).to.equal(
        // 3 reports a day; 2 x 1,500 + 40 + 14 changes, 4 rules asked 121.67 times, 121.67 scans
        'compliance-reporter-test 91.25 + config-evaluator-test 3,662.33 + config-processor-test 200 + compliance-remediator-test 121.67',
      );
    });

    it('does not guess at events that it knows nothing of', () => {
      const spec = specOf('tag-events');
      const strange = { ...spec, events: spec.events.map((one) => ({ ...one, pattern: { account: ['1'] } })) };
      expect(() => costOf(strange)).to.throw(
        Error,
        'Nothing is known of how often the events of ec2-state-change-test happen.',
      );
    });
  });

  describe('of CloudWatch', () => {
    it('counts metrics by the hours in which they are put', () => {
      const cost = costOf(specOf('standard'));
      // 1 + 10 instance types, 4 categories, 4 of resources, 1 heartbeat; put 4 times a day: 20 x 121.666667 / 730
      expect(usedOf(cost, 'custom-metrics')).to.deep.equal([3.333333, 1, 0, '20 put in 121.67 of 730 hours']);
      expect(usedOf(cost, 'metric-requests').slice(0, 3)).to.deep.equal([121.666667, 0.001216667, 0]);
    });

    it('counts a metric twice where it is put without the environment too', () => {
      // 2 x (1 + 10) + 1
      expect(usedOf(costOf(specOf('ec2-baseline')), 'custom-metrics')[3]).to.equal('23 put in 121.67 of 730 hours');
      // 2 x 3 + 1
      expect(usedOf(costOf(specOf('reporting')), 'custom-metrics')[3]).to.equal('7 put in 121.67 of 730 hours');
    });

    it('takes no more hours than the month has, and no more than there are events', () => {
      const every = costOf(
        planned('preset: reporting\nstack: { functions: { scanner: { schedule: rate(10 minutes) } } }\n'),
      );
      expect(usedOf(every, 'custom-metrics')).to.deep.equal([7, 2.1, 0, '7 put in 730 of 730 hours']);
      expect(usedOf(every, 'metric-requests')[0]).to.equal(4380);
      // 4 x 73 / 730
      expect(usedOf(costOf(specOf('tag-events'), { 'ec2-events': 73 }), 'custom-metrics')).to.deep.equal([
        0.4,
        0.12,
        0,
        '4 put in 73 of 730 hours',
      ]);
    });

    it('counts the metrics of changes by category and severity', () => {
      expect(usedOf(costOf(specOf('regulated')), 'custom-metrics')[3]).to.equal(
        // 1 + 10 + 4 categories + 1, and 2 x (1 + 4 categories + 2 severities)
        '16 put in 121.67 of 730 hours + 14 put in 200 of 730 hours',
      );
    });

    it('counts as many as the functions put', () => {
      const categories = ['tagging', 'exposure', 'encryption', 'backup'];
      const types = Array.from({ length: 10 }, (_, index) => `t${index}.micro`);
      const judged = counts({ total: 1, compliant: 1 });
      const scan = {
        head: head({
          by_category: Object.fromEntries(categories.map((name) => [name, judged])),
          by_instance_type: Object.fromEntries(types.map((name) => [name, judged])),
          summary: { ...head().summary, score: 100, evaluated_percentage: 100 },
        }),
        readable: true,
        judged: { compliant: 1, nonCompliant: 0 },
        instances: { compliant: 1, nonCompliant: 0 },
      };
      expect(scanMetrics(scan, { sets: ['score', 'categories', 'resources'], literal: false })).to.have.length(20);
      expect(scanMetrics(scan, { sets: ['score'], literal: true })).to.have.length(23);
      expect(scanMetrics(scan, { sets: ['instances'], literal: true })).to.have.length(7);
      expect(tagMetrics(true, 'test')).to.have.length(4);
      // In all, by category, by severity: each of them twice.
      expect(changeMetrics(finding({}), 'test')).to.have.length(2 * 3);
      expect(
        new Set(rules.filter(({ requiredParameter }) => !requiredParameter).map(({ category }) => category)).size,
      ).to.equal(categories.length);
    });

    it('puts none where the settings want none', () => {
      const cost = costOf(specOf('config-history'));
      expect(idsOf(cost)).to.not.include('custom-metrics').and.not.include('metric-requests');
      const spec = specOf('tag-events');
      expect(idsOf(costOf({ ...spec, functions: quiet(spec) }))).to.not.include('custom-metrics');
    });

    it('counts alarms, ten of which are free', () => {
      const spec = specOf('standard');
      // 12 x $0.10
      expect(usedOf(costOf(spec), 'alarms')).to.deep.equal([12, 1.2, 0.2, '12 of one metric each']);
      expect(idsOf(costOf({ ...spec, alarms: [] }))).not.to.include('alarms');
    });

    it('counts a dashboard, free while it refers to fifty metrics at most', () => {
      // 3 of the share, 2 of coverage less one: 33 with 10 instance types and 4 categories.
      expect(usedOf(costOf(specOf('standard')), 'dashboard')).to.deep.equal([1, 3, 0, '1 with 33 metrics']);
      expect(usedOf(costOf(specOf('standard'), { 'instance-types': 27 }), 'dashboard')).to.deep.equal([
        1,
        3,
        0,
        '1 with 50 metrics',
      ]);
      expect(usedOf(costOf(specOf('standard'), { 'instance-types': 28 }), 'dashboard')).to.deep.equal([
        1,
        3,
        3,
        '1 with 51 metrics: only those with up to 50 can be free',
      ]);
      expect(idsOf(costOf(specOf('config-history')))).not.to.include('dashboard');
    });

    it('counts logs as they are taken in and as they are kept', () => {
      const cost = costOf(specOf('tag-events'), { 'ec2-events': 5_242_880 });
      // 5,242,880 x 4 KB = 20 GB, of which 5 GB are free: 15 x $0.50
      expect(usedOf(cost, 'log-ingestion')).to.deep.equal([20, 10, 7.5, 'tag-compliance-checker-test 20']);
      // 20 GB x 7 days of 730 h / 24 h; nothing of the 5 GB is left: x $0.03
      expect(usedOf(cost, 'log-storage')).to.deep.equal([4.60274, 0.138082192, 0.138082192, '20 GB x 7 days']);
    });
  });

  describe('of what is stored', () => {
    it('counts objects, and what is moved to Glacier', () => {
      const cost = costOf(specOf('standard'), { 'stored-gigabytes': 10, 'glacier-gigabytes': 100 });
      expect(usedOf(cost, 's3-storage')).to.deep.equal([10, 0.23, 0.23, '10 GB in compliance-results-test']);
      // (121.666667 scans + 34.767853 reports) x 10 + 3,000 checks
      expect(usedOf(cost, 's3-writes')).to.deep.equal([
        4564.345197,
        0.022821726,
        0.022821726,
        'runs 1,564.35 + events 3,000',
      ]);
      expect(usedOf(cost, 's3-reads')).to.deep.equal([3128.690395, 0.001251476, 0.001251476, 'runs 3,128.69']);
      expect(usedOf(cost, 's3-glacier-storage').slice(0, 3)).to.deep.equal([100, 0.36, 0.36]);
      // 4,564.345197 x $0.03 / 1,000
      expect(usedOf(cost, 's3-glacier-transitions').slice(0, 3)).to.deep.equal([4564.345197, 0.136930356, 0.136930356]);
      expect(idsOf(costOf(specOf('tag-events')))).not.to.include.members(['s3-glacier-storage']);
      expect(idsOf(costOf(specOf('ec2-baseline'))).filter((id) => id.startsWith('s3-'))).to.deep.equal([]);
    });

    it('counts what AWS Config delivers, and what remediation reads and records', () => {
      expect(usedOf(costOf(specOf('regulated')), 's3-writes')[3]).to.equal(
        // (121.67 scans + 91.25 reports + 121.67 remediations) x 10; 3,540.67 questions of Config and 200 changes; 8 types x 121.67
        'runs 3,345.83 + events 3,740.67 + deliveries of AWS Config 973.33',
      );
    });

    it('reads the current state of every evaluation, and writes what changes', () => {
      const cost = costOf(specOf('standard'));
      // 121.666667 scans of 377 evaluations, and 3,000 checks
      expect(usedOf(cost, 'dynamodb-reads')).to.deep.equal([
        48_868.333333,
        0.006108542,
        0.006108542,
        'current states 48,868.33',
      ]);
      expect(usedOf(cost, 'dynamodb-writes')).to.deep.equal([800, 0.0005, 0.0005, '200 changes x 4 units']);
      expect(usedOf(cost, 'dynamodb-storage').slice(0, 3)).to.deep.equal([0.1, 0.025, 0]);
      // Recovery has no allowance.
      expect(usedOf(cost, 'dynamodb-backups').slice(0, 3)).to.deep.equal([0.1, 0.02, 0.02]);
    });

    it('writes every evaluation where all are kept, and reads them all for each report', () => {
      const cost = costOf(specOf('config-history'), { 'history-gigabytes': 1 });
      // 121.666667 scans of 100 + 20 + 7 evaluations, and 1,554 changes
      expect(usedOf(cost, 'dynamodb-writes')).to.deep.equal([
        17_005.666667,
        0.010628542,
        0.010628542,
        '17,005.67 evaluations of up to 1 KB',
      ]);
      // 121.666667 x 1 GB / 4 KB
      expect(usedOf(cost, 'dynamodb-reads')).to.deep.equal([
        31_894_186.666667,
        3.986773333,
        3.986773333,
        'whole table for reports 31,894,186.67',
      ]);
    });

    it('counts the customer’s key, and its use', () => {
      const cost = costOf(planned(`${stackYaml('tag-events')}stack: { encryption: customer-key }\n`));
      expect(usedOf(cost, 'kms-key').slice(0, 3)).to.deep.equal([1, 1, 1]);
      // 20,000 objects and 1,000 messages twice: 2,000 over the 20,000 that are free, x $0.03 / 10,000
      expect(usedOf(cost, 'kms-requests')).to.deep.equal([
        22_000,
        0.066,
        0.006,
        'objects, at most 20,000 + messages 2,000',
      ]);
      expect(idsOf(costOf(specOf('tag-events'))).filter((id) => id.startsWith('kms-'))).to.deep.equal([]);
    });
  });

  describe('of messages', () => {
    it('counts an email for each address', () => {
      const cost = costOf(planned('preset: tag-events\nalertEmail: [a@example.com, b@example.com]\n'));
      // 2,000, of which 1,000 are free, x $2 / 100,000
      expect(usedOf(cost, 'sns-emails')).to.deep.equal([2000, 0.04, 0.02, '1,000 messages x 2 addresses']);
      expect(usedOf(cost, 'sns-publishes')).to.deep.equal([1000, 0.0005, 0, '1,000 messages']);
      const mute = costOf(planned('preset: tag-events\n'));
      expect(idsOf(mute)).to.include('sns-publishes').and.not.include('sns-emails');
      expect(idsOf(costOf({ ...specOf('tag-events'), topics: [] }))).not.to.include.members(['sns-publishes']);
    });

    it('counts the requests by which Lambda looks whether a queue has anything', () => {
      // 5 pollers x 730 h x 3600 s / 20 s, and 20,000 messages twice
      expect(usedOf(costOf(specOf('tag-events')), 'sqs-requests')).to.deep.equal([
        697_000,
        0.2788,
        0,
        '1 polled by 5 pollers every 20 s: 657,000 + sent and deleted 40,000',
      ]);
      expect(idsOf(costOf(specOf('reporting')))).not.to.include('sqs-requests');
    });

    it('shows that events of AWS’s own cost nothing', () => {
      // 3,000 events, 121.666667 + 30.416667 + 4.351186 schedules
      expect(usedOf(costOf(specOf('standard')), 'eventbridge-events').slice(0, 3)).to.deep.equal([3156.43452, 0, 0]);
    });
  });

  describe('of AWS Config', () => {
    it('counts items and evaluations on change', () => {
      const cost = costOf(specOf('config-history'));
      // 3,000 events x 0.5 + 2 x (20 buckets + 5 + 2 databases + 100 of IAM) = 1,754 x $0.003
      expect(usedOf(cost, 'config-items')).to.deep.equal([1754, 5.262, 5.262, 'changes of 8 types']);
      // x $0.001
      expect(usedOf(cost, 'config-evaluations')).to.deep.equal([
        1554,
        1.554,
        1.554,
        'ec2-tag-checker-test 1,500 + s3-encryption-checker-test 40 + rds-backup-checker-test 14',
      ]);
      // Once: 227 items x $0.003, 127 evaluations x $0.001
      expect(cost.once.map(({ id, quantity, listPrice }) => [id, quantity, listPrice])).to.deep.equal([
        ['config-first-items', 227, 0.681],
        ['config-first-evaluations', 127, 0.127],
      ]);
      expect(cost).not.to.have.property('configAlternative');
    });

    it('counts one evaluation a periodic run for the account, and one a resource otherwise', () => {
      // Each rule 121.666667 more
      expect(usedOf(costOf(specOf('regulated')), 'config-evaluations')[0]).to.equal(3540.666667);
      const each = planned(`${stackYaml('regulated')}stack: { configRules: { answers: resources } }\n`);
      // 3,054 changes + 121.666667 x (100 + 20 + 7 + 100)
      expect(usedOf(costOf(each), 'config-evaluations').slice(0, 2)).to.deep.equal([
        30_672.333333,
        // x $0.001
        30.672333333,
      ]);
      const hourly = planned(`${stackYaml('regulated')}stack: { configRules: { every: One_Hour } }\n`);
      // 3,054 changes + 4 x 730
      expect(usedOf(costOf(hourly), 'config-evaluations')[0]).to.equal(5974);
    });

    it('takes the price of each tier', () => {
      const cost = costOf(specOf('config-history'), { 'ec2-events': 1_200_000 });
      // 600,054: 100,000 x $0.001 + 400,000 x $0.0008 + 100,054 x $0.0005
      expect(usedOf(cost, 'config-evaluations').slice(0, 3)).to.deep.equal([600_054, 470.027, 470.027]);
    });

    it('leaves the items to the recorder that the account has already', () => {
      const cost = costOf(specOf('config-history', { recorder: 'default' }));
      expect(idsOf(cost)).to.include('config-evaluations').and.not.include('config-items');
      expect(cost.once.map(({ id }) => id)).to.deep.equal(['config-first-evaluations']);
      expect(usedOf(cost, 's3-writes')[3]).not.to.include('deliveries');
    });

    it('says what it would cost where the stack has none', () => {
      const { configAlternative } = costOf(specOf('ec2-baseline'));
      const { items = [], ...amounts } = configAlternative ?? {};
      expect(amounts).to.deep.equal({
        rules: 3,
        // 1,700 x $0.003 + 3,200 x $0.001
        listPrice: 8.3,
        // 200 x $0.003 + 300 x $0.001
        once: 0.9,
        // 121.666667 x 100 x $0.001
        periodic: { runs: 730 / 6, instances: 100, listPrice: 12.166666667 },
      });
      expect(items.map(({ id, quantity, formula }) => [id, quantity, formula])).to.deep.equal([
        // 1,500 of instances, 200 of volumes
        ['config-items', 1700, 'changes of AWS::EC2::Volume, AWS::EC2::Instance'],
        ['config-evaluations', 3200, 'ebs-volumes-encrypted 200 + ec2-no-public-ip 1,500 + ec2-required-tags 1,500'],
      ]);
    });

    it('compares no periodic runs with a stack that has none', () => {
      const { configAlternative } = costOf(specOf('tag-events'));
      expect(configAlternative).to.include({
        rules: 1,
        // 10,000 x ($0.003 + $0.001)
        listPrice: 40,
        // 100 x ($0.003 + $0.001)
        once: 0.4,
      });
      expect(configAlternative).not.to.have.property('periodic');
    });

    it('counts resources of a type that nothing is assumed of', () => {
      const custom = `
customRules:
  - id: ec2-prefix-list-tagged
    title: Prefix list is tagged
    resourceType: AWS::EC2::PrefixList
    assert: tags.Owner
    message: Untagged.
`;
      const cost = costOf(planned(`preset: reporting\nselect: [ec2-prefix-list-tagged]\n${custom}`));
      expect(cost.configAlternative?.items.map(({ quantity }) => quantity)).to.deep.equal([20, 20]);
      expect(cost.assumptions).to.deep.include({
        name: 'other-resources',
        value: 10,
        unit: 'resources',
        description: 'resources of each further type',
      });
    });
  });

  describe('in all', () => {
    it('stays under $2 a month for tag-events with the allowances: 100 instances, 20,000 events, 1 GB, 1,000 messages', () => {
      const cost = costOf(specOf('tag-events'), {
        instances: 100,
        'ec2-events': 20_000,
        'stored-gigabytes': 1,
        notifications: 1000,
      });
      // 20,000 writes to S3 at $0.005 / 1,000, 1 GB at $0.023; all else is free.
      expect(cost.total.withAllowances).to.equal(0.123);
      // Dashboard 3, metrics 1.2, alarms 0.3, SQS 0.2788, metric requests 0.2, S3 0.123, Lambda 0.070667, logs 0.038674, SNS 0.0205
      expect(cost.total.listPrice).to.equal(5.231640715);
      expect(cost.target).to.deep.equal({
        amount: 2,
        overAtListPrice: ['dashboard', 'custom-metrics'],
        overWithAllowances: [],
      });
    });

    it('stays under $2 at list price too without a dashboard and metrics', () => {
      const { dashboard: _, ...spec } = specOf('tag-events');
      const cost = costOf({ ...spec, functions: quiet(spec) });
      // 5.231640715 - 3 - 1.2 - 0.2
      expect(cost.total.listPrice).to.equal(0.831640715);
      expect(cost.target).to.deep.equal({ amount: 2, overAtListPrice: [], overWithAllowances: [] });
    });

    it('says what breaks $2 with the allowances', () => {
      const cost = costOf(specOf('tag-events'), { 'stored-gigabytes': 1000 });
      // $23 of storage
      expect(cost.target?.overWithAllowances).to.deep.equal(['s3-storage']);
    });

    it('has no target but for tag-events', () => {
      expect(costOf(specOf('standard'))).not.to.have.property('target');
    });

    for (const preset of [
      'standard',
      'ec2-baseline',
      'reporting',
      'config-history',
      'tag-events',
      'regulated',
    ] as const) {
      it(`knows the price of everything in ${preset}, the dearest first, and sums it up`, () => {
        const { items, once, total } = costOf(specOf(preset));
        const prices = items.map(({ listPrice }) => listPrice ?? NaN);
        expect(prices).to.deep.equal(prices.toSorted((one, other) => other - one));
        expect([...items, ...once].every(({ quotes }) => quotes.length > 0)).to.equal(true);
        expect(items.every(({ quantity }) => quantity > 0)).to.equal(true);
        expect(total.listPrice).to.be.closeTo(
          prices.reduce((sum, price) => sum + price, 0),
          1e-9,
        );
        expect(items.every((item) => (item.withAllowances ?? NaN) <= (item.listPrice ?? NaN))).to.equal(true);
      });
    }

    it('charges nothing for a stack without parts', () => {
      const { environment, preset, place, tags, outputs } = specOf('standard');
      const none = { topics: [], buckets: [], functions: [], schedules: [], events: [], alarms: [] };
      const cost = costOf({ environment, preset, place, tags, outputs, ...none });
      expect(cost.items).to.deep.equal([]);
      expect(cost.total).to.deep.equal({ listPrice: 0, withAllowances: 0 });
    });

    it('prints each assumption that it goes by', () => {
      expect(
        costOf(specOf('tag-events'), { instances: 5 }).assumptions.map(({ name, value }) => [name, value]),
      ).to.deep.equal([
        ['instances', 5],
        ['ec2-events', 20_000],
        ['notifications', 1000],
        ['stored-gigabytes', 1],
        ['event-seconds', 1],
        ['event-log-kilobytes', 4],
        ['items-per-event', 0.5],
      ]);
    });
  });

  describe('with the prices that are known', () => {
    const dashboards: PriceList = { quotes: [quote('cloudwatch/dashboards', 3)], allowances: [] };

    it('calls what has no price unknown, and puts it first', () => {
      const cost = costOf(specOf('tag-events'), {}, dashboards);
      expect(cost.total).to.deep.equal({ listPrice: 3, withAllowances: 3 });
      expect(itemOf(cost, 'alarms')).to.deep.include({ listPrice: null, withAllowances: null, quotes: [] });
      expect(cost.items.at(-1)?.id).to.equal('dashboard');
      expect(cost.target).to.deep.equal({
        amount: 2,
        overAtListPrice: ['dashboard'],
        overWithAllowances: ['dashboard'],
      });
      expect(cost).not.to.have.property('configAlternative');
    });

    it('uses those of us-east-1 where the region’s are not known, and shows it', () => {
      const place = { partition: 'aws', accountId: '111122223333', region: 'eu-west-1' };
      const cost = costOf(specOf('tag-events', { place }));
      // 20,000 x 4 KB x $0.57
      expect(usedOf(cost, 'log-ingestion').slice(0, 2)).to.deep.equal([0.076294, 0.043487549]);
      expect(itemOf(cost, 'log-ingestion')?.quotes.map(({ region }) => region)).to.deep.equal(['eu-west-1']);
      expect(itemOf(cost, 'alarms')?.quotes.map(({ region }) => region)).to.deep.equal(['us-east-1']);
    });

    it('counts no allowances outside the commercial regions, and knows no prices in China', () => {
      const government = costOf(
        specOf('tag-events', {
          place: { partition: 'aws-us-gov', accountId: '111122223333', region: 'us-gov-west-1' },
        }),
      );
      expect(government.hasAllowances).to.equal(false);
      expect(government.total.withAllowances).to.equal(government.total.listPrice);
      const china = costOf(
        specOf('tag-events', { place: { partition: 'aws-cn', accountId: '111122223333', region: 'cn-north-1' } }),
      );
      expect(china.total).to.deep.equal({ listPrice: 0, withAllowances: 0 });
      expect(china.items.every(({ listPrice }) => listPrice === null)).to.equal(true);
    });
  });
});
