/** Instances of EC2 and Auto Scaling groups on the wire: found, planned, stopped, read back and started again. */
import {
  AutoScalingClient,
  CreateAutoScalingGroupCommand,
  CreateLaunchConfigurationCommand,
  DescribeAutoScalingGroupsCommand,
} from '@aws-sdk/client-auto-scaling';
import { DescribeInstancesCommand, EC2Client, RunInstancesCommand } from '@aws-sdk/client-ec2';
import { expect } from 'chai';

import { applySteps } from '../../src/optimize/apply.ts';
import type { DiscoveryContext } from '../../src/optimize/discover.ts';
import { discoverAutoScaling } from '../../src/optimize/discover/auto-scaling.ts';
import { discoverEc2 } from '../../src/optimize/discover/ec2.ts';
import type { OptionalKind } from '../../src/optimize/model.ts';
import { planAutoScaling } from '../../src/optimize/planners/auto-scaling.ts';
import { planEc2 } from '../../src/optimize/planners/ec2.ts';
import { restoreEntry } from '../../src/optimize/restore.ts';
import { pauseFor } from '../../src/optimize/run.ts';
import type { RunContext, RunOutcome } from '../../src/optimize/run.ts';
import { selectionOf } from '../../src/optimize/selection.ts';
import type { StepTarget } from '../../src/optimize/step.ts';
import { STEP_KINDS } from '../../src/optimize/steps/index.ts';
import { onlyClients } from '../support/clients.ts';
import { withEmulator } from '../support/emulator.ts';
import { startMoto } from '../support/moto.ts';
import { memoryLedger, SCOPE } from '../support/scaled-estate.ts';

const { accountId, region } = SCOPE;
const IMAGE = 'ami-12c6146b';
const WORKERS = 'tapstack-dev-workers';

describe('instances of EC2 and Auto Scaling groups on the wire', function () {
  this.timeout(60_000);
  const moto = withEmulator('moto', () => startMoto(accountId));

  const made: { destroy(): void }[] = [];
  after(() => {
    for (const client of made) client.destroy();
  });

  const open = () => {
    const at = { endpoint: moto().url, region, credentials: { accessKeyId: 'test', secretAccessKey: 'test' } };
    const [ec2, autoScaling] = [new EC2Client(at), new AutoScalingClient(at)];
    made.push(ec2, autoScaling);
    const clients = onlyClients({ ec2, autoScaling });
    const { signal } = new AbortController();
    const include: readonly OptionalKind[] = ['ec2', 'asg'];
    const context: DiscoveryContext = {
      clients,
      accountId,
      partition: 'aws',
      region,
      signal,
      include,
      now: new Date(),
    };
    const run: RunContext = {
      ledger: memoryLedger(new Map()),
      scope: SCOPE,
      runId: '2026-11-21.run',
      actor: 'ada',
      host: 'desk',
      pid: process.pid,
      kinds: STEP_KINDS,
      step: { clients, signal },
      timeoutSeconds: 20,
      minDelay: 0.02,
      maxDelay: 0.1,
      noWait: false,
      stop: signal,
      clock: () => new Date(),
      pause: pauseFor,
      onProgress: () => undefined,
    };
    return { ec2, autoScaling, context, run };
  };

  const runInstance = async (ec2: EC2Client, name: string): Promise<string> => {
    const { Instances: [instance] = [] } = await ec2.send(
      new RunInstancesCommand({
        ImageId: IMAGE,
        MinCount: 1,
        MaxCount: 1,
        InstanceType: 'm5d.large',
        TagSpecifications: [{ ResourceType: 'instance', Tags: [{ Key: 'Name', Value: name }] }],
      }),
    );
    if (instance?.InstanceId === undefined) throw new Error('The emulator ran no instance.');
    return instance.InstanceId;
  };

  const seed = async ({ ec2, autoScaling }: ReturnType<typeof open>): Promise<string> => {
    const id = await runInstance(ec2, 'tapstack-dev-web');
    await runInstance(ec2, 'tapstack-dev2-web');
    await autoScaling.send(
      new CreateLaunchConfigurationCommand({
        LaunchConfigurationName: 'workers',
        ImageId: IMAGE,
        InstanceType: 'm5.large',
      }),
    );
    await autoScaling.send(
      new CreateAutoScalingGroupCommand({
        AutoScalingGroupName: WORKERS,
        LaunchConfigurationName: 'workers',
        AvailabilityZones: [`${region}a`],
        MinSize: 1,
        MaxSize: 4,
        DesiredCapacity: 2,
        Tags: [{ Key: 'Name', Value: 'tapstack-dev-worker', PropagateAtLaunch: true }],
      }),
    );
    return id;
  };

  const stateOf = async (ec2: EC2Client, id: string) => {
    const { Reservations: [reservation] = [] } = await ec2.send(new DescribeInstancesCommand({ InstanceIds: [id] }));
    return reservation?.Instances?.[0]?.State?.Name;
  };

  const sizeOf = async (autoScaling: AutoScalingClient) => {
    const { AutoScalingGroups: [group] = [] } = await autoScaling.send(
      new DescribeAutoScalingGroupsCommand({ AutoScalingGroupNames: [WORKERS] }),
    );
    return [group?.MinSize, group?.DesiredCapacity, group?.MaxSize, group?.Instances?.length ?? 0];
  };

  const ended = ({ results }: RunOutcome) => results.map(({ outcome, message }) => [outcome, message]);

  it('are found, stopped, read back and started again', async () => {
    const aws = open();
    const id = await seed(aws);
    const selection = selectionOf({ environment: 'dev' });

    const { found: instances, nearMisses, gaps } = await discoverEc2(selection, aws.context);
    const { found: groups, gaps: others } = await discoverAutoScaling(selection, aws.context);
    expect([gaps, others]).to.deep.equal([[], []]);
    // The members of the group are named as the environment's are, and its group's all the same.
    expect(instances.map((one) => [one.id, one.name, one.state, one.lifecycle, one.rootDevice])).to.deep.equal([
      [id, 'tapstack-dev-web', 'running', 'on-demand', 'ebs'],
    ]);
    expect(nearMisses.map(({ why }) => why)).to.deep.equal([
      'in its name tapstack-dev2-web the suffix dev is followed by 2',
    ]);
    const [instance, group] = [instances[0], groups[0]];
    if (instance === undefined || group === undefined) throw new Error('Something was not found.');
    expect(instance.instanceStore).to.deep.equal({ known: true, value: true });
    expect([group.id, group.min, group.desired, group.max, group.unit, group.status, group.suspended]).to.deep.equal([
      WORKERS,
      1,
      2,
      4,
      'units',
      null,
      [],
    ]);
    expect(group.instances.map(({ state }) => state)).to.deep.equal(['InService', 'InService']);
    if (!group.members.known) throw new Error('Its members are not known.');
    expect(group.members.value.map(({ instanceType }) => instanceType)).to.deep.equal(['m5.large', 'm5.large']);

    const rows = [planEc2(instance), planAutoScaling(group)];
    expect(rows.map(({ state, lost }) => [state, lost])).to.deep.equal([
      ['change', ['What it has in memory is lost.', 'What is on its instance-store disks is lost.']],
      ['change', ['Its 2 instances are terminated, and new ones take their place: what is on their disks is lost.']],
    ]);
    const lowered = await applySteps(
      rows.map(({ steps }) => steps),
      aws.run,
    );
    expect(ended(lowered)).to.deep.equal([
      ['verified', 'Stopped, and read back.'],
      ['verified', 'Lowered to minSize 0, desiredCapacity 0, and read back.'],
    ]);
    expect([await stateOf(aws.ec2, id), await sizeOf(aws.autoScaling)]).to.deep.equal(['stopped', [0, 0, 4, 0]]);

    const again = await discoverEc2(selection, aws.context);
    const emptied = await discoverAutoScaling(selection, aws.context);
    expect(
      [...again.found.map(planEc2), ...emptied.found.map(planAutoScaling)].map(({ reason }) => reason),
    ).to.deep.equal(['It is stopped.', 'Its minimum and its desired capacity are 0.']);

    const entry = await aws.run.ledger.readOpen();
    if (entry === undefined) throw new Error('The ledger has no entry.');
    const raised = await restoreEntry(entry, aws.run);
    const restored = (message: string) => ['restored', message];
    expect(ended(raised)).to.have.deep.members([
      restored('Started again, and read back.'),
      restored('Put back to minSize 1, desiredCapacity 2, and read back.'),
    ]);
    expect([await stateOf(aws.ec2, id), await sizeOf(aws.autoScaling)]).to.deep.equal(['running', [1, 2, 4, 2]]);
  });

  it('are not there where nobody knows them', async () => {
    const { run } = open();
    const place = { accountId, region, arn: 'arn:aws:x' };
    const instance: StepTarget = { ...place, kind: 'ec2', type: 'AWS::EC2::Instance', id: 'i-0123456789abcdef0' };
    const group: StepTarget = { ...place, kind: 'asg', type: 'AWS::AutoScaling::AutoScalingGroup', id: 'gone' };
    expect(await STEP_KINDS['ec2-running'].read(instance, run.step)).to.equal(undefined);
    expect(await STEP_KINDS['group-size'].read(group, run.step)).to.equal(undefined);
  });
});
