import { expect } from 'chai';

import { notCollected } from '../../../src/engine/model.ts';
import type { NetworkInterface } from '../../../src/engine/model.ts';
import { ec2NoPublicIp } from '../../../src/engine/rules/ec2-no-public-ip.ts';
import { denied, instance, tags } from '../../support/resources.ts';
import { testRule } from '../../support/rules.ts';

const id = 'i-0123456789abcdef0';
const eni = (name: string, changes: Partial<NetworkInterface> = {}) => ({
  id: name,
  publicIpv4: [],
  ipv6: [],
  ...changes,
});
const publicly = [eni('eni-1', { publicIpv4: ['54.1.2.3'] })];
const ipv4 = (address: string, where: string) => ({
  key: `public-ipv4/${address}`,
  message: `The public IPv4 address ${address} is on ${where}.`,
});
const ipv6 = (address: string, where: string) => ({
  key: `public-ipv6/${address}`,
  message: `The public IPv6 address ${address} is on ${where}.`,
});

testRule(ec2NoPublicIp, {
  pass: [
    { it: 'has private addresses alone', resource: instance() },
    { it: 'has no interface', resource: instance({ networkInterfaces: [] }) },
    {
      it: 'has IPv6 addresses that are not public',
      resource: instance({
        networkInterfaces: [
          eni('eni-1', { ipv6: ['fd00:ec2::254', 'fc00::1', 'fe80::1', '::1', '::ffff:54.1.2.3', '4000::1'] }),
        ],
      }),
    },
    {
      it: 'has none, whatever its tags would allow',
      resource: instance({ tags: denied('ec2:DescribeTags') }),
      parameters: { allow: ['tag:Public'] },
    },
    { it: 'has none, though it might', resource: instance(), parameters: { allow: [id] } },
  ],
  fail: [
    {
      it: 'has a public IPv4 address',
      resource: instance({ networkInterfaces: publicly }),
      gives: {
        message: `Instance ${id} has the public address 54.1.2.3.`,
        facts: [ipv4('54.1.2.3', 'interface eni-1')],
      },
    },
    {
      it: 'has several, on its second interface alone',
      resource: instance({
        networkInterfaces: [eni('eni-1'), eni('eni-2', { publicIpv4: ['54.9.9.9', '54.1.2.3'], ipv6: ['2600::1'] })],
      }),
      gives: {
        message: `Instance ${id} has the public addresses 54.1.2.3, 54.9.9.9, 2600::1.`,
        facts: [
          ipv4('54.1.2.3', 'interface eni-2'),
          ipv4('54.9.9.9', 'interface eni-2'),
          ipv6('2600::1', 'interface eni-2'),
        ],
      },
    },
    {
      it: 'has a public IPv6 address among others, spelled at length',
      resource: instance({
        networkInterfaces: [
          eni('eni-1', { ipv6: ['fd00::1', '2A05:D018:0000:0000:0000:0000:0000:00AB', '3fff:ffff::1'] }),
        ],
      }),
      gives: {
        message: `Instance ${id} has the public addresses 2a05:d018::ab, 3fff:ffff::1.`,
        facts: [ipv6('2a05:d018::ab', 'interface eni-1'), ipv6('3fff:ffff::1', 'interface eni-1')],
      },
    },
    {
      it: 'has an address that no interface is known for',
      resource: instance({ networkInterfaces: [eni('', { publicIpv4: ['54.1.2.3'] })] }),
      gives: {
        message: `Instance ${id} has the public address 54.1.2.3.`,
        facts: [ipv4('54.1.2.3', 'the instance')],
      },
    },
    {
      it: 'has a public address beside one that cannot be read',
      resource: instance({ networkInterfaces: [eni('eni-1', { publicIpv4: ['54.1.2.3'], ipv6: ['nonsense'] })] }),
      gives: {
        message: `Instance ${id} has the public address 54.1.2.3.`,
        facts: [ipv4('54.1.2.3', 'interface eni-1')],
      },
    },
    {
      it: 'has the public address while another instance is allowed one, whatever the tags',
      resource: instance({ networkInterfaces: publicly, tags: denied('ec2:DescribeTags') }),
      parameters: { allow: ['i-00000000000000000'] },
      gives: {
        message: `Instance ${id} has the public address 54.1.2.3.`,
        facts: [ipv4('54.1.2.3', 'interface eni-1')],
      },
    },
    {
      it: 'carries other tags than those that allow it, in key, case and value',
      resource: instance({ networkInterfaces: publicly, tags: tags({ public: 'yes', Role: 'web', Name: 'tag:Edge' }) }),
      parameters: { allow: ['tag:Public', 'tag:Role=bastion', 'tag:Rol', 'tag:Role=', 'tag:Edge', 'tag:constructor'] },
      gives: {
        message: `Instance ${id} has the public address 54.1.2.3.`,
        facts: [ipv4('54.1.2.3', 'interface eni-1')],
      },
    },
  ],
  notApplicable: [
    {
      it: 'is allowed by its id, whatever its tags',
      resource: instance({ networkInterfaces: publicly, tags: denied('ec2:DescribeTags') }),
      parameters: { allow: ['tag:Public', id] },
      gives: { message: `Instance ${id} may have the public address 54.1.2.3: it is allowed by its id.` },
    },
    {
      it: 'is allowed by the key of a tag',
      resource: instance({ networkInterfaces: publicly, tags: tags({ Public: '' }) }),
      parameters: { allow: ['tag:Public'] },
      gives: { message: `Instance ${id} may have the public address 54.1.2.3: it is allowed by tag:Public.` },
    },
    {
      it: 'is allowed by the key and value of a tag',
      resource: instance({ networkInterfaces: publicly, tags: tags({ Role: 'bastion' }) }),
      parameters: { allow: ['i-00000000000000000', 'tag:Public', 'tag:Role=bastion'] },
      gives: { message: `Instance ${id} may have the public address 54.1.2.3: it is allowed by tag:Role=bastion.` },
    },
    {
      it: 'is allowed by a tag with equals signs in its key and value',
      resource: instance({ networkInterfaces: publicly, tags: tags({ 'a=b': 'c=d' }) }),
      parameters: { allow: ['tag:a=b=c=d'] },
      gives: { message: `Instance ${id} may have the public address 54.1.2.3: it is allowed by tag:a=b=c=d.` },
    },
  ],
  unknown: [
    {
      it: 'has tags that were denied, where one might allow it',
      resource: instance({ networkInterfaces: publicly, tags: denied('ec2:DescribeTags') }),
      parameters: { allow: ['tag:Public'] },
      gives: {
        message: `The tags of instance ${id}, which may allow the public address 54.1.2.3, could not be read: ec2:DescribeTags was denied.`,
        missingPermission: 'ec2:DescribeTags',
      },
    },
    {
      it: 'has tags that its source did not collect, where one might allow it',
      resource: instance({ networkInterfaces: publicly, tags: notCollected }),
      parameters: { allow: ['i-00000000000000000', 'tag:Role=bastion'] },
      gives: {
        message: `The tags of instance ${id}, which may allow the public address 54.1.2.3, could not be read: the source did not collect that.`,
      },
    },
    {
      it: 'has an address that cannot be read',
      resource: instance({ networkInterfaces: [eni('eni-1', { ipv6: ['fd00::1', 'nonsense'] })] }),
      gives: { message: `Instance ${id} has an address that is not an IPv6 address: nonsense.` },
    },
  ],
});

describe('the parameters of ec2-no-public-ip', () => {
  const refuse = (parameters: object) => ec2NoPublicIp.parameters.safeParse(parameters).error?.issues[0];

  for (const entry of ['bastion', 'i-xyz', 'tag:', 'tag:=yes', 'Tag:Public', '']) {
    it(`refuse to allow "${entry}"`, () => {
      expect(refuse({ allow: [id, entry] })).to.deep.include({
        path: ['allow', 1],
        message: 'is neither an instance id nor tag:Key nor tag:Key=Value',
      });
    });
  }

  it('take ids of both lengths', () => {
    expect(ec2NoPublicIp.parameters.parse({ allow: [id, 'i-1234abcd'] })).to.deep.equal({ allow: [id, 'i-1234abcd'] });
  });

  it('refuse a parameter that does not exist', () => {
    expect(refuse({ allowed: [id] })).to.include({ code: 'unrecognized_keys' });
  });
});
