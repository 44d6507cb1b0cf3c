import { expect } from 'chai';
import * as fc from 'fast-check';

import { isWorld, parseCidr } from '../../../src/engine/exposure/addresses.ts';
import type { AddressRange } from '../../../src/engine/exposure/addresses.ts';
import { coversAllPorts, includesPort, openPorts, subtractPorts } from '../../../src/engine/exposure/ports.ts';
import type { Grant, OpenPorts, PortRange } from '../../../src/engine/exposure/ports.ts';

const world = (sources: readonly AddressRange[]) => isWorld('ipv4', sources, 0);
const EVERY_PORT = [{ from: 0, to: 65_535 }];

function grant(protocol: string, fromPort: number | null, toPort: number | null, ...cidrs: string[]): Grant {
  return { protocol, fromPort, toPort, sources: cidrs.map((cidr) => parseCidr(cidr)!) };
}

describe('open ports', () => {
  const nothing: OpenPorts = { everyProtocol: false, tcp: [], udp: [] };
  const cases: { it: string; grants: Grant[]; gives: Partial<OpenPorts> }[] = [
    { it: 'are none without a grant', grants: [], gives: {} },
    { it: 'are none to a part of the world', grants: [grant('tcp', 22, 22, '0.0.0.0/1')], gives: {} },
    { it: 'are none where nobody is let in', grants: [grant('tcp', 22, 22)], gives: {} },
    {
      it: 'are those of a grant to the world',
      grants: [grant('tcp', 22, 25, '0.0.0.0/0')],
      gives: { tcp: [{ from: 22, to: 25 }] },
    },
    {
      it: 'are those of a protocol by its number or in capitals',
      grants: [grant('6', 22, 22, '0.0.0.0/0'), grant('17', 53, 53, '0.0.0.0/0'), grant('UDP', 69, 69, '0.0.0.0/0')],
      gives: {
        tcp: [{ from: 22, to: 22 }],
        udp: [
          { from: 53, to: 53 },
          { from: 69, to: 69 },
        ],
      },
    },
    {
      it: 'are none for protocols without ports, whatever their numbers mean',
      grants: [
        grant('icmp', -1, -1, '0.0.0.0/0'),
        grant('icmp', 8, 0, '0.0.0.0/0'),
        grant('icmpv6', null, null, '0.0.0.0/0'),
        grant('1', 22, 22, '0.0.0.0/0'),
        grant('47', null, null, '0.0.0.0/0'),
        grant('constructor', 22, 22, '0.0.0.0/0'),
      ],
      gives: {},
    },
    {
      it: 'are all of them for all protocols, whatever ports they come with',
      grants: [grant('-1', 22, 22, '0.0.0.0/0')],
      gives: { everyProtocol: true, tcp: EVERY_PORT, udp: EVERY_PORT },
    },
    {
      it: 'are all of a protocol that comes without ports',
      grants: [grant('tcp', null, null, '0.0.0.0/0')],
      gives: { tcp: EVERY_PORT },
    },
    {
      it: 'are all of a protocol that comes with one end alone, or with -1',
      grants: [
        grant('tcp', 22, null, '0.0.0.0/0'),
        grant('tcp', -1, -1, '0.0.0.0/0'),
        grant('udp', null, 53, '0.0.0.0/0'),
        grant('udp', 0, -1, '0.0.0.0/0'),
      ],
      gives: { tcp: EVERY_PORT, udp: EVERY_PORT },
    },
    {
      it: 'are none where a range ends before it starts, and never past the last one',
      grants: [grant('tcp', 30, 20, '0.0.0.0/0'), grant('udp', 65_000, 99_999, '0.0.0.0/0')],
      gives: { udp: [{ from: 65_000, to: 65_535 }] },
    },
    {
      it: 'are what two halves of the world share',
      grants: [grant('tcp', 20, 100, '0.0.0.0/1'), grant('tcp', 80, 200, '128.0.0.0/1')],
      gives: { tcp: [{ from: 80, to: 100 }] },
    },
    {
      it: 'are none where the halves share none',
      grants: [grant('tcp', 20, 79, '0.0.0.0/1'), grant('tcp', 80, 200, '128.0.0.0/1')],
      gives: {},
    },
    {
      it: 'are none where the halves are of different protocols',
      grants: [grant('tcp', 22, 22, '0.0.0.0/1'), grant('udp', 22, 22, '128.0.0.0/1')],
      gives: {},
    },
    {
      it: 'are what half of the world for all protocols and the other half share',
      grants: [grant('-1', null, null, '0.0.0.0/1'), grant('tcp', 22, 22, '128.0.0.0/1')],
      gives: { tcp: [{ from: 22, to: 22 }] },
    },
    {
      it: 'are all where two halves of the world each have all protocols',
      grants: [grant('-1', null, null, '0.0.0.0/1'), grant('-1', null, null, '128.0.0.0/1')],
      gives: { everyProtocol: true, tcp: EVERY_PORT, udp: EVERY_PORT },
    },
    {
      it: 'are one range where grants adjoin',
      grants: [grant('tcp', 1, 79, '0.0.0.0/0'), grant('tcp', 80, 65_535, '0.0.0.0/0')],
      gives: { tcp: [{ from: 1, to: 65_535 }] },
    },
  ];
  for (const { it: title, grants, gives } of cases) {
    it(title, () => {
      expect(openPorts(grants, world)).to.deep.equal({ ...nothing, ...gives });
    });
  }

  // A small space in which every port can be looked at: twelve ports, and the world in quarters.
  const QUARTERS = ['0.0.0.0/2', '64.0.0.0/2', '128.0.0.0/2', '192.0.0.0/2'].map((cidr) => parseCidr(cidr)!);
  const LAST = 11;
  const port = fc.option(fc.nat(LAST), { freq: 12 });
  // Leans towards grants that matter, so that half of the runs open something.
  const anyGrant: fc.Arbitrary<Grant> = fc.record({
    protocol: fc.constantFrom('tcp', 'tcp', 'tcp', '6', 'udp', '17', '-1', 'icmp', '47'),
    fromPort: port,
    toPort: port,
    sources: fc.oneof(fc.constant(QUARTERS), fc.subarray(QUARTERS)),
  });
  const grants = fc.array(anyGrant, { maxLength: 8 });

  /** The same, port by port and by counting quarters. */
  function opensPort({ protocol, fromPort, toPort }: Grant, transport: 'tcp' | 'udp', port: number): boolean {
    if (protocol === '-1') return true;
    if (protocol !== transport && protocol !== { tcp: '6', udp: '17' }[transport]) return false;
    return fromPort === null || toPort === null || (fromPort <= port && port <= toPort);
  }
  const quartersOf = (given: readonly Grant[]) => new Set(given.flatMap(({ sources }) => sources)).size;

  it('are, port by port, those whose grants hold every quarter of the world', () => {
    fc.assert(
      fc.property(grants, (given) => {
        const open = openPorts(given, world);
        for (const transport of ['tcp', 'udp'] as const) {
          for (const port of [...Array(LAST + 3).keys(), 65_535]) {
            const holding = given.filter((one) => opensPort(one, transport, port));
            expect(includesPort(open[transport], port)).to.equal(quartersOf(holding) === 4);
          }
        }
        const ofAll = given.filter(({ protocol }) => protocol === '-1');
        expect(open.everyProtocol).to.equal(quartersOf(ofAll) === 4);
      }),
    );
  });

  it('come as ranges that are sorted and apart', () => {
    fc.assert(
      fc.property(grants, (given) => {
        const { tcp, udp } = openPorts(given, world);
        for (const ranges of [tcp, udp]) {
          for (const [index, { from, to }] of ranges.entries()) {
            expect(from <= to && from > (ranges[index - 1]?.to ?? -2) + 1).to.equal(true);
          }
        }
      }),
    );
  });

  it('are the same in any order and however often a grant is given', () => {
    const shuffled = grants.chain((given) =>
      fc.tuple(fc.constant(given), fc.shuffledSubarray([...given, ...given], { minLength: given.length * 2 })),
    );
    fc.assert(
      fc.property(shuffled, ([given, again]) => {
        expect(openPorts(again, world)).to.deep.equal(openPorts(given, world));
      }),
    );
  });

  it('are never fewer for one grant more', () => {
    fc.assert(
      fc.property(grants, anyGrant, (given, more) => {
        const before = openPorts(given, world);
        const after = openPorts([...given, more], world);
        expect(subtractPorts(before.tcp, after.tcp)).to.deep.equal([]);
        expect(subtractPorts(before.udp, after.udp)).to.deep.equal([]);
        expect(after.everyProtocol || !before.everyProtocol).to.equal(true);
      }),
    );
  });
});

describe('all ports', () => {
  for (const { ranges, all } of [
    { ranges: [], all: false },
    { ranges: [{ from: 0, to: 65_535 }], all: true },
    { ranges: [{ from: 1, to: 65_535 }], all: true },
    { ranges: [{ from: 2, to: 65_535 }], all: false },
    { ranges: [{ from: 0, to: 65_534 }], all: false },
    {
      ranges: [
        { from: 0, to: 100 },
        { from: 102, to: 65_535 },
      ],
      all: false,
    },
  ]) {
    it(`are ${all ? '' : 'not '}covered by ${ranges.map(({ from, to }) => `${from}-${to}`).join(', ') || 'none'}`, () => {
      expect(coversAllPorts(ranges)).to.equal(all);
    });
  }
});

describe('ports without others', () => {
  const range = fc.tuple(fc.nat(20), fc.nat(6)).map(([from, length]) => ({ from, to: from + length }));
  const textOf = (ranges: readonly PortRange[]) => ranges.map(({ from, to }) => `${from}-${to}`).join(' ');

  for (const { from, without, left } of [
    { from: [{ from: 10, to: 20 }], without: [], left: '10-20' },
    { from: [{ from: 10, to: 20 }], without: [{ from: 0, to: 30 }], left: '' },
    { from: [{ from: 10, to: 20 }], without: [{ from: 15, to: 15 }], left: '10-14 16-20' },
    { from: [{ from: 10, to: 20 }], without: [{ from: 10, to: 20 }], left: '' },
    {
      from: [{ from: 10, to: 20 }],
      without: [
        { from: 30, to: 40 },
        { from: 18, to: 25 },
        { from: 0, to: 12 },
      ],
      left: '13-17',
    },
  ]) {
    it(`are what is left (${textOf(from)} without ${textOf(without) || 'any'})`, () => {
      expect(textOf(subtractPorts(from, without))).to.equal(left);
    });
  }

  it('are, port by port, those in the first and in none of the others', () => {
    fc.assert(
      fc.property(range, fc.array(range, { maxLength: 5 }), (whole, without) => {
        const left = subtractPorts([whole], without);
        for (let port = 0; port <= 30; port += 1) {
          expect(includesPort(left, port)).to.equal(includesPort([whole], port) && !includesPort(without, port));
        }
        expect(left.every(({ from, to }) => from <= to)).to.equal(true);
      }),
    );
  });
});
