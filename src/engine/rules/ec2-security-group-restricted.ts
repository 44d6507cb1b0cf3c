import * as z from 'zod';

import { ALL_ADDRESSES, FAMILIES, isWorld, parseCidr, WORLD_CIDR } from '../exposure/addresses.ts';
import type { AddressRange, Family } from '../exposure/addresses.ts';
import { parsePorts, portNotation, portsNotation } from '../exposure/port-notation.ts';
import { coversAllPorts, includesPort, LAST_PORT, openPorts, subtractPorts, TRANSPORTS } from '../exposure/ports.ts';
import type { PortRange, Transport } from '../exposure/ports.ts';
import { notCollected } from '../model.ts';
import type { IngressPermission, PrefixList, SecurityGroup } from '../model.ts';
import { defineRule } from '../rule.ts';
import { fail, pass, undecided, unknown } from '../verdict.ts';
import type { Fail, FailureFact, UnknownVerdict } from '../verdict.ts';

/** TCP ports that hand over the whole machine: SSH and Remote Desktop. */
const ADMIN_PORTS = [22, 3389];

/** How many exposures the message spells out; the facts have them all. */
const SPELLED_OUT = 3;

const parameters = z
  .strictObject({
    ports: z
      .array(portNotation)
      .default(ADMIN_PORTS)
      .describe('Ports that must not be open to the world: 22 and tcp/22 are TCP, udp/53 is UDP.'),
    allowedPorts: z
      .array(portsNotation)
      .optional()
      .describe(
        'When set, the only ports that may be open to the world: 443, udp/53, or a range such as 8000-8100. All ports at once never may.',
      ),
    worldPrefix: z
      .strictObject({
        ipv4: z
          .int()
          .min(0)
          .max(32)
          .default(0)
          .describe('IPv4: as many public addresses as a block of this prefix length holds. 0: every public address.'),
        ipv6: z
          .int()
          .min(0)
          .max(128)
          .default(3)
          .describe('IPv6: as many public addresses as a block of this prefix length holds. 3: every public address.'),
      })
      .default({ ipv4: 0, ipv6: 3 })
      .describe('How many public addresses make the world, for each address family.'),
  })
  .superRefine(({ ports, allowedPorts = [] }, context) => {
    const restricted = ports.map(parsePorts);
    for (const [index, allowed] of allowedPorts.entries()) {
      const { transport, ...range } = parsePorts(allowed);
      if (!restricted.some((port) => port.transport === transport && includesPort([range], port.from))) continue;
      context.addIssue({
        code: 'custom',
        path: ['allowedPorts', index],
        message: 'is among the ports that must not be open: take it out of one of the two',
      });
    }
  });
type Parameters = z.infer<typeof parameters>;

export const ec2SecurityGroupRestricted = defineRule({
  id: 'ec2-security-group-restricted',
  title: 'EC2 security group restricts ingress from the world',
  rationale:
    'A port that the whole Internet can reach is scanned within minutes: an administration port is then one stolen key, guessed password or unpatched flaw away from the machine.',
  severity: 'high',
  worstSeverity: 'critical',
  category: 'exposure',
  needs: { 'AWS::EC2::SecurityGroup': [] },
  joins: { 'AWS::EC2::PrefixList': ['entries'] },
  remedy:
    'Narrow the ingress rules to the addresses and ports that need them; reach machines for administration through Session Manager or a VPN.',
  parameters,

  check(group, { parameters, related }) {
    const permissions = permissionsOf(group, (id) => related('AWS::EC2::PrefixList', id));
    const exposures = exposuresOf(permissions, [], parameters);
    if (exposures.length > 0) return failure(group, exposures);

    const doubtful = [...new Set(permissions.flatMap(({ sources }) => sources))].filter((source) => 'doubt' in source);
    const decisive = firstDecisive(doubtful, (assumed) => exposuresOf(permissions, assumed, parameters).length > 0);
    return decisive?.doubt ?? pass;
  },
});

/** Addresses that a permission lets in: its own, or those of one prefix list. */
interface Source {
  readonly ranges: readonly AddressRange[];
  /** Set where there may be more than `ranges`: the verdict on a group for which that decides. */
  readonly doubt?: UnknownVerdict;
}

interface Permission extends IngressPermission {
  readonly sources: readonly Source[];
}

/** One thing that is open to the world. */
interface Exposure {
  readonly family: Family;
  readonly protocol: '-1' | Transport;
  readonly ports: PortRange;
  /** True where every port is open: then no port of the protocol and family stands for itself. */
  readonly all: boolean;
}

function permissionsOf(group: SecurityGroup, listOf: (id: string) => PrefixList | undefined): Permission[] {
  const lists = new Map<string, Source>();
  // One source for one list, however many permissions name it: what is assumed of it holds for all of them.
  const sourceOf = (id: string) => {
    const source = lists.get(id) ?? fromPrefixList(group, id, listOf(id));
    lists.set(id, source);
    return source;
  };
  return group.ingress.map((permission) => ({
    ...permission,
    sources: [
      fromCidrs([...permission.ipv4, ...permission.ipv6], `Security group ${nameOf(group)} lets in`),
      ...permission.prefixListIds.map(sourceOf),
    ],
  }));
}

function fromPrefixList(group: SecurityGroup, id: string, list: PrefixList | undefined): Source {
  const entries = list?.entries ?? notCollected;
  const name = `Prefix list ${id} of security group ${nameOf(group)}`;
  return entries.known ? fromCidrs(entries.value, `${name} holds`) : { ranges: [], doubt: unknown(name, entries) };
}

/** What cannot be understood may be anything: it is neither skipped nor taken for the world. */
function fromCidrs(cidrs: readonly string[], whoHolds: string): Source {
  const parsed = cidrs.map(parseCidr);
  const malformed = cidrs[parsed.indexOf(undefined)];
  return {
    ranges: parsed.filter((range) => range !== undefined),
    ...(malformed !== undefined && { doubt: undecided(`${whoHolds} "${malformed}", which is no CIDR block.`) }),
  };
}

/**
 * What the permissions open that the parameters forbid: all protocols first, then TCP, then UDP, by port and family.
 *
 * @param assumed sources that are taken for the world
 */
function exposuresOf(permissions: readonly Permission[], assumed: readonly Source[], parameters: Parameters) {
  const exposures = FAMILIES.flatMap((family) => ofFamily(family, permissions, assumed, parameters));
  const order = ['-1', ...TRANSPORTS];
  return exposures.toSorted(
    (a, b) => order.indexOf(a.protocol) - order.indexOf(b.protocol) || a.ports.from - b.ports.from,
  );
}

function ofFamily(
  family: Family,
  permissions: readonly Permission[],
  assumed: readonly Source[],
  parameters: Parameters,
): Exposure[] {
  const prefix = parameters.worldPrefix[family];
  const grants = permissions.map((permission) => ({
    ...permission,
    sources: permission.sources
      .flatMap((source) => (assumed.includes(source) ? ALL_ADDRESSES[family] : source.ranges))
      .filter((range) => range.family === family),
  }));
  // Most groups let in a few private blocks: what is not the world on all ports together is not on any one.
  const everything = grants.flatMap(({ sources }) => sources);
  if (!isWorld(family, everything, prefix)) return [];
  const open = openPorts(grants, (sources) => isWorld(family, sources, prefix));
  const all = { family, ports: { from: 0, to: LAST_PORT }, all: true };
  if (open.everyProtocol) return [{ ...all, protocol: '-1' }];
  return TRANSPORTS.flatMap((protocol): Exposure[] =>
    coversAllPorts(open[protocol])
      ? [{ ...all, protocol }]
      : forbiddenPorts(protocol, open[protocol], parameters).map((ports) => ({ family, protocol, ports, all: false })),
  );
}

/** Restricted ports each on its own, so that allowing others changes nothing about them; then what is left. */
function forbiddenPorts(
  transport: Transport,
  open: readonly PortRange[],
  { ports, allowedPorts }: Parameters,
): PortRange[] {
  if (open.length === 0) return [];
  const ofTransport = (notations: readonly (number | string)[]) =>
    notations.map(parsePorts).filter((range) => range.transport === transport);
  const restricted = [...new Set(ofTransport(ports).map(({ from }) => from))];
  const single = restricted.filter((port) => includesPort(open, port)).map((port) => ({ from: port, to: port }));
  if (allowedPorts === undefined) return single;
  return [...single, ...subtractPorts(open, [...ofTransport(allowedPorts), ...single])];
}

/**
 * The first source of the smallest choice that, taken for the world, breaks the rule; `undefined` where not even all of
 * them do. Reading any other would settle nothing.
 */
function firstDecisive(
  sources: readonly Source[],
  breaks: (assumed: readonly Source[]) => boolean,
): Source | undefined {
  if (!breaks(sources)) return undefined;
  const needed = sources.reduceRight((kept, source) => {
    const fewer = kept.filter((other) => other !== source);
    return breaks(fewer) ? fewer : kept;
  }, sources);
  return needed[0];
}

function failure(group: SecurityGroup, exposures: readonly Exposure[]): Fail {
  const critical = exposures.some(
    ({ all, protocol, ports }) =>
      all || (protocol === 'tcp' && ADMIN_PORTS.some((adminPort) => includesPort([ports], adminPort))),
  );
  return fail(`Security group ${nameOf(group)} is open to the world on ${summaryOf(exposures)}.`, {
    facts: exposures.map(factOf),
    ...(critical && { severity: 'critical' }),
  });
}

/** The key names the world and not the ranges that add up to it: the same exposure, written otherwise, keeps its key. */
function factOf(exposure: Exposure): FailureFact {
  const { family, protocol, all, ports } = exposure;
  return {
    key: `ingress/${protocol}/${all ? 'all' : textOf(ports)}/${WORLD_CIDR[family]}`,
    message: `Ingress from the world over ${FAMILY_NAME[family]} is allowed on ${labelOf(exposure)}.`,
  };
}

/** `TCP 22 (IPv4 and IPv6), TCP 3389 (IPv6)`; after the first few only how many more there are. */
function summaryOf(exposures: readonly Exposure[]): string {
  const items = [...Map.groupBy(exposures, labelOf)].map(
    ([label, same]) => `${label} (${same.map(({ family }) => FAMILY_NAME[family]).join(' and ')})`,
  );
  const more = items.length - SPELLED_OUT;
  return `${items.slice(0, SPELLED_OUT).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

const FAMILY_NAME = { ipv4: 'IPv4', ipv6: 'IPv6' } as const satisfies Record<Family, string>;

function labelOf({ protocol, ports, all }: Exposure): string {
  if (protocol === '-1') return 'all protocols';
  return all ? `all ${protocol.toUpperCase()} ports` : `${protocol.toUpperCase()} ${textOf(ports)}`;
}

function textOf({ from, to }: PortRange): string {
  return from === to ? String(from) : `${from}-${to}`;
}

function nameOf({ id, groupName }: SecurityGroup): string {
  return `${id} (${groupName})`;
}
