/** Exact sets of ports: which of them the union of many grants opens to the world. */
import type { AddressRange } from './addresses.ts';

export type Transport = 'tcp' | 'udp';

export const TRANSPORTS: readonly Transport[] = ['tcp', 'udp'];

/** Every port from `from` to `to`, both among them. */
export interface PortRange {
  readonly from: number;
  readonly to: number;
}

export const LAST_PORT = 65_535;

/** One permission, as far as one address family is concerned. */
export interface Grant {
  /** `tcp`, `udp`, a protocol number, or `-1` for all of them; a protocol without ports grants none. */
  readonly protocol: string;
  /** `null` where every port is meant. */
  readonly fromPort: number | null;
  readonly toPort: number | null;
  readonly sources: readonly AddressRange[];
}

/** What is open to the world; ranges are sorted and apart from each other. */
export interface OpenPorts extends Readonly<Record<Transport, readonly PortRange[]>> {
  /** True where permissions for all protocols alone add up to the world: then TCP and UDP are open as well. */
  readonly everyProtocol: boolean;
}

/** IANA's protocol numbers (iana.org/assignments/protocol-numbers), which a permission may use for the name. */
const PROTOCOLS: Readonly<Record<Transport, readonly string[]>> = { tcp: ['tcp', '6'], udp: ['udp', '17'] };

const EVERY_PROTOCOL = '-1';
const EVERY_PORT: PortRange = { from: 0, to: LAST_PORT };

/**
 * What the grants open together: two that each let in half of the world open to the world the ports they share.
 *
 * @param isWorld whether addresses add up to the world
 */
export function openPorts(grants: readonly Grant[], isWorld: (sources: readonly AddressRange[]) => boolean): OpenPorts {
  const ofAll = grants.filter(({ protocol }) => protocol === EVERY_PROTOCOL);
  const open = (transport: Transport) =>
    sweep(
      [...ofAll, ...grants.filter(({ protocol }) => PROTOCOLS[transport].includes(protocol.toLowerCase()))].map(
        (grant) => ({ ports: portsOf(grant), sources: grant.sources }),
      ),
      isWorld,
    );
  return {
    everyProtocol: isWorld(ofAll.flatMap(({ sources }) => sources)),
    tcp: open('tcp'),
    udp: open('udp'),
  };
}

/** True where no port is left out, save perhaps port 0, which nothing listens on. */
export function coversAllPorts(ranges: readonly PortRange[]): boolean {
  return ranges.some(({ from, to }) => from <= 1 && to === LAST_PORT);
}

/** What of `ranges` is in none of `without`, sorted; `ranges` are sorted and apart from each other. */
export function subtractPorts(ranges: readonly PortRange[], without: readonly PortRange[]): PortRange[] {
  const cuts = without.toSorted((a, b) => a.from - b.from);
  return ranges.flatMap(({ from, to }) => {
    const left: PortRange[] = [];
    let next = from;
    for (const cut of cuts) {
      if (cut.from > next) left.push({ from: next, to: Math.min(to, cut.from - 1) });
      next = Math.max(next, cut.to + 1);
      if (next > to) return left;
    }
    return [...left, { from: next, to }];
  });
}

/** True where one of the ranges holds the port. */
export function includesPort(ranges: readonly PortRange[], port: number): boolean {
  return ranges.some(({ from, to }) => from <= port && port <= to);
}

/** AWS gives no ports, or -1, where it means all of them; a permission for all protocols has none whatever it says. */
function portsOf({ protocol, fromPort, toPort }: Grant): PortRange {
  if (protocol === EVERY_PROTOCOL || fromPort === null || toPort === null) return EVERY_PORT;
  if (Math.min(fromPort, toPort) < 0) return EVERY_PORT;
  return { from: fromPort, to: Math.min(toPort, LAST_PORT) };
}

interface Opening {
  readonly ports: PortRange;
  readonly sources: readonly AddressRange[];
}

/** Between two neighbouring breakpoints the same grants hold for every port, so one look at each stretch is exact. */
function sweep(openings: readonly Opening[], isWorld: (sources: readonly AddressRange[]) => boolean): PortRange[] {
  // What is not the world on all these ports together is not on any one of them.
  if (!isWorld(openings.flatMap(({ sources }) => sources))) return [];
  const breakpoints = [...new Set(openings.flatMap(({ ports }) => [ports.from, ports.to + 1]))].toSorted(
    (a, b) => a - b,
  );
  const ranges: PortRange[] = [];
  for (const [index, from] of breakpoints.slice(0, -1).entries()) {
    const holding = openings.filter(({ ports }) => ports.from <= from && from <= ports.to);
    if (!isWorld(holding.flatMap(({ sources }) => sources))) continue;
    const to = (breakpoints[index + 1] as number) - 1;
    const before = ranges.at(-1);
    if (before?.to === from - 1) ranges[ranges.length - 1] = { from: before.from, to };
    else ranges.push({ from, to });
  }
  return ranges;
}
