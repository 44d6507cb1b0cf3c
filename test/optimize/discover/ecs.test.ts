import { DescribeScalableTargetsCommand } from '@aws-sdk/client-application-auto-scaling';
import {
  DescribeServicesCommand,
  DescribeTaskDefinitionCommand,
  ListClustersCommand,
  ListServicesCommand,
} from '@aws-sdk/client-ecs';
import type { DescribeServicesCommandInput, Service, TaskDefinition } from '@aws-sdk/client-ecs';
import { expect } from 'chai';

import { known, tagMap } from '../../../src/engine/model.ts';
import { discoverEcs } from '../../../src/optimize/discover/ecs.ts';
import type { FargateService } from '../../../src/optimize/model.ts';
import { selectionOf } from '../../../src/optimize/selection.ts';
import { serviceError } from '../../support/aws-errors.ts';
import { inTurn } from '../../support/collect.ts';
import { choosing, clusterArn, everything, listedService, serviceArn, stubbedAws } from '../../support/optimize-aws.ts';
import { fargateService } from '../../support/optimize.ts';

const denied = () => serviceError('AccessDeniedException', 400, 'no policy allows it');
const DEFINITION: TaskDefinition = { cpu: '256', memory: '512' };

/** Clusters with their services, by name; ARNs that are asked for are described. */
function cluster(services: Readonly<Record<string, readonly Service[]>>) {
  const aws = stubbedAws();
  aws.ecs.on(ListClustersCommand).resolves({ clusterArns: Object.keys(services).map(clusterArn) });
  for (const [name, own] of Object.entries(services)) {
    aws.ecs
      .on(ListServicesCommand, { cluster: clusterArn(name) })
      .resolves({ serviceArns: own.map((service) => serviceArn(name, service.serviceName ?? '')) });
  }
  aws.ecs.on(DescribeServicesCommand).callsFake(({ services: asked = [] }: DescribeServicesCommandInput) => ({
    services: Object.values(services)
      .flat()
      .filter(({ serviceArn: arn = '' }) => asked.includes(arn)),
    failures: [],
  }));
  aws.ecs.on(DescribeTaskDefinitionCommand).resolves({ taskDefinition: DEFINITION });
  aws.scaling.on(DescribeScalableTargetsCommand).resolves({ ScalableTargets: [] });
  return aws;
}

/** One service, as it is found. */
async function found(own: Service): Promise<FargateService | undefined> {
  const aws = cluster({ TapStackdev: [listedService(own)] });
  return (await discoverEcs(everything, aws.context)).found[0];
}

describe('discovering ECS services', () => {
  it('gives what belongs to the environment by its own name or its cluster’s, page by page', async () => {
    const aws = cluster({
      TapStackdev: [listedService({ tags: [{ key: 'Environment', value: 'dev' }] })],
      shared: [listedService({ serviceName: 'tapstack-dev-jobs' }, 'shared')],
      TapStackdev2: [],
    });
    const clusters = inTurn(
      { clusterArns: [clusterArn('TapStackdev'), clusterArn('TapStackdev2')], nextToken: 'more' },
      { clusterArns: [clusterArn('shared')] },
    );
    aws.ecs.on(ListClustersCommand).callsFake(clusters.answer);
    const services = inTurn(
      { serviceArns: [serviceArn('shared', 'tapstack-prod-jobs'), serviceArn('shared', 'orders')], nextToken: 'more' },
      { serviceArns: [serviceArn('shared', 'tapstack-dev-jobs')] },
    );
    aws.ecs.on(ListServicesCommand, { cluster: clusterArn('shared') }).callsFake(services.answer);
    aws.ecs
      .on(ListServicesCommand, { cluster: clusterArn('TapStackdev2') })
      .resolves({ serviceArns: [serviceArn('TapStackdev2', 'web')] });
    const lines: string[] = [];
    const findings = await discoverEcs(selectionOf({ environment: 'dev' }), {
      ...aws.context,
      onProgress: (line) => lines.push(line),
    });
    expect(findings.found).to.deep.equal([
      fargateService({ tags: known(tagMap([['Environment', 'dev']])) }),
      fargateService({
        cluster: { name: 'shared', arn: clusterArn('shared') },
        serviceName: 'tapstack-dev-jobs',
      }),
    ]);
    expect(findings.nearMisses.toSorted((a, b) => (a.id < b.id ? -1 : 1))).to.deep.equal([
      { kind: 'ecs', id: 'TapStackdev2/web', why: 'the suffix dev is followed by 2' },
      { kind: 'ecs', id: 'shared/tapstack-prod-jobs', why: 'the suffix dev does not follow TapStack' },
    ]);
    expect(findings.gaps).to.deep.equal([]);
    expect(clusters.asked).to.deep.equal([
      { maxResults: 100, nextToken: undefined },
      { maxResults: 100, nextToken: 'more' },
    ]);
    expect(services.asked).to.deep.equal([
      { cluster: clusterArn('shared'), maxResults: 100, nextToken: undefined },
      { cluster: clusterArn('shared'), maxResults: 100, nextToken: 'more' },
    ]);
    expect(lines.at(-1)).to.equal('5 ECS services seen, 2 of the environment');
    expect(aws.calls().filter(({ signal }) => signal !== aws.signal)).to.deep.equal([]);
  });

  it('describes ten services at once, and each task definition once', async () => {
    const services = Array.from({ length: 11 }, (_, index) => listedService({ serviceName: `s${index}` }));
    const aws = cluster({ TapStackdev: services });
    const { found: all } = await discoverEcs(everything, aws.context);
    expect(all).to.have.lengthOf(11);
    const arns = services.map(({ serviceArn: arn }) => arn);
    expect(aws.inputs('DescribeServices')).to.deep.equal([
      { cluster: clusterArn('TapStackdev'), services: arns.slice(0, 10), include: ['TAGS'] },
      { cluster: clusterArn('TapStackdev'), services: arns.slice(10), include: ['TAGS'] },
    ]);
    expect(aws.inputs('DescribeTaskDefinition')).to.deep.equal([
      { taskDefinition: 'arn:aws:ecs:us-east-1:111122223333:task-definition/web:1' },
    ]);
    expect(aws.inputs('DescribeScalableTargets')).to.deep.equal([
      {
        ServiceNamespace: 'ecs',
        ScalableDimension: 'ecs:service:DesiredCount',
        ResourceIds: services.map(({ serviceName }) => `service/TapStackdev/${serviceName}`),
        MaxResults: 50,
        NextToken: undefined,
      },
    ]);
  });

  it('describes before it decides where tags decide', async () => {
    const aws = cluster({
      one: [
        listedService({ serviceName: 'a', tags: [{ key: 'Team', value: 'b' }] }, 'one'),
        listedService({ serviceName: 'b', tags: [{ key: 'Team', value: 'c' }] }, 'one'),
      ],
    });
    const lines: string[] = [];
    const { found: own } = await discoverEcs(selectionOf({ environment: 'dev', tags: { Team: 'b' } }), {
      ...aws.context,
      onProgress: (line) => lines.push(line),
    });
    expect(own.map(({ id }) => id)).to.deep.equal(['one/a']);
    expect(lines).to.deep.equal([
      '2 ECS services seen, 0 of the environment',
      '2 ECS services seen, 1 of the environment',
    ]);
  });

  it('does not describe what names rule out where tags decide', async () => {
    const aws = cluster({ one: [listedService({ serviceName: 'a' }, 'one')] });
    const selection = choosing(({ tags }) => (tags === undefined ? 'other' : 'selected'), true);
    expect((await discoverEcs(selection, aws.context)).found).to.deep.equal([]);
    expect(aws.operations()).to.deep.equal(['ListClusters', 'ListServices']);
  });

  it('gives the limits of automatic scaling', async () => {
    const aws = cluster({ TapStackdev: [listedService()] });
    aws.scaling.on(DescribeScalableTargetsCommand).resolves({
      ScalableTargets: [{ ResourceId: 'service/TapStackdev/web', MinCapacity: 3, MaxCapacity: 10 } as never],
    });
    expect((await discoverEcs(everything, aws.context)).found[0]?.scaling).to.deep.equal(known({ min: 3, max: 10 }));
  });

  const strategy = (...providers: readonly (readonly [string, number])[]) => ({
    launchType: undefined,
    capacityProviderStrategy: providers.map(([capacityProvider, weight]) => ({ capacityProvider, weight })),
  });
  for (const [what, own, launch] of [
    ['Fargate', {}, 'FARGATE'],
    ['instances', { launchType: 'EC2' }, 'EC2'],
    ['managed instances', { launchType: 'MANAGED_INSTANCES' }, 'EC2'],
    ['machines elsewhere', { launchType: 'EXTERNAL' }, 'EXTERNAL'],
    ['Fargate by strategy', strategy(['FARGATE', 1]), 'FARGATE'],
    ['Fargate Spot', strategy(['FARGATE', 0], ['FARGATE_SPOT', 1]), 'FARGATE_SPOT'],
    ['both of them', strategy(['FARGATE', 1], ['FARGATE_SPOT', 4]), 'mixed'],
    ['a group of instances', strategy(['my-instances', 1]), 'EC2'],
    [
      'a base of Fargate',
      { launchType: undefined, capacityProviderStrategy: [{ capacityProvider: 'FARGATE', base: 1 }] },
      'FARGATE',
    ],
    ['task sets on Fargate', { launchType: undefined, taskSets: [{ launchType: 'FARGATE' }] }, 'FARGATE'],
    ['what nobody says', { launchType: undefined }, 'EC2'],
    ['a provider without a name', { launchType: undefined, capacityProviderStrategy: [{ weight: 1 } as never] }, 'EC2'],
  ] as const satisfies readonly (readonly [string, Service, FargateService['launch']])[]) {
    it(`says what tasks run on: ${what}`, async () => {
      expect((await found(own))?.launch).to.equal(launch);
    });
  }

  for (const [what, own, deploying] of [
    ['none', {}, false],
    ['two deployments', { deployments: [{ status: 'PRIMARY' }, { status: 'ACTIVE' }] }, true],
    ['one that is rolled out', { deployments: [{ status: 'PRIMARY', rolloutState: 'IN_PROGRESS' }] }, true],
    ['two task sets', { deployments: [], taskSets: [{}, {}] }, true],
    ['one task set', { deployments: undefined, taskSets: [{}] }, false],
  ] as const satisfies readonly (readonly [string, Service, boolean])[]) {
    it(`knows a deployment under way: ${what}`, async () => {
      expect((await found(own))?.deploying).to.equal(deploying);
    });
  }

  it('tells daemons, and asks for nothing more of what is not on Fargate', async () => {
    const aws = cluster({
      TapStackdev: [
        listedService({ serviceName: 'agent', schedulingStrategy: 'DAEMON', launchType: 'EC2' }),
        listedService({
          serviceName: 'own',
          launchType: 'EXTERNAL',
          taskDefinition: undefined,
          taskSets: [{ taskDefinition: 'own:3' }],
        }),
        listedService({ serviceName: 'bare', launchType: 'EC2', taskDefinition: undefined, tags: undefined }),
      ],
    });
    const { found: services } = await discoverEcs(everything, aws.context);
    const unasked = { known: false, reason: 'not-collected' } as const;
    expect(services).to.deep.equal([
      fargateService({ serviceName: 'agent', scheduling: 'DAEMON', launch: 'EC2', task: unasked, scaling: unasked }),
      fargateService({
        serviceName: 'own',
        launch: 'EXTERNAL',
        taskDefinition: 'own:3',
        task: unasked,
        scaling: unasked,
      }),
      fargateService({ serviceName: 'bare', launch: 'EC2', taskDefinition: '', task: unasked, scaling: unasked }),
    ]);
    expect(aws.operations()).to.deep.equal(['ListClusters', 'ListServices', 'DescribeServices']);
  });

  for (const [what, definition, task] of [
    [
      'a quarter of a vCPU',
      DEFINITION,
      { vcpu: 0.25, memoryGb: 0.5, ephemeralGb: 20, architecture: 'X86_64', operatingSystem: 'LINUX' },
    ],
    [
      'more storage, ARM, Windows',
      {
        cpu: '1024',
        memory: '3072',
        ephemeralStorage: { sizeInGiB: 50 },
        runtimePlatform: { cpuArchitecture: 'ARM64', operatingSystemFamily: 'WINDOWS_SERVER_2022_CORE' },
      },
      {
        vcpu: 1,
        memoryGb: 3,
        ephemeralGb: 50,
        architecture: 'ARM64',
        operatingSystem: 'WINDOWS_SERVER_2022_CORE',
      },
    ],
  ] as const satisfies readonly (readonly [string, TaskDefinition, object])[]) {
    it(`gives the size of a task: ${what}`, async () => {
      const aws = cluster({ TapStackdev: [listedService()] });
      aws.ecs.on(DescribeTaskDefinitionCommand).resolves({ taskDefinition: definition });
      expect((await discoverEcs(everything, aws.context)).found[0]?.task).to.deep.equal(known(task));
    });
  }

  for (const [what, definition] of [
    ['no definition', undefined],
    ['no CPU', { memory: '512' }],
    ['no memory', { cpu: '256' }],
    ['a CPU that is no number of units', { cpu: '.25 vCPU', memory: '512' }],
  ] as const satisfies readonly (readonly [string, TaskDefinition | undefined])[]) {
    it(`does not guess the size of a task: ${what}`, async () => {
      const aws = cluster({ TapStackdev: [listedService()] });
      aws.ecs.on(DescribeTaskDefinitionCommand).resolves({ taskDefinition: definition });
      const { found: services, gaps } = await discoverEcs(everything, aws.context);
      expect(services).to.deep.equal([fargateService({ task: { known: false, reason: 'error' } })]);
      expect(gaps).to.deep.equal([]);
    });
  }

  it('knows neither sizes nor limits where that is denied, and makes no gap of it', async () => {
    const aws = cluster({ TapStackdev: [listedService()] });
    aws.ecs.on(DescribeTaskDefinitionCommand).rejects(denied());
    aws.scaling.on(DescribeScalableTargetsCommand).rejects(denied());
    const { found: services, gaps } = await discoverEcs(everything, aws.context);
    expect(services).to.deep.equal([
      fargateService({
        task: { known: false, reason: 'denied', permission: 'ecs:DescribeTaskDefinition' },
        scaling: { known: false, reason: 'denied', permission: 'application-autoscaling:DescribeScalableTargets' },
      }),
    ]);
    expect(gaps).to.deep.equal([]);
  });

  it('makes a gap of clusters that may not be listed', async () => {
    const aws = cluster({});
    aws.ecs.on(ListClustersCommand).rejects(denied());
    const { found: services, gaps } = await discoverEcs(everything, aws.context);
    expect(services).to.deep.equal([]);
    expect(gaps).to.deep.equal([
      {
        kind: 'ecs',
        operation: 'ListClusters',
        permission: 'ecs:ListClusters',
        reason: 'denied',
        message: 'Which ECS clusters there are is not known: ecs:ListClusters was denied (no policy allows it).',
      },
    ]);
  });

  it('goes on with the other clusters where one cannot be listed, or is gone', async () => {
    const aws = cluster({ gone: [], closed: [], TapStackdev: [listedService()] });
    aws.ecs
      .on(ListServicesCommand, { cluster: clusterArn('gone') })
      .rejects(serviceError('ClusterNotFoundException', 400, 'Cluster not found.'));
    aws.ecs.on(ListServicesCommand, { cluster: clusterArn('closed') }).resolves({});
    const { found: services, gaps } = await discoverEcs(everything, aws.context);
    expect(services.map(({ id }) => id)).to.deep.equal(['TapStackdev/web']);
    expect(gaps.map(({ message }) => message)).to.deep.equal([
      'Which ECS services there are is not known: ListServices failed (The answer has no serviceArns).',
    ]);
  });

  it('passes over what has been deleted meanwhile', async () => {
    const aws = cluster({ TapStackdev: [listedService()], gone: [listedService({}, 'gone')] });
    aws.ecs.on(DescribeServicesCommand, { cluster: clusterArn('TapStackdev') }).resolves({
      services: [],
      failures: [{ arn: serviceArn('TapStackdev', 'web'), reason: 'MISSING' }],
    });
    aws.ecs
      .on(DescribeServicesCommand, { cluster: clusterArn('gone') })
      .rejects(serviceError('ClusterNotFoundException', 400, 'Cluster not found.'));
    const { found: services, gaps } = await discoverEcs(everything, aws.context);
    expect({ services, gaps }).to.deep.equal({ services: [], gaps: [] });
  });

  for (const [what, answer, why] of [
    ['without the list', {}, 'The answer has no services'],
    ['that lacks a service', { services: [] }, 'The answer lacks some of the services'],
    [
      'with another failure',
      { services: [], failures: [{ arn: 'arn:web', reason: 'ACCESS_DENIED' }] },
      'arn:web was not described: ACCESS_DENIED',
    ],
  ] as readonly (readonly [string, object, string])[]) {
    it(`makes a gap of a description ${what}`, async () => {
      const aws = cluster({ TapStackdev: [listedService()] });
      aws.ecs.on(DescribeServicesCommand).resolves(answer);
      expect((await discoverEcs(everything, aws.context)).gaps).to.deep.equal([
        {
          kind: 'ecs',
          operation: 'DescribeServices',
          reason: 'error',
          message: `What some ECS services are is not known: DescribeServices failed (${why}).`,
        },
      ]);
    });
  }
});
