import { expect } from 'chai';

import { logGroupWaste } from '../../../src/optimize/waste/log-group-waste.ts';
import type { LogGroup } from '../../../src/optimize/waste/model.ts';
import { daysAgo, logGroup, NOW, wastePrices } from '../../support/waste.ts';

async function findingOf(group: LogGroup, ...unknown: readonly string[]) {
  const [finding] = await logGroupWaste([group], wastePrices(...unknown), NOW);
  if (finding === undefined) throw new Error('It is no row.');
  return finding;
}

const savingOf = async (own: Partial<LogGroup>, ...unknown: readonly string[]) =>
  (await findingOf(logGroup(own), ...unknown)).saving;

describe('logGroupWaste', () => {
  it('keeps the events of 30 days', async () => {
    expect(await findingOf(logGroup())).to.deep.include({
      what: 'log-group-without-retention',
      type: 'AWS::Logs::LogGroup',
      id: '/aws/lambda/web',
      name: null,
      arn: 'arn:aws:logs:us-east-1:111122223333:log-group:/aws/lambda/web',
      details: '50 GB stored, created 2025-10-17',
      storedBytes: 50e9,
      since: daysAgo(400),
      advice: 'Let its events expire after 30 days, or as many as you need: PutRetentionPolicy.',
      commands: [
        'aws --region us-east-1 logs put-retention-policy --log-group-name /aws/lambda/web --retention-in-days 30',
      ],
      cautions: ['What is older than the retention is deleted within days, and does not come back: export it first.'],
    });
  });

  it('saves at most what is older than that, where it has grown evenly', async () => {
    const saving = await savingOf({});
    expect(saving).to.deep.include({ amount: 1.39, formula: '50 GB x (1 - 30 / 400 days) x $0.03' });
    expect(saving.known && saving.assumptions).to.deep.equal([
      'It has grown evenly since it was made, and its events are to be kept for 30 days.',
      'At most: the bill counts compressed bytes, and DescribeLogGroups does not say that it does.',
      'At most: where Intelligent Tiering is on, older events are billed at less.',
      'Prices are on-demand list prices, without taxes, credits, discounts and the free tier.',
    ]);
  });

  it('counts by the digits that its formula shows', async () => {
    expect(await savingOf({ storedBytes: 812_345_678_901, createdAt: daysAgo(90.9) })).to.deep.include({
      amount: 16.25,
      formula: '812.3457 GB x (1 - 30 / 90 days) x $0.03',
    });
  });

  for (const [age, said] of [
    [0, '1 day'],
    [1.5, '1 day'],
    [29, '29 days'],
    [30.5, '30 days'],
    [-3, '1 day'],
  ] as const) {
    it(`is a row that saves nothing yet at an age of ${age} days, whatever storage costs`, async () => {
      const saving = await savingOf({ createdAt: daysAgo(age) }, 'log-storage');
      expect(saving).to.deep.include({
        known: true,
        amount: 0,
        formula: `50 GB x 0, at an age of ${said}`,
        prices: [],
      });
    });
  }

  it('is a row that saves nothing yet where next to nothing is stored', async () => {
    expect(await savingOf({ storedBytes: 0, logClass: 'INFREQUENT_ACCESS' })).to.deep.include({
      amount: 0,
      formula: '0 GB x (1 - 30 / 400 days)',
    });
    expect(await savingOf({ storedBytes: 49_999 })).to.deep.include({ amount: 0 });
  });

  it('is unknown where the price of storage is, or that of its class', async () => {
    expect(await savingOf({}, 'log-storage')).to.deep.equal({
      known: false,
      reason: 'No price of log-storage comes with this version.',
      permission: 'pricing:GetProducts',
    });
    expect(await savingOf({ logClass: 'ESSENTIALS' })).to.deep.equal({
      known: false,
      reason: 'What storage costs in the class ESSENTIALS is not known.',
    });
  });

  it('says its class where that is another than usual', async () => {
    const { details } = await findingOf(logGroup({ logClass: 'INFREQUENT_ACCESS' }));
    expect(details).to.equal('50 GB stored, class INFREQUENT_ACCESS, created 2025-10-17');
  });

  for (const [bytes, said] of [
    [0, '0 bytes'],
    [999, '999 bytes'],
    [1000, '1 kB'],
    [3_456_789, '3.46 MB'],
    [812_345_678, '812 MB'],
    [12_345_678_901, '12.3 GB'],
    [2e12, '2 TB'],
  ] as const) {
    it(`says that ${said} are stored`, async () => {
      const { details } = await findingOf(logGroup({ storedBytes: bytes }));
      expect(details).to.equal(`${said} stored, created 2025-10-17`);
    });
  }

  it('has no command, and no advice to change it, where the account’s own policy keeps everything', async () => {
    expect(await findingOf(logGroup({ accountPolicy: 'keep' }))).to.deep.include({
      advice:
        'The account’s policy keep keeps it for ever, perhaps on purpose. It holds for other groups too, and a number of days there overrides theirs: leave it unless you know why it is there.',
      commands: [],
    });
  });

  it('writes a command in which no name is anything else', async () => {
    const commandOf = async (name: string) => (await findingOf(logGroup({ name }))).commands[0];
    expect(await commandOf('a#b')).to.equal(
      "aws --region us-east-1 logs put-retention-policy --log-group-name 'a#b' --retention-in-days 30",
    );
    expect(await commandOf('-dash')).to.equal(
      'aws --region us-east-1 logs put-retention-policy --log-group-name=-dash --retention-in-days 30',
    );
    expect(await commandOf("$(reboot)'")).to.equal(
      String.raw`aws --region us-east-1 logs put-retention-policy --log-group-name '$(reboot)'\''' --retention-in-days 30`,
    );
  });
});
