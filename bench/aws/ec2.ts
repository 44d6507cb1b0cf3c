/** EC2 as it answers, some three kilobytes an instance: parsing what nobody asked for is most of the work. */
import type {
  EbsVolume,
  Ec2Instance,
  IngressPermission,
  NetworkInterface,
  SecurityGroup,
  Tags,
} from '../../src/engine/model.ts';
import { ACCOUNT, groups, instances, prefixLists, volumes } from '../support/estate.ts';
import type { Place } from '../support/estate.ts';
import { ec2Answer, element, failed, list } from './answer.ts';
import type { Answer, Request } from './answer.ts';
import { EC2_PAGING, ENTRY_PAGING, pageFor } from './paging.ts';
import type { Paging } from './paging.ts';
import { Shelf } from './shelf.ts';

interface Listing {
  readonly shelf: Shelf;
  /** The element around the items. */
  readonly set: string;
  readonly paging: Paging;
}

/** EC2 in every region, rendered now. */
export function createEc2(places: readonly Place[]): (request: Request) => Answer {
  const regions = new Map(places.map((place) => [place.region, stock(place)]));
  const regionItems = places.map(({ region }) => regionItem(region));
  return (request) => {
    const { operation, region, parameters } = request;
    if (operation === 'DescribeRegions') return ec2Answer(operation, list('regionInfo', regionItems));
    const refused = [...parameters.keys()].find((name) => /^(Filter|InstanceId|VolumeId|GroupId)\./.test(name));
    if (refused !== undefined) {
      return failed('ec2', 400, 'UnknownParameter', `This server lists everything: it knows no ${refused}.`);
    }
    const listings = regions.get(region);
    if (listings === undefined) return failed('ec2', 401, 'AuthFailure', `There is no region ${region} here.`);
    const listing = listings.get(
      operation === 'GetManagedPrefixListEntries' ? `${operation}/${parameters.get('PrefixListId')}` : operation,
    );
    if (listing !== undefined) return answerPage(request, listing);
    return operation === 'GetManagedPrefixListEntries'
      ? failed('ec2', 400, 'InvalidPrefixListID.NotFound', 'There is no such prefix list.')
      : failed('ec2', 400, 'InvalidAction', `The action ${operation} is not valid for this web service.`);
  };
}

function answerPage(request: Request, { shelf, set, paging }: Listing): Answer {
  const page = pageFor(request, shelf, paging);
  if ('status' in page) return page;
  return ec2Answer(request.operation, `<${set}>`, page.body, `</${set}>`, element('nextToken', page.token));
}

/** What is listed in one region, by operation; a prefix list's entries by its id too. */
function stock(place: Place): ReadonlyMap<string, Listing> {
  const listing = (set: string, items: Iterable<string>, paging = EC2_PAGING): Listing => ({
    shelf: new Shelf(items),
    set,
    paging,
  });
  return new Map([
    ['DescribeInstances', listing('reservationSet', rendered(instances(place), reservation))],
    ['DescribeVolumes', listing('volumeSet', rendered(volumes(place), volume))],
    ['DescribeSecurityGroups', listing('securityGroupInfo', rendered(groups(place), securityGroup))],
    ...[...prefixLists(place)].map(({ id, entries }): [string, Listing] => {
      const cidrs = entries.known ? entries.value : [];
      const items = cidrs.map((cidr) => `<item>${element('cidr', cidr)}<description>office</description></item>`);
      return [`GetManagedPrefixListEntries/${id}`, listing('entrySet', items, ENTRY_PAGING)];
    }),
  ]);
}

function* rendered<Item>(items: Iterable<Item>, render: (item: Item) => string): Generator<string> {
  for (const item of items) yield `<item>${render(item)}</item>`;
}

function regionItem(region: string): string {
  const endpoint = `ec2.${region}.amazonaws.com`;
  return `${element('optInStatus', 'opt-in-not-required')}${element('regionName', region)}${element('regionEndpoint', endpoint)}`;
}

/** Each instance in a reservation of its own, as launches one at a time leave them. */
function reservation(instance: Ec2Instance): string {
  return [
    element('reservationId', instance.id.replace('i-', 'r-')),
    element('ownerId', ACCOUNT),
    '<groupSet/>',
    list('instancesSet', [instanceBody(instance)]),
  ].join('');
}

const LAUNCHED = '2026-03-02T09:14:31.000Z';
const VPC = 'vpc-0a1b2c3d4e5f60718';
const SUBNET = 'subnet-0f1e2d3c4b5a69788';

function instanceBody(instance: Ec2Instance): string {
  const { id, region, instanceType, state, securityGroupIds, networkInterfaces } = instance;
  const hostname = `ip-10-0-41-118.${region}.compute.internal`;
  const publicAddress = networkInterfaces[0]?.publicIpv4[0];
  return `<instanceId>${id}</instanceId><imageId>ami-0c101f26f147fa7fd</imageId><instanceState><code>16</code>${element('name', state)}</instanceState>${element('privateDnsName', hostname)}<dnsName/><reason/><keyName>fleet</keyName><amiLaunchIndex>0</amiLaunchIndex><productCodes/>${element('instanceType', instanceType)}<launchTime>${LAUNCHED}</launchTime><placement>${element('availabilityZone', `${region}a`)}<groupName/><tenancy>default</tenancy></placement><monitoring><state>disabled</state></monitoring><subnetId>${SUBNET}</subnetId><vpcId>${VPC}</vpcId><privateIpAddress>10.0.41.118</privateIpAddress>${element('ipAddress', publicAddress)}<sourceDestCheck>true</sourceDestCheck>${groupSet(securityGroupIds)}<architecture>arm64</architecture><rootDeviceType>ebs</rootDeviceType><rootDeviceName>/dev/xvda</rootDeviceName><blockDeviceMapping><item><deviceName>/dev/xvda</deviceName><ebs>${element('volumeId', id.replace('i-', 'vol-'))}<status>attached</status><attachTime>${LAUNCHED}</attachTime><deleteOnTermination>true</deleteOnTermination></ebs></item></blockDeviceMapping><virtualizationType>hvm</virtualizationType><clientToken>fleet-2f6d9c1e-7b1a-4d5e-9d3c-8a4b6f0e1d2c</clientToken>${tagSet(instance.tags)}<hypervisor>xen</hypervisor>${list(
    'networkInterfaceSet',
    networkInterfaces.map((attached) => interfaceBody(attached, instance, hostname)),
  )}<iamInstanceProfile><arn>arn:aws:iam::${ACCOUNT}:instance-profile/web</arn><id>AIPA2XAMPLE3EXAMPLE4E</id></iamInstanceProfile><ebsOptimized>true</ebsOptimized><enaSupport>true</enaSupport><metadataOptions><state>applied</state><httpTokens>required</httpTokens><httpPutResponseHopLimit>2</httpPutResponseHopLimit><httpEndpoint>enabled</httpEndpoint><httpProtocolIpv6>disabled</httpProtocolIpv6><instanceMetadataTags>disabled</instanceMetadataTags></metadataOptions><platformDetails>Linux/UNIX</platformDetails>`;
}

function interfaceBody(
  { id, publicIpv4 }: NetworkInterface,
  { securityGroupIds }: Ec2Instance,
  hostname: string,
): string {
  const [address] = publicIpv4;
  const association =
    address === undefined
      ? ''
      : `<association><publicIp>${address}</publicIp><publicDnsName/><ipOwnerId>amazon</ipOwnerId></association>`;
  return `<networkInterfaceId>${id}</networkInterfaceId><subnetId>${SUBNET}</subnetId><vpcId>${VPC}</vpcId><description/><ownerId>${ACCOUNT}</ownerId><status>in-use</status><macAddress>02:fb:1a:6c:2d:91</macAddress><privateIpAddress>10.0.41.118</privateIpAddress>${element('privateDnsName', hostname)}<sourceDestCheck>true</sourceDestCheck>${groupSet(securityGroupIds)}<attachment>${element('attachmentId', id.replace('eni-', 'eni-attach-'))}<deviceIndex>0</deviceIndex><status>attached</status><attachTime>${LAUNCHED}</attachTime><deleteOnTermination>true</deleteOnTermination><networkCardIndex>0</networkCardIndex></attachment>${association}<privateIpAddressesSet><item><privateIpAddress>10.0.41.118</privateIpAddress>${element('privateDnsName', hostname)}<primary>true</primary>${association}</item></privateIpAddressesSet><ipv6AddressesSet/><interfaceType>interface</interfaceType>`;
}

function volume({ id, region, state, encrypted, kmsKeyId, attachedInstanceIds, tags }: EbsVolume): string {
  const attachments = attachedInstanceIds.map(
    (instanceId) =>
      `${element('volumeId', id)}${element('instanceId', instanceId)}<device>/dev/xvda</device><status>attached</status><attachTime>${LAUNCHED}</attachTime><deleteOnTermination>true</deleteOnTermination>`,
  );
  return `<volumeId>${id}</volumeId><size>40</size><snapshotId>snap-0b1c2d3e4f5061728</snapshotId>${element('availabilityZone', `${region}a`)}${element('status', state)}<createTime>${LAUNCHED}</createTime>${list('attachmentSet', attachments)}${tagSet(tags)}<volumeType>gp3</volumeType><iops>3000</iops><encrypted>${encrypted}</encrypted>${element('kmsKeyId', kmsKeyId)}<multiAttachEnabled>false</multiAttachEnabled><throughput>125</throughput><operator><managed>false</managed></operator>`;
}

function securityGroup({ id, region, groupName, ingress, tags }: SecurityGroup): string {
  const outward = permission({
    protocol: '-1',
    fromPort: null,
    toPort: null,
    ipv4: ['0.0.0.0/0'],
    ipv6: [],
    prefixListIds: [],
  });
  return `<ownerId>${ACCOUNT}</ownerId><groupId>${id}</groupId>${element('securityGroupArn', `arn:aws:ec2:${region}:${ACCOUNT}:security-group/${id}`)}${element('groupName', groupName)}<groupDescription>of the benchmark</groupDescription><vpcId>${VPC}</vpcId>${list('ipPermissions', ingress.map(permission))}${list('ipPermissionsEgress', [outward])}${tagSet(tags)}`;
}

function permission({ protocol, fromPort, toPort, ipv4, ipv6, prefixListIds }: IngressPermission): string {
  return [
    element('ipProtocol', protocol),
    element('fromPort', fromPort),
    element('toPort', toPort),
    '<groups/>',
    list(
      'ipRanges',
      ipv4.map((cidr) => element('cidrIp', cidr)),
    ),
    list(
      'ipv6Ranges',
      ipv6.map((cidr) => element('cidrIpv6', cidr)),
    ),
    list(
      'prefixListIds',
      prefixListIds.map((id) => element('prefixListId', id)),
    ),
  ].join('');
}

function groupSet(ids: readonly string[]): string {
  return list(
    'groupSet',
    ids.map((id) => `${element('groupId', id)}<groupName>fleet</groupName>`),
  );
}

function tagSet(tags: { readonly known: true; readonly value: Tags } | { readonly known: false }): string {
  const entries = tags.known ? Object.entries(tags.value) : [];
  return list(
    'tagSet',
    entries.map(([key, value]) => `${element('key', key)}${element('value', value)}`),
  );
}
