import ipaddr from 'ipaddr.js';
import { z } from 'zod';

import type { Ec2Instance } from '../model.ts';
import { defineRule } from '../rule.ts';
import { carries } from '../tag-selector.ts';
import { fail, notApplicable, pass, unknown } from '../verdict.ts';
import type { FailureFact } from '../verdict.ts';

const allowance = z.union([
  z.string().regex(/^i-[0-9a-z]+$/, { error: 'is neither the id of an instance nor a tag' }),
  z.string().regex(/^tag:.+$/s, { error: 'is neither the id of an instance nor a tag' }),
]);

export const ec2NoPublicIp = defineRule({
  id: 'ec2-no-public-ip',
  title: 'EC2 instance has no public address',
  rationale:
    'An instance with a public address is one wrong security group away from the internet, and is found within minutes.',
  severity: 'high',
  category: 'exposure',
  needs: { 'AWS::EC2::Instance': ['tags'] },
  remedy:
    'Release the Elastic IP, move the instance to a subnet that assigns no public addresses, and reach it through a load balancer or AWS Systems Manager.',
  parameters: z.strictObject({
    allow: z
      .array(allowance)
      .default([])
      .describe('Instances that may have a public address: `i-0123456789abcdef0`, `tag:Key` or `tag:Key=Value`.'),
  }),

  check({ id, tags, networkInterfaces }, { parameters: { allow } }) {
    const facts = publicAddresses(networkInterfaces);
    if (facts.length === 0) return pass;

    if (allow.includes(id)) return notApplicable(`Instance ${id} is allowed to have a public address.`);
    const selectors = allow.filter((entry) => entry.startsWith('tag:')).map((entry) => entry.slice('tag:'.length));
    if (selectors.length > 0) {
      if (!tags.known) return unknown(`The tags of instance ${id}`, tags);
      const selector = selectors.find((candidate) => carries(tags.value, candidate));
      if (selector !== undefined) {
        return notApplicable(`Instance ${id} is allowed to have a public address by its tag ${selector}.`);
      }
    }
    const addresses = facts.map(({ key }) => key.slice(key.indexOf('/') + 1));
    return fail(
      `Instance ${id} has the public ${addresses.length === 1 ? 'address' : 'addresses'} ${addresses.join(', ')}.`,
      { facts },
    );
  },
});

/** Every public address of every interface, not of the first alone. */
function publicAddresses(networkInterfaces: Ec2Instance['networkInterfaces']): FailureFact[] {
  const describe = ({ id }: { id: string }) => (id === '' ? '' : ` on interface ${id}`);
  return networkInterfaces.flatMap((networkInterface) => [
    ...networkInterface.publicIpv4.map((address) => ({
      key: `public-ipv4/${address}`,
      message: `${address} is a public IPv4 address${describe(networkInterface)}.`,
    })),
    ...networkInterface.ipv6.filter(isPublicIpv6).map((address) => ({
      key: `public-ipv6/${address}`,
      message: `${address} is a public IPv6 address${describe(networkInterface)}.`,
    })),
  ]);
}

/** Global unicast addresses are routed on the internet; unique local (fd00::/8) and link-local ones are not. */
function isPublicIpv6(address: string): boolean {
  return ipaddr.IPv6.isValid(address) && ipaddr.IPv6.parse(address).match(ipaddr.IPv6.parse('2000::'), 3);
}
