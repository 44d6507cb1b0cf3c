/** AWS as far as `optimize` asks it: what many environments have, and volumes and log groups, in pages that are rendered once. */
import { createServer } from 'node:http';
import type { IncomingMessage, Server } from 'node:http';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';

import { ACCOUNT } from '../support/estate.ts';
import { element, list } from './answer.ts';
import { Shelf } from './shelf.ts';

const REGION = 'us-east-1';

export interface EnvironmentsSettings {
  /** Clusters of RDS, replication groups, services of ECS, DB instances, EC2 instances, Auto Scaling groups: so many of each. */
  readonly each: number;
  /** One in so many belongs to `dev`, the others to as many other environments. */
  readonly environments: number;
  /** Services of each ECS cluster. */
  readonly perCluster: number;
  /** Volumes, every other one of gp2 and every tenth unattached, and log groups, none with a retention. */
  readonly wasted: number;
  /** Milliseconds before each answer. */
  readonly latency: number;
}

export interface EnvironmentsServer {
  readonly server: Server;
  /** How often each API was called. */
  readonly calls: Map<string, number>;
}

interface Request {
  readonly api: string;
  /** Parameters of the query protocol, or fields of JSON. */
  readonly parameters: Readonly<Record<string, unknown>>;
}

interface Answer {
  readonly type: string;
  readonly parts: readonly (string | Buffer)[];
}

/** Not listening yet. */
export function createEnvironments(settings: EnvironmentsSettings): EnvironmentsServer {
  const calls = new Map<string, number>();
  const answers = answersOf(settings);
  const server = createServer((incoming, response) => {
    const serve = async () => {
      const request = requestOf(incoming, await text(incoming));
      calls.set(request.api, (calls.get(request.api) ?? 0) + 1);
      if (settings.latency > 0) await sleep(settings.latency);
      const answer = answers[request.api]?.(request);
      if (answer === undefined) {
        response.writeHead(500).end(`There is no ${request.api} here.`);
        return;
      }
      response.writeHead(200, { 'content-type': answer.type });
      for (const part of answer.parts) response.write(part);
      response.end();
    };
    // A client that hangs up half-way is its own affair.
    serve().catch(() => response.destroy());
  });
  return { server, calls };
}

function requestOf({ headers }: IncomingMessage, body: string): Request {
  const service = /Credential=[^,]*\/([^/,]+)\/aws4_request/.exec(headers.authorization ?? '')?.[1] ?? '';
  const target = headers['x-amz-target'];
  if (typeof target === 'string') {
    return { api: `${service}:${target.split('.').at(-1)}`, parameters: JSON.parse(body) as Record<string, unknown> };
  }
  const parameters = Object.fromEntries(new URLSearchParams(body));
  return { api: `${service}:${parameters['Action']}`, parameters };
}

function answersOf({ each, environments, perCluster, wasted }: EnvironmentsSettings) {
  const environmentOf = (index: number) => (index % environments === 0 ? 'dev' : `team${index % environments}`);
  const numbers = Array.from({ length: each }, (_, index) => index);
  const databases = new Shelf(numbers.map((index) => database(index, environmentOf(index))));
  const groups = new Shelf(numbers.map((index) => group(index, environmentOf(index))));
  const clusters = Array.from({ length: Math.ceil(each / perCluster) }, (_, index) => `cluster-${index}`);
  const servicesOf = (cluster: string) => {
    const first = Number(cluster.slice('cluster-'.length)) * perCluster;
    return numbers.slice(first, first + perCluster).map((index) => `tapstack-${index}-${environmentOf(index)}`);
  };
  const databaseInstances = new Shelf(numbers.map((index) => databaseInstance(index, environmentOf(index))));
  const instances = new Shelf(numbers.map((index) => computeInstance(index, environmentOf(index))));
  const scalingGroups = new Shelf(numbers.map((index) => scalingGroup(index, environmentOf(index))));
  const volumes = new Shelf(Array.from({ length: wasted }, (_, index) => volume(index)));
  const logGroups = Array.from({ length: wasted }, (_, index) => logGroup(index));
  const nameOf = (arn: unknown) => String(arn).split('/').at(-1) ?? '';

  const answers: Readonly<Record<string, (request: Request) => Answer>> = {
    'sts:GetCallerIdentity': () =>
      query('GetCallerIdentity', element('Arn', `arn:aws:iam::${ACCOUNT}:user/bench`), element('Account', ACCOUNT)),
    'iam:ListAccountAliases': () =>
      query('ListAccountAliases', list('AccountAliases', ['sandbox'], 'member'), element('IsTruncated', false)),
    'rds:DescribeDBClusters': ({ parameters }) => paged('DescribeDBClusters', 'DBClusters', databases, parameters),
    'rds:DescribeDBInstances': ({ parameters }) => {
      if (parameters['Filters.Filter.1.Name'] === undefined) {
        return paged('DescribeDBInstances', 'DBInstances', databaseInstances, parameters);
      }
      const id = String(parameters['Filters.Filter.1.Values.Value.1']);
      return query('DescribeDBInstances', list('DBInstances', [instance(id)], 'DBInstance'));
    },
    'elasticache:DescribeReplicationGroups': ({ parameters }) =>
      paged('DescribeReplicationGroups', 'ReplicationGroups', groups, parameters),
    'elasticache:ListTagsForResource': () => query('ListTagsForResource', list('TagList', [], 'Tag')),
    'ecs:ListClusters': ({ parameters }) =>
      page(
        'clusterArns',
        clusters.map((name) => ecsArn('cluster', name)),
        parameters,
      ),
    'ecs:ListServices': ({ parameters }) => {
      const cluster = nameOf(parameters['cluster']);
      return page(
        'serviceArns',
        servicesOf(cluster).map((name) => ecsArn('service', `${cluster}/${name}`)),
        parameters,
      );
    },
    'ecs:DescribeServices': ({ parameters }) => {
      const cluster = nameOf(parameters['cluster']);
      const asked = parameters['services'] as readonly string[];
      return json({ services: asked.map((arn) => service(cluster, nameOf(arn))), failures: [] });
    },
    'ecs:DescribeTaskDefinition': () =>
      json({ taskDefinition: { cpu: '256', memory: '512', runtimePlatform: { cpuArchitecture: 'X86_64' } } }),
    'application-autoscaling:DescribeScalableTargets': ({ parameters }) => {
      const asked = (parameters['ResourceIds'] ?? []) as readonly string[];
      const ServiceNamespace = parameters['ServiceNamespace'];
      const targets = ServiceNamespace === 'ecs' ? asked : [];
      return json({
        ScalableTargets: targets.map((ResourceId) => ({
          ServiceNamespace,
          ResourceId,
          ScalableDimension: 'ecs:service:DesiredCount',
          MinCapacity: 3,
          MaxCapacity: 10,
        })),
      });
    },
    'monitoring:GetMetricData': () => json({ MetricDataResults: [] }),
    'ec2:DescribeInstances': ({ parameters }) => {
      if (parameters['Filter.1.Name'] === undefined)
        return ec2Page('DescribeInstances', 'reservationSet', instances, parameters);
      const asked = Object.entries(parameters).filter(([name]) => name.startsWith('Filter.1.Value.'));
      const running = asked.map(([, id]) => reservation(String(id), 'worker'));
      return ec2('DescribeInstances', `<reservationSet>${running.join('')}</reservationSet>`);
    },
    'ec2:DescribeInstanceTypes': () =>
      ec2(
        'DescribeInstanceTypes',
        list('instanceTypeSet', [
          '<instanceType>m5.large</instanceType><instanceStorageSupported>false</instanceStorageSupported>',
        ]),
      ),
    'autoscaling:DescribeAutoScalingGroups': ({ parameters }) => {
      const { body, next } = scalingGroups.page(
        Number(parameters['NextToken'] ?? 0),
        Number(parameters['MaxRecords'] ?? 50),
      );
      const groupsXml = ['<AutoScalingGroups>', body, '</AutoScalingGroups>'];
      return query('DescribeAutoScalingGroups', ...groupsXml, element('NextToken', next));
    },
    'ec2:DescribeVolumes': ({ parameters }) => ec2Page('DescribeVolumes', 'volumeSet', volumes, parameters),
    'ec2:DescribeAddresses': () => ec2('DescribeAddresses', '<addressesSet/>'),
    'logs:DescribeLogGroups': ({ parameters: { nextToken, limit } }) => {
      const [start, size] = [Number(nextToken ?? 0), Number(limit ?? 50)];
      const end = start + size;
      return json({
        logGroups: logGroups.slice(start, end),
        ...(end < logGroups.length && { nextToken: String(end) }),
      });
    },
  };
  return answers;
}

function query(operation: string, ...parts: readonly (string | Buffer)[]): Answer {
  return {
    type: 'text/xml',
    parts: [`<${operation}Response><${operation}Result>`, ...parts, `</${operation}Result></${operation}Response>`],
  };
}

/** EC2's answers have no wrapper. */
function ec2(operation: string, ...parts: readonly (string | Buffer)[]): Answer {
  return { type: 'text/xml', parts: [`<${operation}Response>`, ...parts, `</${operation}Response>`] };
}

/** A page of at most 1,000, as EC2 gives them. */
function ec2Page(operation: string, set: string, shelf: Shelf, parameters: Request['parameters']): Answer {
  const size = Math.min(Number(parameters['MaxResults'] ?? 1000), 1000);
  const { body, next } = shelf.page(Number(parameters['NextToken'] ?? 0), size);
  return ec2(operation, `<${set}>`, body, `</${set}>`, element('nextToken', next));
}

function json(body: object): Answer {
  return { type: 'application/x-amz-json-1.1', parts: [JSON.stringify(body)] };
}

/** A page of at most 100, as RDS and ElastiCache give them. */
function paged(operation: string, set: string, shelf: Shelf, parameters: Request['parameters']): Answer {
  const size = Math.min(Number(parameters['MaxRecords'] ?? 100), 100);
  const { body, next } = shelf.page(Number(parameters['Marker'] ?? 0), size);
  return query(operation, `<${set}>`, body, `</${set}>`, element('Marker', next));
}

/** A page of at most 100, and of 10 where no size was asked for, as ECS gives them. */
function page(name: string, items: readonly string[], { nextToken, maxResults }: Request['parameters']): Answer {
  const [start, size] = [Number(nextToken ?? 0), Math.min(Number(maxResults ?? 10), 100)];
  const end = start + size;
  return json({ [name]: items.slice(start, end), ...(end < items.length && { nextToken: String(end) }) });
}

const CREATED = '2026-03-02T09:14:31.000Z';

function database(index: number, environment: string): string {
  const id = `tapstack-${index}-${environment}`;
  const member = `<DBClusterMember><DBInstanceIdentifier>${id}-1</DBInstanceIdentifier><IsClusterWriter>true</IsClusterWriter></DBClusterMember>`;
  return `<DBCluster><AllocatedStorage>1</AllocatedStorage><BackupRetentionPeriod>14</BackupRetentionPeriod><DatabaseName>main</DatabaseName>${element('DBClusterIdentifier', id)}<DBClusterParameterGroup>default.aurora-postgresql16</DBClusterParameterGroup><DBSubnetGroup>default</DBSubnetGroup><Status>available</Status><EarliestRestorableTime>2026-11-07T03:10:00.000Z</EarliestRestorableTime><Endpoint>${id}.cluster-c9akciq32rgo.${REGION}.rds.amazonaws.com</Endpoint><MultiAZ>false</MultiAZ><Engine>aurora-postgresql</Engine><EngineVersion>16.6</EngineVersion><Port>5432</Port><MasterUsername>admin</MasterUsername><PreferredBackupWindow>03:10-03:40</PreferredBackupWindow><ReadReplicaIdentifiers/><DBClusterMembers>${member}</DBClusterMembers><VpcSecurityGroups/><StorageEncrypted>true</StorageEncrypted><DBClusterArn>arn:aws:rds:${REGION}:${ACCOUNT}:cluster:${id}</DBClusterArn><ClusterCreateTime>${CREATED}</ClusterCreateTime><EngineMode>provisioned</EngineMode><ServerlessV2ScalingConfiguration><MinCapacity>2</MinCapacity><MaxCapacity>4</MaxCapacity></ServerlessV2ScalingConfiguration><TagList><Tag><Key>Environment</Key><Value>${environment}</Value></Tag></TagList></DBCluster>`;
}

function instance(clusterId: string): string {
  return `${element('DBInstanceIdentifier', `${clusterId}-1`)}<DBInstanceClass>db.serverless</DBInstanceClass><Engine>aurora-postgresql</Engine><DBInstanceStatus>available</DBInstanceStatus>${element('DBClusterIdentifier', clusterId)}`;
}

function databaseInstance(index: number, environment: string): string {
  const id = `tapstack-orders-${index}-${environment}`;
  return `<DBInstance>${element('DBInstanceIdentifier', id)}<DBInstanceClass>db.t3.large</DBInstanceClass><Engine>postgres</Engine><DBInstanceStatus>available</DBInstanceStatus><MultiAZ>false</MultiAZ><AllocatedStorage>20</AllocatedStorage><ReadReplicaDBInstanceIdentifiers/><PendingModifiedValues/><DBInstanceArn>arn:aws:rds:${REGION}:${ACCOUNT}:db:${id}</DBInstanceArn><TagList><Tag><Key>Environment</Key><Value>${environment}</Value></Tag></TagList></DBInstance>`;
}

function computeInstance(index: number, environment: string): string {
  return reservation(`i-${String(index).padStart(17, '0')}`, `tapstack-${index}-${environment}`);
}

function reservation(id: string, name: string): string {
  return `<item><reservationId>r-1</reservationId><instancesSet><item>${element('instanceId', id)}<instanceType>m5.large</instanceType><instanceState><code>16</code><name>running</name></instanceState><placement><availabilityZone>${REGION}a</availabilityZone><tenancy>default</tenancy></placement><rootDeviceType>ebs</rootDeviceType><usageOperation>RunInstances</usageOperation><tagSet><item><key>Name</key>${element('value', name)}</item></tagSet></item></instancesSet></item>`;
}

function scalingGroup(index: number, environment: string): string {
  const id = `tapstack-workers-${index}-${environment}`;
  const members = [1, 2].map(
    (number) =>
      `<member><InstanceId>i-${number}${String(index).padStart(16, '0')}</InstanceId><InstanceType>m5.large</InstanceType><AvailabilityZone>${REGION}a</AvailabilityZone><LifecycleState>InService</LifecycleState><HealthStatus>Healthy</HealthStatus><ProtectedFromScaleIn>false</ProtectedFromScaleIn></member>`,
  );
  return `<member>${element('AutoScalingGroupName', id)}<AutoScalingGroupARN>arn:aws:autoscaling:${REGION}:${ACCOUNT}:autoScalingGroup:6f9d8f4e:autoScalingGroupName/${id}</AutoScalingGroupARN><MinSize>1</MinSize><MaxSize>4</MaxSize><DesiredCapacity>2</DesiredCapacity><Instances>${members.join('')}</Instances><SuspendedProcesses/><Tags/></member>`;
}

function volume(index: number): string {
  const id = `vol-${String(index).padStart(17, '0')}`;
  const unattached = index % 10 === 0;
  const attachment = `<item>${element('volumeId', id)}<instanceId>i-1</instanceId><status>attached</status></item>`;
  return `<item>${element('volumeId', id)}<size>400</size><availabilityZone>${REGION}a</availabilityZone><status>${unattached ? 'available' : 'in-use'}</status><createTime>${CREATED}</createTime><attachmentSet>${unattached ? '' : attachment}</attachmentSet><volumeType>${index % 2 === 0 ? 'gp2' : 'gp3'}</volumeType><iops>1200</iops></item>`;
}

function logGroup(index: number): object {
  const logGroupName = `/aws/lambda/worker-${index}`;
  return {
    logGroupName,
    logGroupArn: `arn:aws:logs:${REGION}:${ACCOUNT}:log-group:${logGroupName}`,
    arn: `arn:aws:logs:${REGION}:${ACCOUNT}:log-group:${logGroupName}:*`,
    creationTime: Date.parse(CREATED),
    storedBytes: 1e9 + index,
    logGroupClass: 'STANDARD',
  };
}

function group(index: number, environment: string): string {
  const id = `tapstack-${index}-${environment}`;
  const nodes = ['a', 'b', 'c'].map((zone, node) => ({ zone, id: `${id}-00${node + 1}`, primary: node === 0 }));
  const members = nodes.map(
    (node) =>
      `<NodeGroupMember><CacheClusterId>${node.id}</CacheClusterId><CacheNodeId>0001</CacheNodeId><PreferredAvailabilityZone>${REGION}${node.zone}</PreferredAvailabilityZone><CurrentRole>${node.primary ? 'primary' : 'replica'}</CurrentRole></NodeGroupMember>`,
  );
  return `<ReplicationGroup><ReplicationGroupId>${id}</ReplicationGroupId><Description>${environment}</Description><Status>available</Status><Engine>redis</Engine><CacheNodeType>cache.t4g.micro</CacheNodeType><AutomaticFailover>enabled</AutomaticFailover><MultiAZ>enabled</MultiAZ><ClusterEnabled>false</ClusterEnabled><ClusterMode>disabled</ClusterMode><MemberClusters>${nodes.map((node) => element('ClusterId', node.id)).join('')}</MemberClusters><NodeGroups><NodeGroup><NodeGroupId>0001</NodeGroupId><Status>available</Status><NodeGroupMembers>${members.join('')}</NodeGroupMembers></NodeGroup></NodeGroups><PendingModifiedValues/><ARN>arn:aws:elasticache:${REGION}:${ACCOUNT}:replicationgroup:${id}</ARN></ReplicationGroup>`;
}

function ecsArn(kind: string, name: string): string {
  return `arn:aws:ecs:${REGION}:${ACCOUNT}:${kind}/${name}`;
}

function service(cluster: string, name: string): object {
  const counts = { desiredCount: 3, runningCount: 3, pendingCount: 0 };
  const taskDefinition = ecsArn('task-definition', 'web:1');
  return {
    serviceArn: ecsArn('service', `${cluster}/${name}`),
    serviceName: name,
    clusterArn: ecsArn('cluster', cluster),
    status: 'ACTIVE',
    ...counts,
    launchType: 'FARGATE',
    taskDefinition,
    schedulingStrategy: 'REPLICA',
    deployments: [{ id: 'ecs-svc/1', status: 'PRIMARY', taskDefinition, rolloutState: 'COMPLETED', ...counts }],
    tags: [],
  };
}
