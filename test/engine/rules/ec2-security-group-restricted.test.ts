import { expect } from 'chai';
import * as fc from 'fast-check';

import { known } from '../../../src/engine/model.ts';
import type { IngressPermission, SecurityGroup } from '../../../src/engine/model.ts';
import { ec2SecurityGroupRestricted } from '../../../src/engine/rules/ec2-security-group-restricted.ts';
import { denied, permission, prefixList, securityGroup } from '../../support/resources.ts';
import { check, testRule } from '../../support/rules.ts';

const V4 = '0.0.0.0/0';
const V6 = '::/0';
const HALVES = ['0.0.0.0/1', '128.0.0.0/1'];
const READ_LIST = 'ec2:GetManagedPrefixListEntries';

/** A group that grants these permissions. */
const group = (...ingress: Partial<IngressPermission>[]): SecurityGroup =>
  securityGroup({ ingress: ingress.map((changes) => permission(changes)) });

const onPorts = (fromPort: number, toPort = fromPort) => ({ fromPort, toPort });
const everyProtocol = { protocol: '-1', fromPort: null, toPort: null };

const fact = (what: string, label: string, world: string) => ({
  key: `ingress/${what}/${world}`,
  message: `Ingress from the world over ${world === V4 ? 'IPv4' : 'IPv6'} is allowed on ${label}.`,
});
const tcp = (port: number | string, world: string) => fact(`tcp/${port}`, `TCP ${port}`, world);
const udp = (port: number | string, world: string) => fact(`udp/${port}`, `UDP ${port}`, world);
const allTcp = (world: string) => fact('tcp/all', 'all TCP ports', world);
const allUdp = (world: string) => fact('udp/all', 'all UDP ports', world);
const everything = (world: string) => fact('-1/all', 'all protocols', world);

/** A failing verdict; `on` is what the message ends with. */
const opens = (on: string, facts: object[]) => ({
  message: `Security group sg-1 (web) is open to the world on ${on}.`,
  facts,
});
const opensCritically = (on: string, facts: object[]) => ({ ...opens(on, facts), severity: 'critical' });
const ssh = opensCritically('TCP 22 (IPv4)', [tcp(22, V4)]);
const sshOverIpv6 = opensCritically('TCP 22 (IPv6)', [tcp(22, V6)]);

testRule(ec2SecurityGroupRestricted, {
  pass: [
    { it: 'grants nothing', resource: group() },
    { it: 'lets in nobody but other groups', resource: group({ ipv4: [], ipv6: [], prefixListIds: [] }) },
    {
      it: 'lets in private addresses',
      resource: group({ ipv4: ['10.0.0.0/8', '192.168.0.0/16'], ipv6: ['fc00::/7'] }),
    },
    { it: 'lets in a large part of the world', resource: group({ ipv4: ['128.0.0.0/1'], ipv6: ['2000::/4'] }) },
    { it: 'lets in half of the world', resource: group({ ipv4: ['0.0.0.0/1'] }) },
    { it: 'lets in an IPv4-mapped block as IPv6', resource: group({ ipv6: ['::ffff:0:0/96'] }) },
    { it: 'opens a port that nobody restricted', resource: group({ ...onPorts(443), ipv4: [V4], ipv6: [V6] }) },
    { it: 'opens the ports around those restricted', resource: group({ ...onPorts(23, 3388), ipv4: [V4] }) },
    { it: 'opens UDP 22, which is not SSH', resource: group({ protocol: 'udp', ipv4: [V4], ipv6: [V6] }) },
    { it: 'opens ICMP, whose types are no ports', resource: group({ protocol: 'icmp', ...onPorts(-1), ipv4: [V4] }) },
    { it: 'opens ICMP type 22', resource: group({ protocol: 'icmp', ipv4: [V4] }) },
    {
      it: 'opens ICMPv6 without a type',
      resource: group({ protocol: 'icmpv6', fromPort: null, toPort: null, ipv6: [V6] }),
    },
    {
      it: 'opens GRE, which has no ports',
      resource: group({ protocol: '47', fromPort: null, toPort: null, ipv4: [V4], ipv6: [V6] }),
    },
    {
      it: 'opens two halves of the world, but for different ports',
      resource: group({ ...onPorts(22), ipv4: ['0.0.0.0/1'] }, { ...onPorts(3389), ipv4: ['128.0.0.0/1'] }),
    },
    {
      it: 'opens two halves of the world, but for different protocols',
      resource: group({ ipv4: ['0.0.0.0/1'] }, { protocol: 'udp', ipv4: ['128.0.0.0/1'] }),
    },
    {
      it: 'opens one half of each family, which are not one world',
      resource: group({ ipv4: ['0.0.0.0/1'], ipv6: ['3000::/4'] }),
    },
    {
      it: 'names a prefix list of private addresses',
      resource: group({ prefixListIds: ['pl-1'] }),
      related: [prefixList({ entries: known(['10.0.0.0/8']) })],
    },
    {
      it: 'names a prefix list without entries',
      resource: group({ prefixListIds: ['pl-1'] }),
      related: [prefixList()],
    },
    {
      it: 'names a prefix list that could not be read, for a port that nobody restricted',
      resource: group({ ...onPorts(443), prefixListIds: ['pl-1', 'pl-2'] }),
      related: [prefixList({ entries: denied(READ_LIST) })],
    },
    {
      it: 'holds a malformed range, for a port that nobody restricted',
      resource: group({ ...onPorts(443), ipv4: ['everyone'] }),
    },
    {
      it: 'opens no more than is allowed',
      resource: group(
        { ...onPorts(443), ipv4: [V4], ipv6: [V6] },
        { ...onPorts(8000, 8100), ipv4: [V4] },
        { protocol: 'udp', ...onPorts(53), ipv4: [V4] },
      ),
      parameters: { allowedPorts: [443, 'tcp/8000-8050', '8051-8200', 'udp/53'] },
    },
    {
      it: 'opens SSH where it may, and nothing else must be closed',
      resource: group({ ipv4: [V4] }),
      parameters: { ports: [] },
    },
    {
      it: 'opens half of the world where the least that counts is more than half of it has',
      resource: group({ ipv4: ['0.0.0.0/1'] }),
      parameters: { worldPrefix: { ipv4: 1 } },
    },
    {
      it: 'opens a private block where a block is the world',
      resource: group({ ipv4: ['10.0.0.0/8'], ipv6: ['fc00::/7'] }),
      parameters: { worldPrefix: { ipv4: 32, ipv6: 128 } },
    },
  ],
  fail: [
    { it: 'opens SSH to the world', resource: group({ ipv4: [V4] }), gives: ssh },
    { it: 'opens SSH to the world over IPv6', resource: group({ ipv6: [V6] }), gives: sshOverIpv6 },
    {
      it: 'opens Remote Desktop over both',
      resource: group({ ...onPorts(3389), ipv4: [V4], ipv6: [V6] }),
      gives: opensCritically('TCP 3389 (IPv4 and IPv6)', [tcp(3389, V4), tcp(3389, V6)]),
    },
    { it: 'opens it by the number of TCP', resource: group({ protocol: '6', ipv4: [V4] }), gives: ssh },
    {
      it: 'opens both within a range of ports, each listed on its own',
      resource: group({ ...onPorts(20, 4000), ipv4: [V4] }),
      gives: opensCritically('TCP 22 (IPv4), TCP 3389 (IPv4)', [tcp(22, V4), tcp(3389, V4)]),
    },
    { it: 'lets in the world in two halves', resource: group({ ipv4: HALVES }), gives: ssh },
    {
      it: 'lets in the world in two halves, permission by permission',
      resource: group({ ipv4: ['128.0.0.0/1'] }, { ipv4: ['0.0.0.0/1'] }),
      gives: ssh,
    },
    {
      it: 'lets in the world on the ports that two halves share',
      resource: group({ ...onPorts(1, 22), ipv4: ['0.0.0.0/1'] }, { ...onPorts(22, 99), ipv4: ['128.0.0.0/1'] }),
      gives: ssh,
    },
    {
      it: 'lets in one half for SSH, the other for all protocols',
      resource: group({ ...everyProtocol, ipv4: ['0.0.0.0/1'] }, { ipv4: ['128.0.0.0/1'] }),
      gives: ssh,
    },
    {
      it: 'lets in everything but private addresses',
      resource: group({
        ipv4: [
          ['1.0.0.0/8', '2.0.0.0/7', '4.0.0.0/6', '8.0.0.0/7', '11.0.0.0/8', '12.0.0.0/6', '16.0.0.0/4'],
          ['32.0.0.0/3', '64.0.0.0/2', '128.0.0.0/3', '160.0.0.0/5', '168.0.0.0/6', '172.0.0.0/12'],
          ['172.32.0.0/11', '172.64.0.0/10', '172.128.0.0/9', '173.0.0.0/8', '174.0.0.0/7', '176.0.0.0/4'],
          ['192.0.0.0/9', '192.128.0.0/11', '192.160.0.0/13', '192.169.0.0/16', '192.170.0.0/15'],
          ['192.172.0.0/14', '192.176.0.0/12', '192.192.0.0/10', '193.0.0.0/8', '194.0.0.0/7', '196.0.0.0/6'],
          ['200.0.0.0/5', '208.0.0.0/4'],
        ].flat(),
      }),
      gives: ssh,
    },
    { it: 'lets in all of global unicast', resource: group({ ipv6: ['2000::/3'] }), gives: sshOverIpv6 },
    { it: 'lets in the world with host bits set', resource: group({ ipv4: ['203.0.113.9/0'] }), gives: ssh },
    {
      it: 'names a prefix list that holds the world',
      resource: group({ prefixListIds: ['pl-1'] }),
      related: [prefixList({ entries: known(HALVES) })],
      gives: ssh,
    },
    {
      it: 'names a prefix list that holds the half it does not let in itself',
      resource: group({ ipv4: ['0.0.0.0/1'], prefixListIds: ['pl-1'] }),
      related: [prefixList({ entries: known(['128.0.0.0/1']) })],
      gives: ssh,
    },
    {
      it: 'names a prefix list of IPv6',
      resource: group({ prefixListIds: ['pl-1'] }),
      related: [prefixList({ entries: known([V6]) })],
      gives: sshOverIpv6,
    },
    {
      it: 'fails already without the prefix list that could not be read',
      resource: group({ ipv4: [V4], prefixListIds: ['pl-1'] }),
      related: [prefixList({ entries: denied(READ_LIST) })],
      gives: ssh,
    },
    { it: 'fails already without its malformed range', resource: group({ ipv4: ['everyone', V4] }), gives: ssh },
    {
      it: 'opens all protocols, which lists no protocol of that family again',
      resource: group(
        { ...everyProtocol, ipv6: [V6] },
        { ...onPorts(22), ipv4: [V4], ipv6: [V6] },
        { protocol: 'udp', ...onPorts(0, 65_535), ipv6: [V6] },
      ),
      gives: opensCritically('all protocols (IPv6), TCP 22 (IPv4)', [everything(V6), tcp(22, V4)]),
    },
    {
      it: 'opens all protocols in two halves',
      resource: group({ ...everyProtocol, ipv4: ['0.0.0.0/1'] }, { ...everyProtocol, ipv4: ['128.0.0.0/1'] }),
      gives: opensCritically('all protocols (IPv4)', [everything(V4)]),
    },
    {
      it: 'opens all TCP ports, which lists no single port again',
      resource: group({ ...onPorts(0, 65_535), ipv4: [V4] }),
      gives: opensCritically('all TCP ports (IPv4)', [allTcp(V4)]),
    },
    {
      it: 'opens all TCP ports but port 0',
      resource: group({ ...onPorts(1, 65_535), ipv4: [V4] }),
      gives: opensCritically('all TCP ports (IPv4)', [allTcp(V4)]),
    },
    {
      it: 'opens TCP without ports',
      resource: group({ fromPort: null, toPort: null, ipv4: [V4] }),
      gives: opensCritically('all TCP ports (IPv4)', [allTcp(V4)]),
    },
    {
      it: 'opens all TCP ports bit by bit',
      resource: group({ ...onPorts(1, 1000), ipv4: [V4] }, { ...onPorts(1001, 65_535), ipv4: HALVES }),
      gives: opensCritically('all TCP ports (IPv4)', [allTcp(V4)]),
    },
    {
      it: 'opens all UDP ports',
      resource: group({ protocol: 'udp', ...onPorts(0, 65_535), ipv4: [V4], ipv6: ['2000::/3'] }),
      gives: opensCritically('all UDP ports (IPv4 and IPv6)', [allUdp(V4), allUdp(V6)]),
    },
    {
      it: 'opens all TCP ports where no port is restricted',
      resource: group({ ...onPorts(0, 65_535), ipv4: [V4] }),
      parameters: { ports: [] },
      gives: opensCritically('all TCP ports (IPv4)', [allTcp(V4)]),
    },
    {
      it: 'opens all TCP ports where every one of them is allowed',
      resource: group({ ...onPorts(0, 65_535), ipv4: [V4] }),
      parameters: { ports: [], allowedPorts: ['0-65535'] },
      gives: opensCritically('all TCP ports (IPv4)', [allTcp(V4)]),
    },
    {
      it: 'opens ports that the parameters restrict, which are not for administration',
      resource: group(
        { ...onPorts(3306), ipv4: [V4] },
        { ...onPorts(22), ipv4: [V4] },
        { protocol: '17', ...onPorts(53), ipv6: [V6] },
      ),
      parameters: { ports: ['udp/53', 'tcp/3306', 3306, 5432] },
      gives: opens('TCP 3306 (IPv4), UDP 53 (IPv6)', [tcp(3306, V4), udp(53, V6)]),
    },
    {
      it: 'opens UDP 3389, restricted, which is not Remote Desktop',
      resource: group({ protocol: 'udp', ...onPorts(3389), ipv4: [V4] }),
      parameters: { ports: ['udp/3389'] },
      gives: opens('UDP 3389 (IPv4)', [udp(3389, V4)]),
    },
    {
      it: 'opens more than is allowed',
      resource: group(
        { ...onPorts(8000, 8100), ipv4: [V4] },
        { ...onPorts(443), ipv4: [V4] },
        { protocol: 'udp', ...onPorts(443), ipv4: [V4] },
      ),
      parameters: { allowedPorts: [443] },
      gives: opens('TCP 8000-8100 (IPv4), UDP 443 (IPv4)', [tcp('8000-8100', V4), udp(443, V4)]),
    },
    {
      it: 'opens restricted ports within a range of which some are allowed',
      resource: group({ ...onPorts(20, 90), ipv4: [V4] }),
      parameters: { allowedPorts: [80, '30-40'] },
      gives: opensCritically('TCP 20-21 (IPv4), TCP 22 (IPv4), TCP 23-29 (IPv4) and 2 more', [
        tcp('20-21', V4),
        tcp(22, V4),
        tcp('23-29', V4),
        tcp('41-79', V4),
        tcp('81-90', V4),
      ]),
    },
    {
      it: 'opens SSH within a range, restricted by nothing but not being allowed',
      resource: group({ ...onPorts(20, 90), ipv4: [V4] }),
      parameters: { ports: [], allowedPorts: [] },
      gives: opensCritically('TCP 20-90 (IPv4)', [tcp('20-90', V4)]),
    },
    {
      it: 'opens anything at all where nothing is allowed',
      resource: group({ ...onPorts(443), ipv6: [V6] }),
      parameters: { allowedPorts: [] },
      gives: opens('TCP 443 (IPv6)', [tcp(443, V6)]),
    },
    {
      it: 'opens SSH to half of the world where a quarter is enough',
      resource: group({ ipv4: ['0.0.0.0/1'] }),
      parameters: { worldPrefix: { ipv4: 2 } },
      gives: ssh,
    },
    {
      it: 'opens SSH to one block of IPv6 where that is enough, and the IPv4 default holds',
      resource: group({ ipv4: ['0.0.0.0/1'], ipv6: ['2a00::/12'] }),
      parameters: { worldPrefix: { ipv6: 12 } },
      gives: sshOverIpv6,
    },
    {
      it: 'opens SSH to a single public address where none is to be let in',
      resource: group({ ipv4: ['8.8.8.8/32'] }),
      parameters: { worldPrefix: { ipv4: 32 } },
      gives: ssh,
    },
    {
      it: 'lists protocols, then ports, then families, however they are written',
      resource: group(
        { protocol: 'udp', ...onPorts(53), ipv6: [V6], ipv4: [V4] },
        { ...onPorts(3389), ipv6: [V6] },
        { ...onPorts(22), ipv6: [V6], ipv4: HALVES.toReversed() },
      ),
      parameters: { ports: ['udp/53', 3389, 22] },
      gives: opensCritically('TCP 22 (IPv4 and IPv6), TCP 3389 (IPv6), UDP 53 (IPv4 and IPv6)', [
        tcp(22, V4),
        tcp(22, V6),
        tcp(3389, V6),
        udp(53, V4),
        udp(53, V6),
      ]),
    },
  ],
  // Every group has ingress rules, or none, which is fine.
  notApplicable: [],
  unknown: [
    {
      it: 'names a prefix list whose entries were denied',
      resource: group({ ipv4: ['10.0.0.0/8'], prefixListIds: ['pl-1'] }),
      related: [prefixList({ entries: denied(READ_LIST) })],
      gives: {
        message: `Prefix list pl-1 of security group sg-1 (web) could not be read: ${READ_LIST} was denied.`,
        missingPermission: READ_LIST,
      },
    },
    {
      it: 'names a prefix list that its source does not have',
      resource: group({ prefixListIds: ['pl-1'] }),
      gives: {
        message: 'Prefix list pl-1 of security group sg-1 (web) could not be read: the source did not collect that.',
      },
    },
    {
      it: 'names several, of which the first that matters is told',
      resource: group(
        { ...onPorts(443), prefixListIds: ['pl-1'] },
        { ...onPorts(22), prefixListIds: ['pl-2', 'pl-3'] },
        { ...onPorts(3389), prefixListIds: ['pl-4'] },
      ),
      related: [prefixList({ entries: denied(READ_LIST) }), prefixList({ id: 'pl-2', entries: known(['10.0.0.0/8']) })],
      gives: {
        message: 'Prefix list pl-3 of security group sg-1 (web) could not be read: the source did not collect that.',
      },
    },
    {
      it: 'names lists of which none alone would open all ports, but the last two together',
      resource: group(
        { ...onPorts(443), prefixListIds: ['pl-1'] },
        { ...onPorts(1, 1000), prefixListIds: ['pl-2'] },
        { ...onPorts(1001, 65_535), prefixListIds: ['pl-3'] },
      ),
      parameters: { ports: [] },
      related: [prefixList({ id: 'pl-2', entries: denied(READ_LIST) })],
      gives: {
        message: `Prefix list pl-2 of security group sg-1 (web) could not be read: ${READ_LIST} was denied.`,
        missingPermission: READ_LIST,
      },
    },
    {
      it: 'names one list twice, which for both ranges together would open all ports',
      resource: group(
        { ...onPorts(1, 1000), prefixListIds: ['pl-1'] },
        { ...onPorts(1001, 65_535), prefixListIds: ['pl-1'] },
      ),
      parameters: { ports: [] },
      gives: {
        message: 'Prefix list pl-1 of security group sg-1 (web) could not be read: the source did not collect that.',
      },
    },
    {
      it: 'lets in something that is no CIDR block',
      resource: group({ ipv4: ['10.0.0.0/8', 'everyone', '10.0.0.0/33'] }),
      gives: { message: 'Security group sg-1 (web) lets in "everyone", which is no CIDR block.' },
    },
    {
      it: 'lets in an empty range',
      resource: group({ ipv6: [''] }),
      gives: { message: 'Security group sg-1 (web) lets in "", which is no CIDR block.' },
    },
    {
      it: 'names a prefix list that holds something that is no CIDR block',
      resource: group({ prefixListIds: ['pl-1'] }),
      related: [prefixList({ entries: known(['10.0.0.0/8', '010.0.0.0/8']) })],
      gives: { message: 'Prefix list pl-1 of security group sg-1 (web) holds "010.0.0.0/8", which is no CIDR block.' },
    },
  ],
});

describe('the keys of ec2-security-group-restricted', () => {
  const keysOf = (...ingress: Partial<IngressPermission>[]) => {
    const verdict = check(ec2SecurityGroupRestricted, { resource: group(...ingress) });
    return verdict.status === 'FAIL' ? verdict.facts?.map(({ key }) => key) : [];
  };

  it('stay the same however one exposure is written', () => {
    const written: Partial<IngressPermission>[][] = [
      [{ ipv4: [V4] }],
      [{ ipv4: HALVES }],
      [{ ipv4: HALVES.toReversed() }, { ipv4: ['10.0.0.0/8'] }],
      [{ ...onPorts(21, 22), ipv4: [V4] }],
      [{ protocol: '6', ipv4: ['64.0.0.0/2', '128.0.0.0/1', '0.0.0.0/2'] }, { ipv4: [V4] }],
    ];
    for (const ingress of written) expect(keysOf(...ingress)).to.deep.equal(['ingress/tcp/22/0.0.0.0/0']);
  });

  it('are each of one exposure', () => {
    const anyPermission = fc.record({
      protocol: fc.constantFrom('tcp', 'udp', '-1', 'icmp'),
      fromPort: fc.constantFrom(0, 1, 22, 3389),
      toPort: fc.constantFrom(21, 22, 3389, 65_535),
      ipv4: fc.subarray([V4, ...HALVES]),
      ipv6: fc.subarray([V6, '2000::/3', 'fc00::/7']),
    });
    fc.assert(
      fc.property(fc.array(anyPermission, { maxLength: 5 }), (ingress) => {
        const keys = keysOf(...ingress);
        expect(keys).to.deep.equal([...new Set(keys)]);
      }),
    );
  });
});

describe('the parameters of ec2-security-group-restricted', () => {
  const refuse = (parameters: object) =>
    ec2SecurityGroupRestricted.parameters
      .safeParse(parameters)
      .error?.issues.map(({ path, message }) => `${path.join('.')} ${message}`);

  it('have defaults', () => {
    expect(ec2SecurityGroupRestricted.parameters.parse({})).to.deep.equal({
      ports: [22, 3389],
      worldPrefix: { ipv4: 0, ipv6: 3 },
    });
    expect(ec2SecurityGroupRestricted.parameters.parse({ worldPrefix: { ipv4: 8 } })).to.deep.equal({
      ports: [22, 3389],
      worldPrefix: { ipv4: 8, ipv6: 3 },
    });
  });

  it('refuse what is no port', () => {
    expect(refuse({ ports: [22, 'ssh', '1-9'], allowedPorts: ['tcp/9-1'] })).to.deep.equal([
      'ports.1 is not a port such as 22, tcp/22 or udp/53',
      'ports.2 is not a port such as 22, tcp/22 or udp/53',
      'allowedPorts.0 is not a port or a range such as 443, tcp/8000-8100 or udp/53',
    ]);
  });

  it('refuse to allow a port that must not be open', () => {
    const complaint = 'is among the ports that must not be open: take it out of one of the two';
    expect(refuse({ allowedPorts: [443, '20-30', 'udp/22', 3389] })).to.deep.equal([
      `allowedPorts.1 ${complaint}`,
      `allowedPorts.3 ${complaint}`,
    ]);
    expect(refuse({ ports: [3389], allowedPorts: [22] })).to.equal(undefined);
  });

  it('refuse a prefix length that no address has', () => {
    expect(refuse({ worldPrefix: { ipv4: 33, ipv6: -1 } })).to.have.length(2);
  });

  it('refuse a parameter that does not exist', () => {
    expect(refuse({ port: [22] })).to.deep.equal([' Unrecognized key: "port"']);
  });
});
