import type { IpPermission } from '@aws-sdk/client-ec2';
import { expect } from 'chai';

import { ec2SecurityGroupWorldRules } from '../../../src/remediate/actions/ec2-security-group-world-rules.ts';
import { serviceError } from '../../support/aws-errors.ts';
import { thrownBy } from '../../support/errors.ts';
import { estate, memoryAws } from '../../support/memory-aws.ts';
import type { Estate } from '../../support/memory-aws.ts';
import { actingOn, proposed, targetOf } from '../../support/remediation.ts';

const target = targetOf('AWS::EC2::SecurityGroup', 'sg-1');
const LOCKED_OUT = 'Who comes in by these rules is locked out; connections that stand may stay for a while.';

const tcp = (FromPort: number, ToPort: number, sources: Partial<IpPermission>): IpPermission => ({
  IpProtocol: 'tcp',
  FromPort,
  ToPort,
  ...sources,
});
const v4 = (CidrIp: string, Description?: string) => ({
  IpRanges: [{ CidrIp, ...(Description !== undefined && { Description }) }],
});
const holding = (ingress: IpPermission[], more: Partial<Estate['groups'][string]> = {}) =>
  estate({ groups: { 'sg-1': { ingress, ...more } } });
const plan = async (state: Estate, given: Parameters<typeof proposed>[3] = {}) =>
  proposed(ec2SecurityGroupWorldRules, memoryAws(state), 'sg-1', given);

const rule = (port: number, family: 'ipv4' | 'ipv6', cidr: string, description: string | null = null) => ({
  protocol: 'tcp',
  fromPort: port,
  toPort: port,
  family,
  cidr,
  description,
});
const BY_HAND = {
  why: 'by-hand',
  message: 'No single rule opens only admin ports to the world: narrowing a wider one is for people to do.',
};

describe('removing rules that let the world in', () => {
  it('removes exactly the offending ones, each address family for itself', async () => {
    const state = holding([
      tcp(22, 22, {
        IpRanges: [{ CidrIp: '0.0.0.0/0', Description: 'temporary' }, { CidrIp: '10.0.0.0/8' }],
        Ipv6Ranges: [{ CidrIpv6: '::/0' }],
      }),
      tcp(443, 443, v4('0.0.0.0/0')),
      tcp(3389, 3389, v4('0.0.0.0/0')),
    ]);
    expect(await plan(state)).to.deep.equal({
      before: {
        'tcp/22/0.0.0.0/0': rule(22, 'ipv4', '0.0.0.0/0', 'temporary'),
        'tcp/22/::/0': rule(22, 'ipv6', '::/0'),
        'tcp/3389/0.0.0.0/0': rule(3389, 'ipv4', '0.0.0.0/0'),
      },
      after: { 'tcp/22/0.0.0.0/0': null, 'tcp/22/::/0': null, 'tcp/3389/0.0.0.0/0': null },
      reversible: true,
      permissions: ['ec2:RevokeSecurityGroupIngress'],
      cautions: [LOCKED_OUT],
    });
  });

  it('takes the ports that the settings name, a range of them too', async () => {
    const state = holding([tcp(2222, 2223, v4('0.0.0.0/0')), tcp(22, 22, v4('0.0.0.0/0'))]);
    const given = { settings: { ports: [2222, 'tcp/2223'] }, parameters: { ports: [22, 2222, 2223] } };
    expect(await plan(state, given)).to.deep.include({
      after: { 'tcp/2222-2223/0.0.0.0/0': null },
      cautions: [LOCKED_OUT, 'It will still fail: Security group sg-1 (web) is open to the world on TCP 22 (IPv4).'],
    });
  });

  it('leaves wider rules, all protocols, ICMP, and blocks that only add up to the world to people', async () => {
    expect(await plan(holding([tcp(0, 65_535, v4('0.0.0.0/0'))]))).to.deep.equal(BY_HAND);
    expect(await plan(holding([{ IpProtocol: '-1', ...v4('0.0.0.0/0') }]))).to.deep.equal(BY_HAND);
    const icmp = { IpProtocol: 'icmp', FromPort: 8, ToPort: -1, ...v4('0.0.0.0/0') };
    expect(await plan(holding([icmp, tcp(20, 25, v4('0.0.0.0/0'))]))).to.deep.equal(BY_HAND);
    const halves = { IpRanges: [{ CidrIp: '0.0.0.0/1' }, { CidrIp: '128.0.0.0/1' }] };
    expect(await plan(holding([tcp(22, 22, halves)]))).to.deep.equal(BY_HAND);
  });

  it('touches no prefix list, and says what is left beside one', async () => {
    const lists = { PrefixListIds: [{ PrefixListId: 'pl-1' }] };
    const state = holding([tcp(22, 22, { ...v4('0.0.0.0/0'), ...lists }), tcp(0, 65_535, v4('0.0.0.0/0'))]);
    expect(await plan(state)).to.deep.include({
      after: { 'tcp/22/0.0.0.0/0': null },
      cautions: [
        LOCKED_OUT,
        'It will still fail: Security group sg-1 (web) is open to the world on all TCP ports (IPv4).',
      ],
    });
  });

  it('says that tags of a rule are lost for good', async () => {
    const state = holding([tcp(22, 22, v4('0.0.0.0/0')), { IpProtocol: '-1', ...v4('10.0.0.0/8') }], {
      taggedRules: ['0.0.0.0/0', '10.0.0.0/8'],
    });
    expect(await plan(state)).to.deep.include({
      reversible: false,
      cautions: [LOCKED_OUT, 'A rule carries tags, which undoing it does not bring back.'],
    });
  });

  it('goes there and back, descriptions and all', async () => {
    const ingress = [
      tcp(443, 443, v4('0.0.0.0/0')),
      tcp(22, 22, v4('0.0.0.0/0', 'temporary')),
      tcp(22, 22, { Ipv6Ranges: [{ CidrIpv6: '::/0' }] }),
      { IpProtocol: '-1', ...v4('10.0.0.0/8') },
    ];
    const state = holding(ingress);
    const aws = memoryAws(state);
    const context = actingOn(aws);
    const all = { protocol: '-1', fromPort: null, toPort: null, family: 'ipv4', cidr: '10.0.0.0/8', description: null };
    const before = {
      'tcp/22/0.0.0.0/0': rule(22, 'ipv4', '0.0.0.0/0', 'temporary'),
      'tcp/22/::/0': rule(22, 'ipv6', '::/0'),
      '-1/all/10.0.0.0/8': all,
    };
    const after = { 'tcp/22/0.0.0.0/0': null, 'tcp/22/::/0': null, '-1/all/10.0.0.0/8': null };
    expect(await ec2SecurityGroupWorldRules.current(target, after, context)).to.deep.equal(before);

    expect(await ec2SecurityGroupWorldRules.write(target, { from: before, to: after }, context)).to.deep.equal([
      'request-RevokeSecurityGroupIngress',
    ]);
    expect(state.groups['sg-1']?.ingress).to.deep.equal([tcp(443, 443, v4('0.0.0.0/0'))]);
    expect(await ec2SecurityGroupWorldRules.current(target, before, context)).to.deep.equal(after);

    expect(await ec2SecurityGroupWorldRules.write(target, { from: after, to: before }, context)).to.deep.equal([
      'request-AuthorizeSecurityGroupIngress',
    ]);
    expect(state.groups['sg-1']?.ingress).to.deep.equal(ingress);
    const half = { ...after, 'tcp/22/::/0': before['tcp/22/::/0'] };
    expect(await ec2SecurityGroupWorldRules.write(target, { from: half, to: half }, context)).to.deep.equal([]);
  });

  it('finds a group gone, and throws on what else is thrown', async () => {
    const gone = memoryAws(estate());
    expect(await proposed(ec2SecurityGroupWorldRules, gone, 'sg-1')).to.equal('gone');
    expect(await ec2SecurityGroupWorldRules.current(target, {}, actingOn(gone))).to.equal(undefined);
    const denied = serviceError('UnauthorizedOperation', 403, 'You are not authorized');
    const refusing = memoryAws(estate(), async () => {
      throw denied;
    });
    expect(await thrownBy(() => proposed(ec2SecurityGroupWorldRules, refusing, 'sg-1'))).to.equal(denied);
  });
});
