import { expect } from 'chai';

import type { Volume } from '../../../src/optimize/waste/model.ts';
import { volumeWaste } from '../../../src/optimize/waste/volume-waste.ts';
import { unattached, volume, wastePrices } from '../../support/waste.ts';

const judge = async (volumes: readonly Volume[], ...unknown: readonly string[]) =>
  volumeWaste(volumes, wastePrices(...unknown));

/** What is said of a volume that is waste. */
async function findingOf(one: Volume, ...unknown: readonly string[]) {
  const { findings } = await judge([one], ...unknown);
  const [finding] = findings;
  if (finding === undefined || findings.length > 1) throw new Error('It is no row.');
  return finding;
}

const savingOf = async (one: Volume, ...unknown: readonly string[]) => (await findingOf(one, ...unknown)).saving;

/** The formula and the amount of a saving that is known. */
async function sumOf(one: Volume) {
  const saving = await savingOf(one);
  return saving.known ? { formula: saving.formula, amount: saving.amount } : saving;
}

describe('volumeWaste: gp2', () => {
  it('makes a volume gp3 with the performance that gp2 gives it', async () => {
    expect(await findingOf(volume({ id: 'vol-1', name: 'web' }))).to.deep.include({
      what: 'gp2-volume',
      type: 'AWS::EC2::Volume',
      id: 'vol-1',
      name: 'web',
      arn: 'arn:aws:ec2:us-east-1:111122223333:volume/vol-1',
      details: '100 GiB gp2, created 2025-03-01',
      since: new Date('2025-03-01T10:00:00Z'),
      advice: 'Make it gp3 with 3,000 IOPS and 128 MiB/s: ModifyVolume, online.',
      commands: [
        'aws --region us-east-1 ec2 modify-volume --volume-id vol-1 --volume-type gp3 --iops 3000 --throughput 128',
      ],
      cautions: [
        'While a volume is being modified it goes on working, and how often it may be modified in a day is limited.',
        'Terraform puts gp2 back at the next apply where a configuration still says so; CloudFormation leaves the volume alone until its own template changes.',
      ],
    });
  });

  it('counts up to 170 GiB the 3 MiB/s that gp3 does not include', async () => {
    expect(await sumOf(volume({ sizeGib: 170 }))).to.deep.equal({
      formula: '170 GiB x $0.1 - (170 GiB x $0.08 + 3 MiB/s x $0.04)',
      amount: 3.28,
    });
  });

  it('counts above that 125 MiB/s, and above 1,000 GiB the IOPS as well', async () => {
    expect(await sumOf(volume({ sizeGib: 1000 }))).to.deep.equal({
      formula: '1000 GiB x $0.1 - (1000 GiB x $0.08 + 125 MiB/s x $0.04)',
      amount: 15,
    });
    expect(await sumOf(volume({ sizeGib: 1001 }))).to.deep.equal({
      formula: '1001 GiB x $0.1 - (1001 GiB x $0.08 + 3 IOPS x $0.005 + 125 MiB/s x $0.04)',
      amount: 15.01,
    });
  });

  it('counts no more IOPS than gp2 can have', async () => {
    const finding = await findingOf(volume({ sizeGib: 16_384 }));
    expect(finding.saving).to.deep.include({
      formula: '16384 GiB x $0.1 - (16384 GiB x $0.08 + 13000 IOPS x $0.005 + 125 MiB/s x $0.04)',
      amount: 257.68,
    });
    expect(finding.commands[0]).to.match(/ --iops 16000 --throughput 250$/);
  });

  it('says what its prices are, and what it would save with no more than gp3 includes', async () => {
    const saving = await savingOf(volume({ sizeGib: 2000 }));
    expect(saving.known && saving.assumptions).to.deep.equal([
      'It is to be as fast as gp2 may be: 6,000 IOPS and 250 MiB/s.',
      'With the 3,000 IOPS and 125 MiB/s that gp3 includes it would save $40.00.',
      'Prices are on-demand list prices, without taxes, credits, discounts and the free tier.',
    ]);
    expect(saving.known && saving.prices.map(({ usageType }) => usageType)).to.deep.equal([
      'volume-storage gp2',
      'volume-storage gp3',
      'volume-iops gp3',
      'volume-throughput gp3',
    ]);
  });

  it('leaves a volume alone for which gp3 costs as much, or more, and counts what it would save with less', async () => {
    const volumes = [
      volume({ id: 'vol-3', sizeGib: 6 }),
      volume({ id: 'vol-1', sizeGib: 171 }),
      volume(),
      volume({ id: 'vol-2', sizeGib: 250 }),
    ];
    const { findings, kept } = await judge(volumes);
    expect(findings.map(({ details }) => details)).to.deep.equal(['100 GiB gp2, created 2025-03-01']);
    expect(kept).to.deep.equal({ ids: ['vol-3', 'vol-1', 'vol-2'], amount: 8.54 });
  });

  it('keeps none where every volume is a row', async () => {
    expect(await judge([volume({ sizeGib: 251 })])).to.deep.include({ kept: { ids: [], amount: 0 } });
  });

  for (const name of ['volume-storage gp2', 'volume-storage gp3', 'volume-iops gp3', 'volume-throughput gp3']) {
    it(`is a row whose saving is unknown where ${name} has no price`, async () => {
      expect(await savingOf(volume({ sizeGib: 2000 }), name)).to.deep.equal({
        known: false,
        reason: `No price of ${name} comes with this version.`,
        permission: 'pricing:GetProducts',
      });
    });
  }

  it('asks for no price that a volume does not need', async () => {
    expect((await savingOf(volume(), 'volume-iops gp3')).known).to.equal(true);
  });

  it('does not know the prices of a Local Zone', async () => {
    expect(await savingOf(volume({ zone: 'us-east-1-bos-1a' }))).to.deep.equal({
      known: false,
      reason: 'It lies in us-east-1-bos-1a, whose prices are not those of the region.',
    });
    expect((await savingOf(volume({ zone: 'use1-az1' }))).known).to.equal(false);
  });
});

describe('volumeWaste: unattached', () => {
  it('is deleted when a snapshot is complete', async () => {
    const own = { id: 'vol-2', name: 'old data', type: 'io1', sizeGib: 500, iops: 3000 };
    expect(await findingOf(unattached(own))).to.deep.include({
      what: 'unattached-volume',
      name: 'old data',
      details: '500 GiB io1, 3,000 IOPS, created 2025-03-01',
      advice: 'Delete it when a snapshot of it is complete, if nobody needs it.',
      commands: [
        'id=$(aws --region us-east-1 ec2 create-snapshot --volume-id vol-2 --query SnapshotId --output text)',
        'aws --region us-east-1 ec2 wait snapshot-completed --snapshot-ids "$id"',
        'aws --region us-east-1 ec2 delete-volume --volume-id vol-2',
      ],
      cautions: [
        'AWS does not say since when a volume is unattached: ask whoever made it before it is deleted.',
        'aws ec2 wait gives up after 10 minutes, while the snapshot goes on: after a timeout repeat the last two steps alone, in the same shell.',
        'Up to $0.05 a month for each GiB of the volume goes to the snapshot as long as that is kept, and is not taken off here.',
      ],
    });
  });

  for (const type of ['st1', 'sc1', 'standard']) {
    it(`is told that a snapshot of ${type} is no cheaper, whether its price is known or not`, async () => {
      const prices = wastePrices('snapshot-storage');
      const { findings } = await volumeWaste([unattached({ type })], prices);
      expect(findings[0]?.cautions[2]).to.equal(
        `A snapshot of a full ${type} volume costs about as much as the volume, or more, and that is not taken off here: move the snapshot to the archive tier, or delete the volume without one.`,
      );
      expect(prices.asked.map(({ item }) => item)).to.deep.equal(['volume-storage']);
    });
  }

  it('does not say how much a snapshot costs where that is not known', async () => {
    const general = 'A snapshot costs something as long as it is kept, and that is not taken off here.';
    expect((await findingOf(unattached(), 'snapshot-storage')).cautions[2]).to.equal(general);
    expect((await findingOf(unattached({ zone: 'us-east-1-bos-1a' }))).cautions[2]).to.equal(general);
  });

  it('saves the same whatever the snapshot costs', async () => {
    expect(await savingOf(unattached(), 'snapshot-storage')).to.deep.equal(await savingOf(unattached()));
  });

  it('is one row where it is gp2, and saves all its storage', async () => {
    const finding = await findingOf(unattached());
    expect(finding.what).to.equal('unattached-volume');
    expect(finding.saving).to.deep.include({ formula: '100 GiB x $0.1', amount: 10 });
  });

  for (const [type, formula, amount] of [
    ['st1', '500 GiB x $0.045', 22.5],
    ['sc1', '500 GiB x $0.015', 7.5],
    ['standard', '500 GiB x $0.05', 25],
    ['io1', '500 GiB x $0.125 + 3000 IOPS x $0.065', 257.5],
    ['io2', '500 GiB x $0.125 + 3000 IOPS x $0.065', 257.5],
  ] as const) {
    it(`saves what ${type} costs`, async () => {
      expect(await sumOf(unattached({ type, sizeGib: 500, iops: 3000 }))).to.deep.equal({ formula, amount });
    });
  }

  it('saves of gp3 what is provisioned beyond what it includes', async () => {
    const gp3 = (iops: number, throughput: number) => unattached({ type: 'gp3', sizeGib: 80, iops, throughput });
    expect(await sumOf(gp3(3000, 125))).to.deep.equal({ formula: '80 GiB x $0.08', amount: 6.4 });
    expect(await sumOf(gp3(4000, 250))).to.deep.equal({
      formula: '80 GiB x $0.08 + 1000 IOPS x $0.005 + 125 MiB/s x $0.04',
      amount: 16.4,
    });
    expect((await findingOf(gp3(4000, 250))).details).to.equal('80 GiB gp3, 4,000 IOPS, 250 MiB/s, created 2025-03-01');
  });

  it('is unknown for io2 that has IOPS of the lower prices: a part is no sum', async () => {
    expect(await sumOf(unattached({ type: 'io2', sizeGib: 1000, iops: 32_000 }))).to.deep.equal({
      formula: '1000 GiB x $0.125 + 32000 IOPS x $0.065',
      amount: 2205,
    });
    expect(await savingOf(unattached({ type: 'io2', sizeGib: 1000, iops: 32_001 }))).to.deep.equal({
      known: false,
      reason: 'It has more than 32,000 IOPS, and what those above them cost is not known here.',
    });
    const io1 = await savingOf(unattached({ type: 'io1', sizeGib: 1000, iops: 40_000 }));
    expect(io1).to.deep.include({ amount: 2725 });
  });

  it('is unknown where AWS does not say what is provisioned', async () => {
    expect(await savingOf(unattached({ type: 'io1', iops: null }))).to.deep.equal({
      known: false,
      reason: 'AWS does not say how many IOPS are provisioned.',
    });
    expect(await savingOf(unattached({ type: 'gp3', iops: 3000, throughput: null }))).to.deep.equal({
      known: false,
      reason: 'AWS does not say how much throughput is provisioned.',
    });
    const { details } = await findingOf(unattached({ type: 'gp3', iops: null, throughput: null }));
    expect(details).to.equal('100 GiB gp3, created 2025-03-01');
  });

  it('is unknown where its type is', async () => {
    expect(await savingOf(unattached({ type: 'gp9' }))).to.deep.equal({
      known: false,
      reason: 'What a volume of the type gp9 costs is not known.',
    });
  });

  it('is unknown where a price is, or its zone has others', async () => {
    expect(await savingOf(unattached({ type: 'io1', iops: 100 }), 'volume-iops io1')).to.deep.include({ known: false });
    expect(await savingOf(unattached(), 'volume-storage gp2')).to.deep.include({ known: false });
    expect(await savingOf(unattached({ zone: 'us-east-1-wl1-bos-wlz-1' }))).to.deep.include({ known: false });
  });

  it('quotes an id that is none', async () => {
    const { commands } = await findingOf(unattached({ id: "vol-1'; reboot" }));
    expect(commands[0]).to.equal(
      String.raw`id=$(aws --region us-east-1 ec2 create-snapshot --volume-id 'vol-1'\''; reboot' --query SnapshotId --output text)`,
    );
    expect(commands[2]).to.equal(String.raw`aws --region us-east-1 ec2 delete-volume --volume-id 'vol-1'\''; reboot'`);
  });

  it('judges ten thousand volumes at once', async () => {
    const volumes = Array.from({ length: 10_000 }, (_, index) => unattached({ id: `vol-${index}` }));
    expect((await judge(volumes)).findings).to.have.length(10_000);
  });
});
