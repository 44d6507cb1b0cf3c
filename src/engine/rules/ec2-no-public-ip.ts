import ipaddr from 'ipaddr.js';
import * as z from 'zod';

import type { Ec2Instance, NetworkInterface } from '../model.ts';
import { defineRule } from '../rule.ts';
import { carries } from '../tag-selector.ts';
import { fail, notApplicable, pass, undecided, unknown } from '../verdict.ts';
import type { FailureFact } from '../verdict.ts';

const TAG = 'tag:';

const exception = z.string().regex(/^(?:i-[0-9a-f]{8,17}|tag:[^=].*)$/, {
  error: 'is neither an instance id nor tag:Key nor tag:Key=Value',
});

export const ec2NoPublicIp = defineRule({
  id: 'ec2-no-public-ip',
  title: 'EC2 instance has no public IP address',
  rationale:
    'An instance with a public address can be reached from the internet as soon as one security group or route is wrong.',
  severity: 'high',
  category: 'exposure',
  // The tags for `allow` alone; they come with the listing.
  needs: { 'AWS::EC2::Instance': ['tags'] },
  remedy:
    'Release the Elastic IP, or start the instance anew in a subnet that assigns no public addresses, and put a load balancer or a NAT gateway in front of it.',
  parameters: z.strictObject({
    allow: z
      .array(exception)
      .default([])
      .describe('Instances that may have a public address: by id, `tag:Key` or `tag:Key=Value`.'),
  }),

  check(instance, { parameters: { allow } }) {
    const { id, networkInterfaces, tags } = instance;
    const addresses = networkInterfaces.flatMap(publicAddresses);
    if (addresses.length === 0) return unlessUnreadable(instance);

    const facts = addresses.toSorted((a, b) => (a.key < b.key ? -1 : 1));
    const which = `the public ${facts.length === 1 ? 'address' : 'addresses'} ${facts.map(addressOf).join(', ')}`;
    if (allow.includes(id)) return notApplicable(`Instance ${id} may have ${which}: it is allowed by its id.`);
    if (allow.some(isTag)) {
      if (!tags.known) return unknown(`The tags of instance ${id}, which may allow ${which},`, tags);
      const allowing = allow.find((entry) => isTag(entry) && carries(tags.value, entry.slice(TAG.length)));
      if (allowing !== undefined) {
        return notApplicable(`Instance ${id} may have ${which}: it is allowed by ${allowing}.`);
      }
    }
    return fail(`Instance ${id} has ${which}.`, { facts });
  },
});

function publicAddresses({ id, publicIpv4, ipv6 }: NetworkInterface): FailureFact[] {
  // Some emulators know an address, but not the interface it is on.
  const where = id === '' ? 'the instance' : `interface ${id}`;
  return [
    ...publicIpv4.map((address) => ({
      key: `public-ipv4/${address}`,
      message: `The public IPv4 address ${address} is on ${where}.`,
    })),
    ...ipv6.filter(isGlobalUnicast).map((address) => {
      const spelled = ipaddr.IPv6.parse(address).toRFC5952String();
      return { key: `public-ipv6/${spelled}`, message: `The public IPv6 address ${spelled} is on ${where}.` };
    }),
  ];
}

/** All that IANA gives out for the public internet; link-local and unique local addresses lie outside. */
const GLOBAL_UNICAST = ipaddr.IPv6.parseCIDR('2000::/3');

function isGlobalUnicast(address: string): boolean {
  return ipaddr.IPv6.isValid(address) && ipaddr.IPv6.parse(address).match(GLOBAL_UNICAST);
}

/** A pass, unless some address is none: what cannot be read has not been shown to be private. */
function unlessUnreadable({ id, networkInterfaces }: Ec2Instance) {
  const unreadable = networkInterfaces.flatMap(({ ipv6 }) => ipv6).find((address) => !ipaddr.IPv6.isValid(address));
  return unreadable === undefined
    ? pass
    : undecided(`Instance ${id} has an address that is not an IPv6 address: ${unreadable}.`);
}

function addressOf({ key }: FailureFact): string {
  return key.slice(key.indexOf('/') + 1);
}

function isTag(entry: string): boolean {
  return entry.startsWith(TAG);
}
