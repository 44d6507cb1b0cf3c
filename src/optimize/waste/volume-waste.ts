/** What volumes cost for nothing, and what would save it. Pure but for the prices, which it asks for. */
import type { PriceQuestion, Prices, UnitPrice, VolumeType } from '../../prices/price.ts';
import { shellText } from '../../shell-text.ts';
import { cents, dollars, LIST_PRICE, plain, unknown } from '../savings/saving-parts.ts';
import type { Unknown } from '../savings/saving-parts.ts';
import type { Saving } from '../saving.ts';
import type { KeptVolumes, Volume, WasteFinding } from './model.ts';

/**
 * What the price of gp3's storage includes: aws.amazon.com/ebs/pricing, and "Amazon EBS volume types",
 * docs.aws.amazon.com/ebs/latest/userguide/general-purpose.html. Its storage holds any volume of gp2 with any of its performance.
 */
const GP3_INCLUDED = { iops: 3000, throughput: 125 };

/**
 * What gp2 gives: 3 IOPS for each GiB, at least 100 and at most 16,000, with bursts to 3,000 below 1,000 GiB, which gp3 includes; up to
 * 128 MiB/s for as much as 170 GiB, and up to 250 MiB/s above (the same page).
 */
const GP2 = { perGib: 3, least: 100, most: 16_000, smallGib: 170, smallThroughput: 128, throughput: 250 };

/** Up to here IOPS of io2 have one price; above they have two lower ones (aws.amazon.com/ebs/pricing), which nobody asks for. */
const IO2_FIRST_TIER = 32_000;

/** Types whose storage costs about as much as that of snapshots, or less (aws.amazon.com/ebs/pricing). */
const CHEAP_TYPES: ReadonlySet<string> = new Set<VolumeType>(['st1', 'sc1', 'standard']);

const TYPES: ReadonlySet<string> = new Set<VolumeType>(['gp2', 'gp3', 'io1', 'io2', 'st1', 'sc1', 'standard']);

export interface VolumeWaste {
  readonly findings: readonly WasteFinding[];
  /** Volumes of gp2 that are none of them. */
  readonly kept: KeptVolumes;
}

/** Each volume once: one of gp2 that no instance has is unattached. */
export async function volumeWaste(volumes: readonly Volume[], prices: Prices): Promise<VolumeWaste> {
  const findings: WasteFinding[] = [];
  const kept: { readonly id: string; readonly amount: number }[] = [];
  for (const volume of volumes) {
    if (!volume.attached) findings.push(await unattached(volume, prices));
    else {
      const judged = await savingOfGp3(volume, prices);
      if (judged.saving.known && judged.saving.amount <= 0) kept.push({ id: volume.id, amount: judged.included });
      else findings.push(ofGp2(volume, judged.saving));
    }
  }
  const amount = cents(kept.reduce((sum, one) => sum + one.amount, 0));
  return { findings, kept: { ids: kept.map(({ id }) => id), amount } };
}

async function unattached(volume: Volume, prices: Prices): Promise<WasteFinding> {
  const { id, region, type, sizeGib, iops, throughput } = volume;
  return {
    ...commonOf(volume),
    what: 'unattached-volume',
    details: [
      `${sizeGib} GiB ${type}`,
      ...(isProvisioned(type) && iops !== null ? [iopsText(iops)] : []),
      ...(type === 'gp3' && throughput !== null ? [`${plain(throughput)} MiB/s`] : []),
      `created ${dateOf(volume)}`,
    ].join(', '),
    advice: 'Delete it when a snapshot of it is complete, if nobody needs it.',
    commands: [
      // By its own id: another snapshot of the volume, of yesterday's backup, may be complete long since.
      `id=$(${ec2('create-snapshot', region, ['--volume-id', id, '--query', 'SnapshotId', '--output', 'text'])})`,
      `${ec2('wait', region, ['snapshot-completed', '--snapshot-ids'])} "$id"`,
      ec2('delete-volume', region, ['--volume-id', id]),
    ],
    cautions: [
      'AWS does not say since when a volume is unattached: ask whoever made it before it is deleted.',
      // 40 attempts, 15 seconds apart: waiters-2.json of botocore.
      'aws ec2 wait gives up after 10 minutes, while the snapshot goes on: after a timeout repeat the last two steps alone, in the same shell.',
      await snapshotCaution(volume, prices),
    ],
    saving: await savingOfDeletion(volume, prices),
  };
}

/** By the GiB, so that it is said once of all volumes. */
async function snapshotCaution({ type, zone, region }: Volume, prices: Prices): Promise<string> {
  if (CHEAP_TYPES.has(type)) {
    return `A snapshot of a full ${type} volume costs about as much as the volume, or more, and that is not taken off here: move the snapshot to the archive tier, or delete the volume without one.`;
  }
  const answer = unknownZone(zone, region) ?? (await prices.find({ item: 'snapshot-storage', region }));
  return answer.known
    ? `Up to ${dollars(answer.price)} a month for each GiB of the volume goes to the snapshot as long as that is kept, and is not taken off here.`
    : 'A snapshot costs something as long as it is kept, and that is not taken off here.';
}

function ofGp2(volume: Volume, saving: Saving): WasteFinding {
  const { id, region, sizeGib } = volume;
  const { iops, throughput } = needOf(volume);
  const performance = ['--iops', plain(iops), '--throughput', plain(throughput)];
  return {
    ...commonOf(volume),
    what: 'gp2-volume',
    details: `${sizeGib} GiB gp2, created ${dateOf(volume)}`,
    advice: `Make it gp3 with ${iopsText(iops)} and ${throughput} MiB/s: ModifyVolume, online.`,
    commands: [ec2('modify-volume', region, ['--volume-id', id, '--volume-type', 'gp3', ...performance])],
    cautions: [
      'While a volume is being modified it goes on working, and how often it may be modified in a day is limited.',
      'Terraform puts gp2 back at the next apply where a configuration still says so; CloudFormation leaves the volume alone until its own template changes.',
    ],
    saving,
  };
}

function ec2(command: string, region: string, words: readonly string[]): string {
  return shellText(['aws', '--region', region, 'ec2', command, ...words]);
}

function iopsText(iops: number): string {
  return `${iops.toLocaleString('en-US')} IOPS`;
}

function commonOf({ id, name, arn, createdAt }: Volume) {
  return { type: 'AWS::EC2::Volume', id, name, arn, since: createdAt } as const;
}

function dateOf({ createdAt }: Volume): string {
  return createdAt.toISOString().slice(0, 10);
}

/** The performance that gp3 must have so that nothing is lost. */
function needOf({ sizeGib }: Volume): { readonly iops: number; readonly throughput: number } {
  const iops = Math.min(GP2.most, Math.max(GP2.least, GP2.perGib * sizeGib));
  return {
    iops: Math.max(GP3_INCLUDED.iops, iops),
    throughput: sizeGib <= GP2.smallGib ? GP2.smallThroughput : GP2.throughput,
  };
}

/** What gp3 saves at the performance of gp2, and what it would save with no more than it includes. */
async function savingOfGp3(
  volume: Volume,
  prices: Prices,
): Promise<{ readonly saving: Saving; readonly included: number }> {
  const { region, sizeGib, zone } = volume;
  const elsewhere = unknownZone(zone, region);
  if (elsewhere !== undefined) return { saving: elsewhere, included: 0 };
  const need = needOf(volume);
  const iops = need.iops - GP3_INCLUDED.iops;
  const throughput = need.throughput - GP3_INCLUDED.throughput;
  const before = await partsOf(prices, [
    { question: { item: 'volume-storage', volumeType: 'gp2', region }, quantity: sizeGib, unit: 'GiB' },
  ]);
  const after = await partsOf(prices, [
    { question: { item: 'volume-storage', volumeType: 'gp3', region }, quantity: sizeGib, unit: 'GiB' },
    { question: { item: 'volume-iops', volumeType: 'gp3', region }, quantity: iops, unit: 'IOPS' },
    { question: { item: 'volume-throughput', volumeType: 'gp3', region }, quantity: throughput, unit: 'MiB/s' },
  ]);
  if (!Array.isArray(before)) return { saving: before, included: 0 };
  if (!Array.isArray(after)) return { saving: after, included: 0 };
  const included = sumOf(before) - sumOf(after.slice(0, 1));
  const saving: Saving = {
    known: true,
    amount: cents(sumOf(before) - sumOf(after)),
    formula: `${formulaOf(before)} - (${formulaOf(after)})`,
    prices: [...before, ...after].map(({ price }) => price),
    assumptions: [
      `It is to be as fast as gp2 may be: ${iopsText(need.iops)} and ${need.throughput} MiB/s.`,
      `With the 3,000 IOPS and 125 MiB/s that gp3 includes it would save $${cents(included).toFixed(2)}.`,
      LIST_PRICE,
    ],
  };
  return { saving, included };
}

async function savingOfDeletion(volume: Volume, prices: Prices): Promise<Saving> {
  const { type, region, sizeGib, iops, throughput, zone } = volume;
  const elsewhere = unknownZone(zone, region);
  if (elsewhere !== undefined) return elsewhere;
  if (!isVolumeType(type)) return unknown(`What a volume of the type ${type} costs is not known.`);
  const storage: Part = {
    question: { item: 'volume-storage', volumeType: type, region },
    quantity: sizeGib,
    unit: 'GiB',
  };
  if (!isProvisioned(type)) return saved(await partsOf(prices, [storage]));
  if (iops === null) return unknown('AWS does not say how many IOPS are provisioned.');
  if (type === 'io2' && iops > IO2_FIRST_TIER) {
    return unknown(`It has more than ${iopsText(IO2_FIRST_TIER)}, and what those above them cost is not known here.`);
  }
  const perIops: PriceQuestion = { item: 'volume-iops', volumeType: type, region };
  if (type !== 'gp3') {
    return saved(await partsOf(prices, [storage, { question: perIops, quantity: iops, unit: 'IOPS' }]));
  }
  if (throughput === null) return unknown('AWS does not say how much throughput is provisioned.');
  const extra = [
    { question: perIops, quantity: iops - GP3_INCLUDED.iops, unit: 'IOPS' },
    {
      question: { item: 'volume-throughput', volumeType: 'gp3', region },
      quantity: throughput - GP3_INCLUDED.throughput,
      unit: 'MiB/s',
    },
  ] as const;
  return saved(await partsOf(prices, [storage, ...extra]));
}

function saved(parts: PricedPart[] | Unknown): Saving {
  if (!Array.isArray(parts)) return parts;
  return {
    known: true,
    amount: cents(sumOf(parts)),
    formula: formulaOf(parts),
    prices: parts.map(({ price }) => price),
    assumptions: [LIST_PRICE],
  };
}

interface Part {
  readonly question: PriceQuestion;
  readonly quantity: number;
  readonly unit: string;
}

interface PricedPart extends Part {
  readonly price: UnitPrice;
}

/** The parts of a month's price that there are, or why one of them has none. */
async function partsOf(prices: Prices, parts: readonly Part[]): Promise<PricedPart[] | Unknown> {
  const priced: PricedPart[] = [];
  for (const part of parts) {
    if (part.quantity <= 0) continue;
    const answer = await prices.find(part.question);
    if (!answer.known) return answer;
    priced.push({ ...part, price: answer.price });
  }
  return priced;
}

function sumOf(parts: readonly PricedPart[]): number {
  return parts.reduce((sum, { quantity, price }) => sum + quantity * price.amount, 0);
}

function formulaOf(parts: readonly PricedPart[]): string {
  return parts.map(({ quantity, unit, price }) => `${plain(quantity)} ${unit} x ${dollars(price)}`).join(' + ');
}

/** Local Zones and Wavelength Zones have names that go on after the region's, and prices of their own. */
function unknownZone(zone: string, region: string): Unknown | undefined {
  if (zone.startsWith(region) && /^[a-z]$/.test(zone.slice(region.length))) return undefined;
  return unknown(`It lies in ${zone}, whose prices are not those of the region.`);
}

function isVolumeType(type: string): type is VolumeType {
  return TYPES.has(type);
}

function isProvisioned(type: string): type is 'gp3' | 'io1' | 'io2' {
  return type === 'gp3' || type === 'io1' || type === 'io2';
}
