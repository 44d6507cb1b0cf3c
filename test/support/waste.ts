/** What costs money for nothing: things as they are read, prices, and the documents that come of them. */
import type { PriceAnswer, PriceQuestion, Prices } from '../../src/prices/price.ts';
import { addressWaste } from '../../src/optimize/waste/address-waste.ts';
import { wasteDocument } from '../../src/optimize/waste/document.ts';
import { logGroupWaste } from '../../src/optimize/waste/log-group-waste.ts';
import type { IdleAddress, LogGroup, Volume, WasteGap } from '../../src/optimize/waste/model.ts';
import { volumeWaste } from '../../src/optimize/waste/volume-waste.ts';
import type { WasteDocument } from '../../src/report/waste-document.ts';
import { HOSTILE } from './hostile-scan.ts';
import { ACCOUNT, REGION } from './optimize.ts';

export const NOW = new Date('2026-11-21T06:20:00Z');

/** A volume of gp2 that an instance has. */
export function volume(own: Partial<Volume> = {}): Volume {
  const id = own.id ?? 'vol-0a11';
  return {
    id,
    arn: `arn:aws:ec2:${REGION}:${ACCOUNT}:volume/${id}`,
    region: REGION,
    zone: `${REGION}a`,
    name: null,
    type: 'gp2',
    sizeGib: 100,
    iops: 300,
    throughput: null,
    attached: true,
    createdAt: new Date('2025-03-01T10:00:00Z'),
    ...own,
  };
}

export function unattached(own: Partial<Volume> = {}): Volume {
  return volume({ attached: false, ...own });
}

export function idleAddress(own: Partial<IdleAddress> = {}): IdleAddress {
  const id = own.id ?? 'eipalloc-0a11';
  return {
    id,
    arn: `arn:aws:ec2:${REGION}:${ACCOUNT}:elastic-ip/${id}`,
    region: REGION,
    borderGroup: REGION,
    name: null,
    publicIp: '203.0.113.7',
    ...own,
  };
}

/** A log group of 400 days. */
export function logGroup(own: Partial<LogGroup> = {}): LogGroup {
  const name = own.name ?? '/aws/lambda/web';
  return {
    name,
    arn: `arn:aws:logs:${REGION}:${ACCOUNT}:log-group:${name}`,
    region: REGION,
    createdAt: daysAgo(400),
    storedBytes: 50e9,
    logClass: 'STANDARD',
    accountPolicy: null,
    ...own,
  };
}

export function daysAgo(days: number): Date {
  return new Date(NOW.getTime() - days * 86_400_000);
}

/** On-demand prices of us-east-1. */
const AMOUNTS: Readonly<Record<string, number>> = {
  'volume-storage gp2': 0.1,
  'volume-storage gp3': 0.08,
  'volume-storage io1': 0.125,
  'volume-storage io2': 0.125,
  'volume-storage st1': 0.045,
  'volume-storage sc1': 0.015,
  'volume-storage standard': 0.05,
  'volume-iops gp3': 0.005,
  'volume-iops io1': 0.065,
  'volume-iops io2': 0.065,
  'volume-throughput gp3': 0.04,
  'snapshot-storage': 0.05,
  'idle-address': 0.005,
  'log-storage': 0.03,
};

/** Such prices; a question whose name is among `unknown` has none. */
export function wastePrices(...unknown: readonly string[]): Prices & { readonly asked: readonly PriceQuestion[] } {
  const asked: PriceQuestion[] = [];
  return {
    asked,
    async find(question): Promise<PriceAnswer> {
      asked.push(question);
      const name = 'volumeType' in question ? `${question.item} ${question.volumeType}` : question.item;
      const amount = AMOUNTS[name];
      if (amount === undefined || unknown.includes(name)) {
        return {
          known: false,
          reason: `No price of ${name} comes with this version.`,
          permission: 'pricing:GetProducts',
        };
      }
      const unit = question.item === 'idle-address' ? 'Hrs' : 'GB-Mo';
      const price = { amount, unit, usageType: name, region: question.region } as const;
      return { known: true, price: { ...price, source: 'bundled', origin: 'AWS Price List', date: '2026-11-21' } };
    },
  };
}

interface Estate {
  readonly volumes?: readonly Volume[];
  readonly addresses?: readonly IdleAddress[];
  readonly logGroups?: readonly LogGroup[];
  readonly gaps?: readonly WasteGap[];
  readonly prices?: Prices;
}

/** The document of what is there. */
export async function documentOf({
  volumes = [],
  addresses = [],
  logGroups = [],
  gaps = [],
  prices = wastePrices(),
}: Estate): Promise<WasteDocument> {
  const { findings, kept } = await volumeWaste(volumes, prices);
  const others = [await addressWaste(addresses, prices), await logGroupWaste(logGroups, prices, NOW)].flat();
  return wasteDocument({ at: NOW, accountId: ACCOUNT, region: REGION, findings: [...findings, ...others], kept, gaps });
}

/** An account with some of everything. */
export const found = await documentOf({
  volumes: [
    volume({ id: 'vol-0c3d4e5f60718293a', name: 'TapStackdev/Instance', sizeGib: 100 }),
    volume({ id: 'vol-0d4e5f60718293a4b', name: 'database', sizeGib: 2000, iops: 6000 }),
    volume({ id: 'vol-0e5f60718293a4b5c', sizeGib: 6 }),
    volume({ id: 'vol-0f60718293a4b5c6d', sizeGib: 200, iops: 600 }),
    unattached({ id: 'vol-0a1b2c3d4e5f60718', name: 'old data', type: 'io1', sizeGib: 500, iops: 3000 }),
    unattached({ id: 'vol-0b2c3d4e5f6071829', type: 'gp3', sizeGib: 80, iops: 4000, throughput: 250 }),
    unattached({ id: 'vol-018293a4b5c6d7e8f', zone: 'us-east-1-bos-1a', sizeGib: 8 }),
    unattached({ id: 'vol-08293a4b5c6d7e8f9', name: 'archive', type: 'sc1', sizeGib: 500, iops: null }),
  ],
  addresses: [
    idleAddress({ id: 'eipalloc-0123456789abcdef0', name: 'nat' }),
    idleAddress({ id: 'eipalloc-0123456789abcdef1', publicIp: '203.0.113.8' }),
  ],
  logGroups: [
    logGroup({ name: '/aws/lambda/TapStackdev-CustomS3AutoDeleteObjectsCustomResourceProvider-0a1b2c3d4e5f' }),
    logGroup({ name: '/aws/ecs/containerinsights/TapStackdev/performance', storedBytes: 812_345_678 }),
    logGroup({ name: '/aws/lambda/new', createdAt: daysAgo(12), storedBytes: 3_400_000 }),
    logGroup({ name: '/aws/lambda/never-called', storedBytes: 0 }),
    logGroup({ name: '/aws/lambda/new-and-loud', createdAt: daysAgo(12), storedBytes: 340e9 }),
    logGroup({ name: 'audit', logClass: 'INFREQUENT_ACCESS', storedBytes: 2e12 }),
    logGroup({ name: 'trail', accountPolicy: 'keep-everything', storedBytes: 9e9 }),
  ],
});

export const nothing = await documentOf({});

const gap = (own: Pick<WasteGap, 'kind' | 'operation'> & Partial<WasteGap>): WasteGap => ({
  reason: 'denied',
  message: 'Which volumes there are is not known: ec2:DescribeVolumes was denied (Not you).',
  ...own,
});

/** Two kinds were not read, of one of them only the second page. */
export const denied = await documentOf({
  volumes: [unattached()],
  addresses: [idleAddress()],
  gaps: [
    gap({
      kind: 'volumes',
      operation: 'DescribeVolumes',
      reason: 'throttled',
      message: 'Which volumes there are is not known: DescribeVolumes was throttled to the end (Rate exceeded).',
    }),
    gap({
      kind: 'log-groups',
      operation: 'DescribeLogGroups',
      permission: 'logs:DescribeLogGroups',
      message: 'Which log groups there are is not known: logs:DescribeLogGroups was denied (Not you).',
    }),
  ],
  prices: wastePrices('idle-address'),
});

/** Every text that a stranger may write tries to be something else. */
export const hostile = await documentOf({
  volumes: [
    unattached({ id: `vol-1; rm -rf ~ ${HOSTILE.escapes}`, name: HOSTILE.script, type: HOSTILE.table }),
    volume({ id: '$(reboot)', name: HOSTILE.link }),
  ],
  addresses: [idleAddress({ id: '`id`', name: HOSTILE.mention, publicIp: HOSTILE.direction })],
  logGroups: [
    logGroup({ name: "--it's $(reboot) `id` | tee & x" }),
    logGroup({ name: HOSTILE.escapes, logClass: HOSTILE.link, createdAt: daysAgo(1) }),
    logGroup({ name: HOSTILE.commands, accountPolicy: HOSTILE.table }),
  ],
  gaps: [
    gap({
      kind: 'addresses',
      operation: HOSTILE.table,
      permission: HOSTILE.link,
      message: HOSTILE.escapes,
    }),
  ],
});

/** By the names of their golden files. */
export const WASTE_DOCUMENTS: Readonly<Record<string, WasteDocument>> = { found, nothing, denied, hostile };
