import type { EC2Client, IpPermission, SecurityGroup as SdkSecurityGroup } from '@aws-sdk/client-ec2';

import type { Call } from '../../aws/call.ts';
import { awsErrorNamed, present } from '../../aws/errors.ts';
import { requestIdOf } from '../../aws/request-id.ts';
import { parsePorts } from '../../engine/exposure/port-notation.ts';
import type { IngressPermission, SecurityGroup } from '../../engine/model.ts';
import { fromGroup } from '../../inventory/collectors/ec2-security-groups.ts';
import { defineAction } from '../action.ts';
import type { ActionContext } from '../action.ts';
import type { Target } from '../change.ts';
import { partsToChange } from '../state.ts';
import type { Json, State } from '../state.ts';

const ANY_GROUP = 'arn:{partition}:ec2:{region}:{account}:security-group/*';

const DESCRIBE_SECURITY_GROUPS: Call = {
  operation: 'DescribeSecurityGroups',
  action: 'ec2:DescribeSecurityGroups',
  resource: null,
};
const DESCRIBE_SECURITY_GROUP_RULES: Call = {
  operation: 'DescribeSecurityGroupRules',
  action: 'ec2:DescribeSecurityGroupRules',
  resource: null,
};
const REVOKE_INGRESS: Call = {
  operation: 'RevokeSecurityGroupIngress',
  action: 'ec2:RevokeSecurityGroupIngress',
  resource: ANY_GROUP,
};
const AUTHORIZE_INGRESS: Call = {
  operation: 'AuthorizeSecurityGroupIngress',
  action: 'ec2:AuthorizeSecurityGroupIngress',
  resource: ANY_GROUP,
};

/** One rule of a group: a protocol, ports, and one block of addresses. */
interface AddressRule {
  readonly protocol: string;
  readonly fromPort: number | null;
  readonly toPort: number | null;
  readonly family: 'ipv4' | 'ipv6';
  readonly cidr: string;
  readonly description: string | null;
}

interface Detail {
  readonly rules: readonly AddressRule[];
  /** The names of rules that carry tags of their own. */
  readonly tagged: ReadonlySet<string>;
}

/** The rules that let the world in on nothing but admin ports are removed; no other is touched. */
export const ec2SecurityGroupWorldRules = defineAction({
  id: 'ec2-security-group-world-rules',
  rule: 'ec2-security-group-restricted',
  calls: {
    read: [DESCRIBE_SECURITY_GROUPS, DESCRIBE_SECURITY_GROUP_RULES],
    apply: [REVOKE_INGRESS],
    undo: [AUTHORIZE_INGRESS],
  },

  async read(target, context) {
    const group = await readGroup(target, context);
    if (group === undefined) return undefined;
    const tagged = await readTagged(await context.clients.ec2(), target, context);
    return { resource: fromGroup(group, context.scope), detail: { rules: rulesOf(group), tagged } };
  },

  plan({ resource, detail: { rules, tagged } }: { resource: SecurityGroup; detail: Detail }, { settings, judge }) {
    const ports = settings.ports.map(parsePorts);
    const isAdmin = (protocol: string, port: number) =>
      ports.some(({ transport, from }) => transport === protocol && from === port);
    const offending = rules.filter(
      (rule) => onlyPorts(rule, isAdmin) && judge({ ...resource, ingress: [permissionOf(rule)] }).status === 'FAIL',
    );
    if (offending.length === 0) {
      return {
        why: 'by-hand',
        message: 'No single rule opens only admin ports to the world: narrowing a wider one is for people to do.',
      };
    }
    const kept = rules.filter((rule) => !offending.includes(rule));
    const others = resource.ingress.filter(({ prefixListIds }) => prefixListIds.length > 0);
    const lists = others.map((permission) => ({ ...permission, ipv4: [], ipv6: [] }));
    const verdict = judge({ ...resource, ingress: [...kept.map(permissionOf), ...lists] });
    const losesTags = offending.some((rule) => tagged.has(nameOf(rule)));
    return {
      before: Object.fromEntries(offending.map((rule) => [nameOf(rule), partOf(rule)])),
      after: Object.fromEntries(offending.map((rule) => [nameOf(rule), null])),
      reversible: !losesTags,
      permissions: [REVOKE_INGRESS.action],
      cautions: [
        'Who comes in by these rules is locked out; connections that stand may stay for a while.',
        ...(losesTags ? ['A rule carries tags, which undoing it does not bring back.'] : []),
        ...(verdict.status === 'FAIL' ? [`It will still fail: ${verdict.message}`] : []),
      ],
    };
  },

  async current(target, parts, context) {
    const group = await readGroup(target, context);
    if (group === undefined) return undefined;
    const rules = new Map(rulesOf(group).map((rule) => [nameOf(rule), partOf(rule)]));
    return Object.fromEntries(Object.keys(parts).map((name) => [name, rules.get(name) ?? null]));
  },

  async write(target, { from, to }, { clients, signal: abortSignal }) {
    const { AuthorizeSecurityGroupIngressCommand } = await import('@aws-sdk/client-ec2');
    const { RevokeSecurityGroupIngressCommand } = await import('@aws-sdk/client-ec2');
    const ec2 = await clients.ec2();
    const GroupId = target.id;
    const changed = partsToChange(from, to);
    const removed = rulesIn(
      from,
      changed.filter((name) => to[name] === null),
    );
    const added = rulesIn(to, changed);
    const requestIds: string[] = [];
    if (removed.length > 0) {
      const IpPermissions = removed.map((rule) => ipPermission({ ...rule, description: null }));
      const answer = await ec2.send(new RevokeSecurityGroupIngressCommand({ GroupId, IpPermissions }), { abortSignal });
      requestIds.push(...requestIdOf(answer));
    }
    if (added.length > 0) {
      const request = new AuthorizeSecurityGroupIngressCommand({ GroupId, IpPermissions: added.map(ipPermission) });
      requestIds.push(...requestIdOf(await ec2.send(request, { abortSignal })));
    }
    return requestIds;
  },
});

/** True where every port of the rule is one that is asked about: ICMP and all-protocol rules have none. */
function onlyPorts(
  { protocol, fromPort, toPort }: AddressRule,
  isAsked: (protocol: string, port: number) => boolean,
): boolean {
  // For ICMP the two are type and code.
  if (fromPort === null || toPort === null || fromPort > toPort) return false;
  for (let port = fromPort; port <= toPort; port += 1) {
    if (!isAsked(protocol, port)) return false;
  }
  return true;
}

async function readGroup(target: Target, { clients, signal }: ActionContext): Promise<SdkSecurityGroup | undefined> {
  const { DescribeSecurityGroupsCommand } = await import('@aws-sdk/client-ec2');
  const ec2 = await clients.ec2();
  try {
    const request = new DescribeSecurityGroupsCommand({ GroupIds: [target.id] });
    const { SecurityGroups } = await ec2.send(request, { abortSignal: signal });
    return present(present(SecurityGroups, 'securityGroupInfo')[0], 'group');
  } catch (error) {
    if (awsErrorNamed(error, 'InvalidGroup.NotFound', 'InvalidGroupId.NotFound')) return undefined;
    throw error;
  }
}

/** The names of the rules that carry tags of their own: a rule that is made anew has none. */
async function readTagged(client: EC2Client, target: Target, { signal }: ActionContext): Promise<ReadonlySet<string>> {
  const { paginateDescribeSecurityGroupRules } = await import('@aws-sdk/client-ec2');
  const Filters = [{ Name: 'group-id', Values: [target.id] }];
  const pages = paginateDescribeSecurityGroupRules({ client, pageSize: 1000 }, { Filters }, { abortSignal: signal });
  const names: string[] = [];
  for await (const page of pages) {
    for (const rule of present(page.SecurityGroupRules, 'securityGroupRuleSet')) {
      const cidr = rule.CidrIpv4 ?? rule.CidrIpv6;
      if (rule.IsEgress === true || cidr === undefined || (rule.Tags ?? []).length === 0) continue;
      const protocol = present(rule.IpProtocol, 'ipProtocol');
      names.push(nameOf({ protocol, fromPort: portOf(rule.FromPort), toPort: portOf(rule.ToPort), cidr }));
    }
  }
  return new Set(names);
}

/** The listing of rules says -1 where that of groups says nothing. */
function portOf(port: number | undefined): number | null {
  return port === undefined || port === -1 ? null : port;
}

function rulesOf(group: SdkSecurityGroup): AddressRule[] {
  return present(group.IpPermissions, 'ipPermissions').flatMap((permission) => {
    const ports = {
      protocol: present(permission.IpProtocol, 'ipProtocol'),
      fromPort: permission.FromPort ?? null,
      toPort: permission.ToPort ?? null,
    };
    return [
      ...present(permission.IpRanges, 'ipRanges').map(({ CidrIp, Description }): AddressRule => ({
        ...ports,
        family: 'ipv4',
        cidr: present(CidrIp, 'cidrIp'),
        description: Description ?? null,
      })),
      ...present(permission.Ipv6Ranges, 'ipv6Ranges').map(({ CidrIpv6, Description }): AddressRule => ({
        ...ports,
        family: 'ipv6',
        cidr: present(CidrIpv6, 'cidrIpv6'),
        description: Description ?? null,
      })),
    ];
  });
}

/** `tcp/22/0.0.0.0/0`: one rule of a group, and no other, has it. */
function nameOf({
  protocol,
  fromPort,
  toPort,
  cidr,
}: Pick<AddressRule, 'protocol' | 'fromPort' | 'toPort' | 'cidr'>): string {
  const ports = fromPort === toPort ? String(fromPort ?? 'all') : `${fromPort}-${toPort}`;
  return `${protocol}/${ports}/${cidr}`;
}

function permissionOf({ protocol, fromPort, toPort, family, cidr }: AddressRule): IngressPermission {
  return { protocol, fromPort, toPort, ipv4: [], ipv6: [], prefixListIds: [], [family]: [cidr] };
}

function partOf({ protocol, fromPort, toPort, family, cidr, description }: AddressRule): Json {
  return { protocol, fromPort, toPort, family, cidr, description };
}

/** The rules that a state has under these names. */
function rulesIn(state: State, names: readonly string[]): AddressRule[] {
  return names.flatMap((name) => {
    const part = state[name] ?? null;
    return part === null ? [] : [part as unknown as AddressRule];
  });
}

function ipPermission({ protocol, fromPort, toPort, family, cidr, description }: AddressRule): IpPermission {
  const Description = description === null ? {} : { Description: description };
  return {
    IpProtocol: protocol,
    ...(fromPort !== null && { FromPort: fromPort }),
    ...(toPort !== null && { ToPort: toPort }),
    ...(family === 'ipv4'
      ? { IpRanges: [{ CidrIp: cidr, ...Description }] }
      : { Ipv6Ranges: [{ CidrIpv6: cidr, ...Description }] }),
  };
}
