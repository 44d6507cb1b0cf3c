/** What `optimize --include` stops in an environment, in the emulator: a DB instance, a provisioned Aurora cluster, an EC2 instance, an Auto Scaling group. */
import {
  CreateAutoScalingGroupCommand,
  DescribeAutoScalingGroupsCommand,
  UpdateAutoScalingGroupCommand,
} from '@aws-sdk/client-auto-scaling';
import {
  CreateLaunchTemplateCommand,
  DescribeInstancesCommand,
  RunInstancesCommand,
  StartInstancesCommand,
  StopInstancesCommand,
} from '@aws-sdk/client-ec2';
import {
  CreateDBClusterCommand,
  CreateDBInstanceCommand,
  DescribeDBClustersCommand,
  DescribeDBInstancesCommand,
  StartDBClusterCommand,
  StartDBInstanceCommand,
  StopDBClusterCommand,
  StopDBInstanceCommand,
} from '@aws-sdk/client-rds';

import { ESTATE_REGION } from './optimize-estate.ts';
import type { EstateClients } from './optimize-estate.ts';

/** Whether each of them runs, and how large the group is. */
export interface RunningNumbers {
  readonly database: boolean;
  readonly cluster: boolean;
  readonly instance: boolean;
  readonly minSize: number;
  readonly desiredCapacity: number;
}

export const ALL_RUNNING: RunningNumbers = {
  database: true,
  cluster: true,
  instance: true,
  minSize: 1,
  desiredCapacity: 2,
};

export const ALL_STOPPED: RunningNumbers = {
  database: false,
  cluster: false,
  instance: false,
  minSize: 0,
  desiredCapacity: 0,
};

/** What they are called. */
export function stoppedNames(environment: string) {
  return {
    database: `tapstack-${environment}-orders`,
    cluster: `tapstack-${environment}-reports`,
    instance: `tapstack-${environment}-bastion`,
    group: `tapstack-${environment}-workers`,
  };
}

/** An image that the emulator knows. */
const IMAGE = 'ami-12c6146b';

/** Makes all four, running. */
export async function seedRunning(environment: string, { rds, ec2, autoScalingGroups }: EstateClients): Promise<void> {
  const names = stoppedNames(environment);
  const owner = { MasterUsername: 'ada', MasterUserPassword: 'not-a-secret' };
  await rds.send(
    new CreateDBInstanceCommand({
      DBInstanceIdentifier: names.database,
      DBInstanceClass: 'db.t3.large',
      Engine: 'postgres',
      AllocatedStorage: 20,
      ...owner,
    }),
  );
  await rds.send(
    new CreateDBClusterCommand({ DBClusterIdentifier: names.cluster, Engine: 'aurora-postgresql', ...owner }),
  );
  await rds.send(
    new CreateDBInstanceCommand({
      DBInstanceIdentifier: `${names.cluster}-1`,
      DBClusterIdentifier: names.cluster,
      DBInstanceClass: 'db.r6g.large',
      Engine: 'aurora-postgresql',
    }),
  );
  await ec2.send(
    new RunInstancesCommand({
      ImageId: IMAGE,
      InstanceType: 'm5.large',
      MinCount: 1,
      MaxCount: 1,
      TagSpecifications: [{ ResourceType: 'instance', Tags: [{ Key: 'Name', Value: names.instance }] }],
    }),
  );
  await ec2.send(
    new CreateLaunchTemplateCommand({
      LaunchTemplateName: names.group,
      LaunchTemplateData: { ImageId: IMAGE, InstanceType: 'm5.large' },
    }),
  );
  await autoScalingGroups.send(
    new CreateAutoScalingGroupCommand({
      AutoScalingGroupName: names.group,
      LaunchTemplate: { LaunchTemplateName: names.group, Version: '$Latest' },
      AvailabilityZones: [`${ESTATE_REGION}a`],
      MinSize: ALL_RUNNING.minSize,
      MaxSize: 4,
      DesiredCapacity: ALL_RUNNING.desiredCapacity,
    }),
  );
}

/** What is so. */
export async function readRunning(environment: string, clients: EstateClients): Promise<RunningNumbers> {
  const { rds, autoScalingGroups } = clients;
  const names = stoppedNames(environment);
  const [
    { DBInstances: [database] = [] },
    { DBClusters: [cluster] = [] },
    instance,
    { AutoScalingGroups: [group] = [] },
  ] = await Promise.all([
    rds.send(new DescribeDBInstancesCommand({ DBInstanceIdentifier: names.database })),
    rds.send(new DescribeDBClustersCommand({ DBClusterIdentifier: names.cluster })),
    instanceOf(environment, clients),
    autoScalingGroups.send(new DescribeAutoScalingGroupsCommand({ AutoScalingGroupNames: [names.group] })),
  ]);
  return {
    database: runs(database?.DBInstanceStatus, 'available'),
    cluster: runs(cluster?.Status, 'available'),
    instance: runs(instance.state, 'running'),
    minSize: group?.MinSize ?? Number.NaN,
    desiredCapacity: group?.DesiredCapacity ?? Number.NaN,
  };
}

/** Makes it so, as someone else would. */
export async function setRunning(environment: string, numbers: RunningNumbers, clients: EstateClients): Promise<void> {
  const { rds, ec2, autoScalingGroups } = clients;
  const names = stoppedNames(environment);
  const now = await readRunning(environment, clients);
  const { database, cluster, instance, minSize, desiredCapacity } = numbers;
  if (database !== now.database) {
    const input = { DBInstanceIdentifier: names.database };
    await (database ? rds.send(new StartDBInstanceCommand(input)) : rds.send(new StopDBInstanceCommand(input)));
  }
  if (cluster !== now.cluster) {
    const input = { DBClusterIdentifier: names.cluster };
    await (cluster ? rds.send(new StartDBClusterCommand(input)) : rds.send(new StopDBClusterCommand(input)));
  }
  if (instance !== now.instance) {
    const { id } = await instanceOf(environment, clients);
    const input = { InstanceIds: [id] };
    await (instance ? ec2.send(new StartInstancesCommand(input)) : ec2.send(new StopInstancesCommand(input)));
  }
  await autoScalingGroups.send(
    new UpdateAutoScalingGroupCommand({
      AutoScalingGroupName: names.group,
      MinSize: minSize,
      DesiredCapacity: desiredCapacity,
    }),
  );
}

async function instanceOf(environment: string, { ec2 }: EstateClients): Promise<{ id: string; state: string }> {
  const { instance: name } = stoppedNames(environment);
  const { Reservations: [reservation] = [] } = await ec2.send(
    new DescribeInstancesCommand({ Filters: [{ Name: 'tag:Name', Values: [name] }] }),
  );
  const found = reservation?.Instances?.[0];
  if (found?.InstanceId === undefined || found.State?.Name === undefined) throw new Error(`There is no ${name}.`);
  return { id: found.InstanceId, state: found.State.Name };
}

function runs(status: string | undefined, running: string): boolean {
  if (status !== running && status !== 'stopped') throw new Error(`The emulator says ${status}.`);
  return status === running;
}
