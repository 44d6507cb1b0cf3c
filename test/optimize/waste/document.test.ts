import { expect } from 'chai';

import {
  daysAgo,
  documentOf,
  found,
  idleAddress,
  logGroup,
  NOW,
  nothing,
  unattached,
  volume,
} from '../../support/waste.ts';

describe('wasteDocument', () => {
  it('has what saves most first, and what is not known last', () => {
    const amounts = found.rows.map(({ saving }) => saving.monthly_usd);
    expect(amounts).to.deep.equal([257.5, 20, 16.4, 7.5, 3.65, 3.65, 1.88, 1.39, 0.25, 0.02, 0, 0, 0, null, null]);
  });

  it('has rows that save the same by kind, then by name, in whatever order they were read', async () => {
    const logGroups = [logGroup({ name: 'b', storedBytes: 0 }), logGroup({ name: 'a', storedBytes: 0 })];
    const volumes = [volume({ id: 'vol-2', sizeGib: 100 }), volume({ id: 'vol-1' }), unattached({ sizeGib: 0 })];
    volumes.push(volume({ id: 'vol-5', sizeGib: 6 }), volume({ id: 'vol-4', sizeGib: 6 }));
    const there = await documentOf({ logGroups, volumes });
    expect(there.rows.map(({ resource_id: id }) => id)).to.deep.equal(['vol-1', 'vol-2', 'vol-0a11', 'a', 'b']);
    const back = await documentOf({ logGroups: logGroups.toReversed(), volumes: volumes.toReversed() });
    expect(back).to.deep.equal(there);
    const same = await documentOf({ addresses: [idleAddress(), idleAddress()] });
    expect(same.rows).to.have.length(2);
  });

  it('has log groups that save nothing as yet by what they store, the largest first', async () => {
    const young = (name: string, storedBytes: number) => logGroup({ name, storedBytes, createdAt: daysAgo(2) });
    const { rows } = await documentOf({
      logGroups: [young('a', 4_000_000), young('b', 900e9), young('c', 3e12), young('d', 0), young('e', 900e9)],
    });
    expect(rows.map(({ resource_id: id }) => id)).to.deep.equal(['c', 'b', 'e', 'a', 'd']);
    const ofClass = await documentOf({
      logGroups: [1e9, 2e12].map((storedBytes) =>
        logGroup({ name: `g${storedBytes}`, storedBytes, logClass: 'INFREQUENT_ACCESS' }),
      ),
    });
    expect(ofClass.rows.map(({ resource_id: id }) => id)).to.deep.equal(['g2000000000000', 'g1000000000']);
  });

  it('adds up what is shown, by kind and over all', () => {
    expect(found.kinds).to.deep.equal([
      { what: 'unattached-volume', rows: 4, monthly_usd: 281.4, unknown: 1 },
      { what: 'gp2-volume', rows: 2, monthly_usd: 21.88, unknown: 0 },
      { what: 'idle-address', rows: 2, monthly_usd: 7.3, unknown: 0 },
      { what: 'log-group-without-retention', rows: 7, monthly_usd: 1.66, unknown: 1 },
    ]);
    expect(found.total).to.deep.equal({ monthly_usd: 312.24, unknown: 2, hours: 730 });
    expect(found.gp2_kept).to.deep.equal({
      volumes: 2,
      monthly_usd: 4.12,
      volume_ids: ['vol-0e5f60718293a4b5c', 'vol-0f60718293a4b5c6d'],
    });
  });

  it('names every kind where nothing was found', () => {
    expect(nothing.kinds.map(({ what, rows }) => [what, rows])).to.deep.equal([
      ['unattached-volume', 0],
      ['gp2-volume', 0],
      ['idle-address', 0],
      ['log-group-without-retention', 0],
    ]);
    expect(nothing).to.deep.include({
      rows: [],
      incomplete: false,
      gp2_kept: { volumes: 0, monthly_usd: 0, volume_ids: [] },
    });
  });

  it('says of a row all that there is to say', async () => {
    const { at, rows } = await documentOf({ addresses: [idleAddress({ name: 'nat' })] });
    expect(at).to.equal(NOW.toISOString());
    expect(rows).to.deep.equal([
      {
        what: 'idle-address',
        resource_type: 'AWS::EC2::EIP',
        resource_id: 'eipalloc-0a11',
        resource_name: 'nat',
        resource_arn: 'arn:aws:ec2:us-east-1:111122223333:elastic-ip/eipalloc-0a11',
        details: '203.0.113.7',
        since: null,
        advice: 'Release it, if nobody goes by it.',
        commands: ['aws --region us-east-1 ec2 release-address --allocation-id eipalloc-0a11'],
        cautions: [
          'An address that is released belongs to the next one who asks: look for it in DNS records and allow-lists first.',
        ],
        saving: {
          monthly_usd: 3.65,
          formula: '1 address x $0.005 x 730 h',
          reason: null,
          permission: null,
          assumptions: ['Prices are on-demand list prices, without taxes, credits, discounts and the free tier.'],
          measured: null,
          prices: [
            {
              usd: 0.005,
              unit: 'Hrs',
              usage_type: 'idle-address',
              region: 'us-east-1',
              source: 'bundled',
              origin: 'AWS Price List',
              date: '2026-11-21',
            },
          ],
        },
      },
    ]);
    const young = await documentOf({ logGroups: [logGroup({ createdAt: daysAgo(1) })] });
    expect(young.rows[0]?.since).to.equal('2026-11-20T06:20:00.000Z');
  });
});
