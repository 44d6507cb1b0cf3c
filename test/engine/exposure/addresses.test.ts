import { expect } from 'chai';
import * as fc from 'fast-check';
import ipaddr from 'ipaddr.js';

import {
  ALL_ADDRESSES,
  isWorld,
  parseCidr,
  PUBLIC_ADDRESSES,
  publicAddresses,
  unionOf,
} from '../../../src/engine/exposure/addresses.ts';
import type { AddressRange, Family } from '../../../src/engine/exposure/addresses.ts';

const BITS = { ipv4: 32, ipv6: 128 };

/** The ranges of blocks that are known to be sound. */
const ranges = (...cidrs: string[]) => cidrs.map((cidr) => parseCidr(cidr)!);

/** Everything but the private, the special and the multicast, as few blocks as it takes. */
const PUBLIC_IPV4 = [
  ['1.0.0.0/8', '2.0.0.0/7', '4.0.0.0/6', '8.0.0.0/7', '11.0.0.0/8', '12.0.0.0/6', '16.0.0.0/4', '32.0.0.0/3'],
  ['64.0.0.0/3', '96.0.0.0/6', '100.0.0.0/10', '100.128.0.0/9', '101.0.0.0/8', '102.0.0.0/7', '104.0.0.0/5'],
  ['112.0.0.0/5', '120.0.0.0/6', '124.0.0.0/7', '126.0.0.0/8', '128.0.0.0/3', '160.0.0.0/5', '168.0.0.0/8'],
  ['169.0.0.0/9', '169.128.0.0/10', '169.192.0.0/11', '169.224.0.0/12', '169.240.0.0/13', '169.248.0.0/14'],
  ['169.252.0.0/15', '169.255.0.0/16', '170.0.0.0/7', '172.0.0.0/12', '172.32.0.0/11', '172.64.0.0/10'],
  ['172.128.0.0/9', '173.0.0.0/8', '174.0.0.0/7', '176.0.0.0/4', '192.0.1.0/24', '192.0.3.0/24', '192.0.4.0/22'],
  ['192.0.8.0/21', '192.0.16.0/20', '192.0.32.0/19', '192.0.64.0/18', '192.0.128.0/17', '192.1.0.0/16'],
  ['192.2.0.0/15', '192.4.0.0/14', '192.8.0.0/13', '192.16.0.0/12', '192.32.0.0/11', '192.64.0.0/12'],
  ['192.80.0.0/13', '192.88.0.0/18', '192.88.64.0/19', '192.88.96.0/23', '192.88.98.0/24', '192.88.100.0/22'],
  ['192.88.104.0/21', '192.88.112.0/20', '192.88.128.0/17', '192.89.0.0/16', '192.90.0.0/15', '192.92.0.0/14'],
  ['192.96.0.0/11', '192.128.0.0/11', '192.160.0.0/13', '192.169.0.0/16', '192.170.0.0/15', '192.172.0.0/14'],
  ['192.176.0.0/12', '192.192.0.0/10', '193.0.0.0/8', '194.0.0.0/7', '196.0.0.0/7', '198.0.0.0/12'],
  ['198.16.0.0/15', '198.20.0.0/14', '198.24.0.0/13', '198.32.0.0/12', '198.48.0.0/15', '198.50.0.0/16'],
  ['198.51.0.0/18', '198.51.64.0/19', '198.51.96.0/22', '198.51.101.0/24', '198.51.102.0/23', '198.51.104.0/21'],
  ['198.51.112.0/20', '198.51.128.0/17', '198.52.0.0/14', '198.56.0.0/13', '198.64.0.0/10', '198.128.0.0/9'],
  ['199.0.0.0/8', '200.0.0.0/7', '202.0.0.0/8', '203.0.0.0/18', '203.0.64.0/19', '203.0.96.0/20', '203.0.112.0/24'],
  ['203.0.114.0/23', '203.0.116.0/22', '203.0.120.0/21', '203.0.128.0/17', '203.1.0.0/16', '203.2.0.0/15'],
  ['203.4.0.0/14', '203.8.0.0/13', '203.16.0.0/12', '203.32.0.0/11', '203.64.0.0/10', '203.128.0.0/9'],
  ['204.0.0.0/6', '208.0.0.0/4'],
].flat();

describe('a CIDR block', () => {
  for (const { cidr, family, first, last } of [
    { cidr: '10.0.0.0/8', family: 'ipv4', first: 0x0a000000n, last: 0x0affffffn },
    { cidr: '192.0.2.7/32', family: 'ipv4', first: 0xc0000207n, last: 0xc0000207n },
    { cidr: '0.0.0.0/0', family: 'ipv4', first: 0n, last: 0xffffffffn },
    { cidr: '203.0.113.77/0', family: 'ipv4', first: 0n, last: 0xffffffffn },
    { cidr: '10.1.2.3/8', family: 'ipv4', first: 0x0a000000n, last: 0x0affffffn },
    { cidr: '::/0', family: 'ipv6', first: 0n, last: (1n << 128n) - 1n },
    { cidr: '2000::/3', family: 'ipv6', first: 1n << 125n, last: (1n << 126n) - 1n },
    { cidr: '2001:DB8::1/128', family: 'ipv6', first: (0x20010db8n << 96n) + 1n, last: (0x20010db8n << 96n) + 1n },
    { cidr: '::ffff:10.0.0.0/104', family: 'ipv6', first: 0xffff0a000000n, last: 0xffff0affffffn },
  ]) {
    it(`reaches from its first address to its last (${cidr})`, () => {
      expect(parseCidr(cidr)).to.deep.equal({ family, first, last });
    });
  }

  for (const text of [
    ['', '/', '/0', '10.0.0.0', '10.0.0.0/', '10.0.0.0/33', '10.0.0.0/-1', '10.0.0/8', '10/8', '167772160/8'],
    ['010.0.0.0/8', '0x0a.0.0.0/8', '256.0.0.0/8', ' 10.0.0.0/8', '10.0.0.0/8 ', '10.0.0.0/8/8', '10.0.0.0/255.0.0.0'],
    ['::', '::/129', '2000::/', '1::2::3/64', 'g::/16', 'fe80::%eth0/64', 'sg-0123', 'everyone'],
  ].flat()) {
    it(`is not recognised in ${JSON.stringify(text)}`, () => {
      expect(parseCidr(text)).to.equal(undefined);
    });
  }

  it('is never a reason to crash', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[0-9a-f.:%/]{0,24}$/)), (text) => {
        const range = parseCidr(text);
        if (range !== undefined) expect(range.first <= range.last).to.equal(true);
      }),
    );
  });
});

describe('the union of ranges', () => {
  const v4 = (first: bigint, last: bigint): AddressRange => ({ family: 'ipv4', first, last });

  for (const { it: title, given, gives } of [
    { it: 'is empty without any', given: [], gives: [] },
    { it: 'keeps what lies apart, in order', given: [v4(8n, 9n), v4(1n, 2n)], gives: [v4(1n, 2n), v4(8n, 9n)] },
    { it: 'joins neighbours', given: [v4(3n, 4n), v4(1n, 2n)], gives: [v4(1n, 4n)] },
    { it: 'joins what overlaps', given: [v4(1n, 5n), v4(3n, 8n)], gives: [v4(1n, 8n)] },
    { it: 'swallows what lies within', given: [v4(1n, 9n), v4(3n, 4n), v4(5n, 6n)], gives: [v4(1n, 9n)] },
  ]) {
    it(title, () => {
      expect(unionOf(given)).to.deep.equal(gives);
    });
  }
});

describe('the public address space', () => {
  it('is counted in full', () => {
    expect(PUBLIC_ADDRESSES).to.deep.equal({ ipv4: 3_702_258_432n, ipv6: 2n ** 125n });
  });

  for (const { family, cidrs, count } of [
    { family: 'ipv4', cidrs: [], count: 0n },
    { family: 'ipv4', cidrs: ['0.0.0.0/0'], count: 3_702_258_432n },
    { family: 'ipv4', cidrs: ['8.8.8.8/32', '8.8.8.8/32', '10.0.0.1/32'], count: 1n },
    { family: 'ipv4', cidrs: ['8.0.0.0/6'], count: 3n << 24n },
    { family: 'ipv4', cidrs: ['192.168.0.0/15'], count: 1n << 16n },
    { family: 'ipv4', cidrs: ['0.0.0.0/1'], count: (1n << 31n) - (3n << 24n) - (1n << 22n) },
    { family: 'ipv6', cidrs: ['::/0'], count: 1n << 125n },
    { family: 'ipv6', cidrs: ['2600::/12'], count: 1n << 116n },
    { family: 'ipv6', cidrs: ['fc00::/7', 'fe80::/10', '::1/128', '::ffff:0:0/96', '64:ff9b::/96'], count: 0n },
  ] as const) {
    it(`has its share in ${cidrs.join(' + ') || 'nothing'} (${family})`, () => {
      expect(publicAddresses(family, unionOf(ranges(...cidrs)))).to.equal(count);
    });
  }

  for (const cidr of [
    ['0.0.0.0/8', '10.0.0.0/8', '100.64.0.0/10', '127.0.0.0/8', '169.254.0.0/16', '172.16.0.0/12', '192.0.0.0/24'],
    ['192.0.2.0/24', '192.88.99.0/24', '192.168.0.0/16', '198.18.0.0/15', '198.51.100.0/24', '203.0.113.0/24'],
    ['224.0.0.0/4', '240.0.0.0/4'],
  ].flat()) {
    it(`has no address in ${cidr}, and one on either side of it or another such block`, () => {
      const [{ first, last }] = ranges(cidr) as [AddressRange];
      const publicIn = (from: bigint, to: bigint) =>
        publicAddresses('ipv4', [{ family: 'ipv4', first: from, last: to }]);
      expect(publicIn(first, last)).to.equal(0n);
      const neighbours = [first - 1n, last + 1n].filter((address) => address >= 0n && address < 1n << 32n);
      const outside = neighbours.filter((address) => publicIn(address, address) === 1n);
      // 224/4 and 240/4 touch, and so does the end of the space.
      expect(outside).to.have.length(cidr === '240.0.0.0/4' ? 0 : ['0.0.0.0/8', '224.0.0.0/4'].includes(cidr) ? 1 : 2);
    });
  }
});

describe('the world', () => {
  const DEFAULT = { ipv4: 0, ipv6: 3 };

  for (const cidrs of [
    ['0.0.0.0/0'],
    ['0.0.0.0/1', '128.0.0.0/1'],
    ['128.0.0.0/1', '10.0.0.0/8', '0.0.0.0/1'],
    ['1.2.3.4/0'],
    PUBLIC_IPV4,
  ]) {
    it(`is what ${cidrs.slice(0, 3).join(' + ')} … add up to (${cidrs.length}, IPv4)`, () => {
      expect(isWorld('ipv4', ranges(...cidrs), DEFAULT.ipv4)).to.equal(true);
    });
  }

  for (const cidrs of [
    [],
    ['0.0.0.0/1'],
    ['128.0.0.0/1'],
    ['0.0.0.0/1', '128.0.0.0/2'],
    ['10.0.0.0/8'],
    ['8.8.8.8/32'],
  ]) {
    it(`is more than ${cidrs.join(' + ') || 'nothing'} (IPv4)`, () => {
      expect(isWorld('ipv4', ranges(...cidrs), DEFAULT.ipv4)).to.equal(false);
    });
  }

  it('lacks nothing: without any one of its blocks it is not the world', () => {
    for (const missing of PUBLIC_IPV4) {
      const rest = PUBLIC_IPV4.filter((cidr) => cidr !== missing);
      expect(isWorld('ipv4', ranges(...rest), DEFAULT.ipv4), missing).to.equal(false);
    }
  });

  it('is not made of the same half twice, however large', () => {
    expect(isWorld('ipv4', ranges('0.0.0.0/1', '0.0.0.0/1'), DEFAULT.ipv4)).to.equal(false);
  });

  for (const cidrs of [['::/0'], ['2000::/3'], ['2000::/4', '3000::/4'], ['::/1', '8000::/1'], ['::/2']]) {
    it(`is what ${cidrs.join(' + ')} add up to (IPv6)`, () => {
      expect(isWorld('ipv6', ranges(...cidrs), DEFAULT.ipv6)).to.equal(true);
    });
  }

  for (const cidrs of [[], ['2000::/4'], ['8000::/1'], ['fc00::/7', 'fe80::/10'], ['::ffff:0:0/96'], ['4000::/2']]) {
    it(`is more than ${cidrs.join(' + ') || 'nothing'} (IPv6)`, () => {
      expect(isWorld('ipv6', ranges(...cidrs), DEFAULT.ipv6)).to.equal(false);
    });
  }

  for (const { family, cidrs, prefix, world } of [
    // Half of IPv4 is less than 2^31 public addresses: 0/8, 10/8, 127/8 and 100.64/10 are in it.
    { family: 'ipv4', cidrs: ['0.0.0.0/1'], prefix: 1, world: false },
    { family: 'ipv4', cidrs: ['0.0.0.0/1'], prefix: 2, world: true },
    { family: 'ipv4', cidrs: ['8.0.0.0/8'], prefix: 8, world: true },
    { family: 'ipv4', cidrs: ['8.0.0.0/9'], prefix: 8, world: false },
    { family: 'ipv4', cidrs: ['8.0.0.0/9', '9.0.0.0/9'], prefix: 8, world: true },
    { family: 'ipv4', cidrs: ['10.0.0.0/8'], prefix: 8, world: false },
    { family: 'ipv4', cidrs: ['8.8.8.8/32'], prefix: 32, world: true },
    { family: 'ipv4', cidrs: ['10.0.0.0/8', '192.168.0.0/16'], prefix: 32, world: false },
    { family: 'ipv6', cidrs: ['2000::/3'], prefix: 0, world: true },
    { family: 'ipv6', cidrs: ['2a00::/12'], prefix: 0, world: false },
    { family: 'ipv6', cidrs: ['2a00::/12'], prefix: 12, world: true },
    { family: 'ipv6', cidrs: ['2a00::/12'], prefix: 11, world: false },
    { family: 'ipv6', cidrs: ['fc00::/7'], prefix: 128, world: false },
  ] as const) {
    it(`${world ? 'is' : 'is more than'} ${cidrs.join(' + ')} with a prefix of ${prefix}`, () => {
      expect(isWorld(family, ranges(...cidrs), prefix)).to.equal(world);
    });
  }
});

describe('sets of addresses, whatever they are made of,', () => {
  const textOf = (family: Family, address: bigint) =>
    ipaddr
      .fromByteArray(
        Array.from({ length: BITS[family] / 8 }, (_, index) =>
          Number((address >> BigInt(BITS[family] - 8 - 8 * index)) & 255n),
        ),
      )
      .toString();
  const address = (family: Family) => fc.bigInt({ min: 0n, max: (1n << BigInt(BITS[family])) - 1n });
  const cidr = (family: Family) =>
    fc
      .tuple(address(family), fc.oneof(fc.nat(4), fc.nat(BITS[family])))
      .map(([number, prefix]) => `${textOf(family, number)}/${prefix}`);
  const cidrsOf = fc
    .constantFrom<Family>('ipv4', 'ipv6')
    .chain((family) =>
      fc.record({ family: fc.constant(family), cidrs: fc.array(cidr(family), { maxLength: 8 }), one: address(family) }),
    );
  const holds = (union: readonly AddressRange[], number: bigint) =>
    union.some(({ first, last }) => first <= number && number <= last);

  it('hold an address exactly when one of their blocks does', () => {
    fc.assert(
      fc.property(cidrsOf, ({ family, cidrs, one }) => {
        const union = unionOf(ranges(...cidrs));
        const edges = ranges(...cidrs).flatMap(({ first, last }) => [first - 1n, first, last, last + 1n]);
        for (const number of [one, ...edges].filter((edge) => edge >= 0n && edge >> BigInt(BITS[family]) === 0n)) {
          const asked = ipaddr.parse(textOf(family, number));
          const held = cidrs.some((block) => asked.match(ipaddr.parseCIDR(block)));
          expect(holds(union, number)).to.equal(held);
        }
      }),
    );
  });

  it('are the same in any order and however often a block is named', () => {
    fc.assert(
      fc.property(cidrsOf, fc.nat(32), fc.nat(), ({ family, cidrs }, prefix, turn) => {
        const start = turn % (cidrs.length + 1);
        const again = ranges(...cidrs.slice(start), ...cidrs.toReversed(), ...cidrs.slice(0, start));
        expect(unionOf(again)).to.deep.equal(unionOf(ranges(...cidrs)));
        expect(isWorld(family, again, prefix)).to.equal(isWorld(family, ranges(...cidrs), prefix));
      }),
    );
  });

  it('are the same with a block cut in halves', () => {
    fc.assert(
      fc.property(cidrsOf, fc.nat(32), ({ family, cidrs }, prefix) => {
        const whole = ranges(...cidrs);
        const cut = whole.flatMap((range) => (range.first === range.last ? [range] : halves(range)));
        expect(unionOf(cut)).to.deep.equal(unionOf(whole));
        expect(isWorld(family, cut, prefix)).to.equal(isWorld(family, whole, prefix));
      }),
    );
  });

  it('are the world when they are a partition of it, and not when a public part is gone', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(), { maxLength: 40 }), fc.nat(), (cuts, gone) => {
        let parts: AddressRange[] = [ALL_ADDRESSES.ipv4];
        for (const cut of cuts) {
          const index = cut % parts.length;
          const part = parts[index]!;
          if (part.first !== part.last) parts = parts.toSpliced(index, 1, ...halves(part));
        }
        expect(isWorld('ipv4', parts, 0)).to.equal(true);
        expect(publicAddresses('ipv4', unionOf(parts))).to.equal(PUBLIC_ADDRESSES.ipv4);
        const [lost] = parts.splice(gone % parts.length, 1) as [AddressRange];
        expect(isWorld('ipv4', parts, 0)).to.equal(publicAddresses('ipv4', [lost]) === 0n);
      }),
    );
  });

  function halves({ family, first, last }: AddressRange): [AddressRange, AddressRange] {
    const middle = (first + last) / 2n;
    return [
      { family, first, last: middle },
      { family, first: middle + 1n, last },
    ];
  }
});
