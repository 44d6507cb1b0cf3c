/** AWS Config: its recorders, channels, rules and aggregators. */
import type { ConfigurationRecorder } from '@aws-sdk/client-config-service';

import { present } from '../../aws/errors.ts';
import { known } from '../../engine/model.ts';
import type { Fact } from '../../engine/model.ts';
import { CALLS } from '../calls.ts';
import type { AggregatorSeen, ConfigRuleSeen, DeliveryChannelSeen, RecorderSeen } from '../checks/config.ts';
import { mapFact, read, readAlways } from '../reading.ts';
import type { Reading } from '../reading.ts';

/** The account's recorder; those that belong to other services of AWS's do not count. */
export async function readRecorders(reading: Reading): Promise<Fact<ConfigurationRecorder | null>> {
  const { DescribeConfigurationRecordersCommand } = await import('@aws-sdk/client-config-service');
  return readAlways(reading, CALLS.recorders, async (options) => {
    const config = await reading.clients.config();
    const answer = await config.send(new DescribeConfigurationRecordersCommand({}), options);
    const own = present(answer.ConfigurationRecorders, 'ConfigurationRecorders').find(
      ({ servicePrincipal }) => servicePrincipal === undefined,
    );
    return own?.name === undefined ? null : own;
  });
}

/** @param recorder as `readRecorders` found it */
export async function readRecorder(
  name: string,
  recorder: Fact<ConfigurationRecorder | null>,
  reading: Reading,
): Promise<Fact<RecorderSeen | null>> {
  if (!recorder.known) return recorder;
  if (recorder.value?.name !== name) return known(null);
  const { roleARN, recordingGroup } = recorder.value;
  const status = await readRecorderStatus(name, reading);
  // An empty list of exceptions stands beside a list of types too.
  const excluded = recordingGroup?.exclusionByResourceTypes?.resourceTypes ?? [];
  const all = recordingGroup?.allSupported === true || excluded.length > 0;
  return known({
    roleArn: roleARN ?? '',
    resourceTypes: all ? null : (recordingGroup?.resourceTypes ?? []).toSorted(),
    status,
  });
}

async function readRecorderStatus(name: string, reading: Reading): Promise<RecorderSeen['status']> {
  const { DescribeConfigurationRecorderStatusCommand } = await import('@aws-sdk/client-config-service');
  return read(
    reading,
    CALLS.recorderStatus,
    async (options) => {
      const config = await reading.clients.config();
      const request = new DescribeConfigurationRecorderStatusCommand({ ConfigurationRecorderNames: [name] });
      const [own] = present(
        (await config.send(request, options)).ConfigurationRecordersStatus,
        'ConfigurationRecordersStatus',
      );
      if (own === undefined) return null;
      return {
        recording: own.recording === true,
        last: own.lastStatus ?? '',
        error: said(own.lastErrorCode, own.lastErrorMessage),
      };
    },
    ['NoSuchConfigurationRecorderException'],
  );
}

function said(code: string | undefined, message: string | undefined): string | null {
  const words = [code, message].filter((word) => word !== undefined && word !== '');
  return words.length === 0 ? null : words.join(' ');
}

export async function readDeliveryChannel(name: string, reading: Reading): Promise<Fact<DeliveryChannelSeen | null>> {
  const { DescribeDeliveryChannelsCommand } = await import('@aws-sdk/client-config-service');
  const bucket = await read(
    reading,
    CALLS.channels,
    async (options) => {
      const config = await reading.clients.config();
      const request = new DescribeDeliveryChannelsCommand({ DeliveryChannelNames: [name] });
      const [own] = present((await config.send(request, options)).DeliveryChannels, 'DeliveryChannels');
      return own === undefined ? null : (own.s3BucketName ?? '');
    },
    ['NoSuchDeliveryChannelException'],
  );
  if (!bucket.known || bucket.value === null) return bucket as Fact<null>;
  const { value } = bucket;
  const failures = await readDeliveryFailures(name, reading);
  return mapFact(bucket, () => ({ bucket: value, failures }));
}

async function readDeliveryFailures(name: string, reading: Reading): Promise<Fact<readonly string[]>> {
  const { DescribeDeliveryChannelStatusCommand } = await import('@aws-sdk/client-config-service');
  const failures = await read(
    reading,
    CALLS.channelStatus,
    async (options) => {
      const config = await reading.clients.config();
      const request = new DescribeDeliveryChannelStatusCommand({ DeliveryChannelNames: [name] });
      const [own] = present((await config.send(request, options)).DeliveryChannelsStatus, 'DeliveryChannelsStatus');
      const { configSnapshotDeliveryInfo, configHistoryDeliveryInfo, configStreamDeliveryInfo } = own ?? {};
      return [configSnapshotDeliveryInfo, configHistoryDeliveryInfo, configStreamDeliveryInfo].flatMap((info) =>
        info?.lastStatus?.toUpperCase() === 'FAILURE'
          ? [said(info.lastErrorCode, info.lastErrorMessage) ?? 'AWS gives no reason']
          : [],
      );
    },
    ['NoSuchDeliveryChannelException'],
  );
  return mapFact(failures, (found) => found ?? []);
}

export async function readConfigRule(name: string, reading: Reading): Promise<Fact<ConfigRuleSeen | null>> {
  const { DescribeConfigRulesCommand } = await import('@aws-sdk/client-config-service');
  const rule = await read(
    reading,
    CALLS.configRules,
    async (options) => {
      const config = await reading.clients.config();
      const request = new DescribeConfigRulesCommand({ ConfigRuleNames: [name] });
      const [own] = present((await config.send(request, options)).ConfigRules, 'ConfigRules');
      if (own === undefined) return null;
      const details = own.Source?.SourceDetails ?? [];
      return {
        state: own.ConfigRuleState ?? 'ACTIVE',
        functionArn: own.Source?.SourceIdentifier ?? '',
        parameters: own.InputParameters ?? null,
        resourceTypes: (own.Scope?.ComplianceResourceTypes ?? []).toSorted(),
        periodic:
          details.find(({ MessageType }) => MessageType === 'ScheduledNotification')?.MaximumExecutionFrequency ?? null,
      };
    },
    ['NoSuchConfigRuleException'],
  );
  if (!rule.known || rule.value === null) return rule as Fact<null>;
  const { value } = rule;
  const failure = await readRuleFailure(name, reading);
  return mapFact(rule, () => ({ ...value, failure }));
}

async function readRuleFailure(name: string, reading: Reading): Promise<Fact<string | null>> {
  const { DescribeConfigRuleEvaluationStatusCommand } = await import('@aws-sdk/client-config-service');
  return read(
    reading,
    CALLS.configRuleStatus,
    async (options) => {
      const config = await reading.clients.config();
      const request = new DescribeConfigRuleEvaluationStatusCommand({ ConfigRuleNames: [name] });
      const [own] = present(
        (await config.send(request, options)).ConfigRulesEvaluationStatus,
        'ConfigRulesEvaluationStatus',
      );
      if (own === undefined) return null;
      // Either the function could not be invoked, or it could and answered nothing that AWS Config takes.
      const failing =
        isLater(own.LastFailedInvocationTime, own.LastSuccessfulInvocationTime) ||
        isLater(own.LastFailedEvaluationTime, own.LastSuccessfulEvaluationTime);
      return failing ? (said(own.LastErrorCode, own.LastErrorMessage) ?? 'AWS gives no reason') : null;
    },
    ['NoSuchConfigRuleException'],
  );
}

function isLater(failed: Date | undefined, succeeded: Date | undefined): boolean {
  return failed !== undefined && failed.getTime() > (succeeded?.getTime() ?? 0);
}

export async function readAggregator(name: string, reading: Reading): Promise<Fact<AggregatorSeen | null>> {
  const { DescribeConfigurationAggregatorsCommand } = await import('@aws-sdk/client-config-service');
  const aggregator = await read(
    reading,
    CALLS.aggregators,
    async (options) => {
      const config = await reading.clients.config();
      const request = new DescribeConfigurationAggregatorsCommand({ ConfigurationAggregatorNames: [name] });
      const [own] = present((await config.send(request, options)).ConfigurationAggregators, 'ConfigurationAggregators');
      if (own === undefined) return null;
      const sources = own.AccountAggregationSources ?? [];
      return {
        accountIds: sources.flatMap(({ AccountIds = [] }) => AccountIds),
        regions: sources.flatMap(({ AwsRegions = [] }) => AwsRegions),
      };
    },
    ['NoSuchConfigurationAggregatorException'],
  );
  if (!aggregator.known || aggregator.value === null) return aggregator as Fact<null>;
  const { value } = aggregator;
  const failures = await readSourceFailures(name, reading);
  return mapFact(aggregator, () => ({ ...value, failures }));
}

async function readSourceFailures(name: string, reading: Reading): Promise<Fact<readonly string[]>> {
  const { paginateDescribeConfigurationAggregatorSourcesStatus } = await import('@aws-sdk/client-config-service');
  return readAlways(reading, CALLS.aggregatorStatus, async ({ abortSignal }) => {
    const client = await reading.clients.config();
    const about = { ConfigurationAggregatorName: name };
    const found: string[] = [];
    for await (const page of paginateDescribeConfigurationAggregatorSourcesStatus({ client }, about, { abortSignal })) {
      for (const source of present(page.AggregatedSourceStatusList, 'AggregatedSourceStatusList')) {
        if (source.LastUpdateStatus !== 'FAILED') continue;
        const why = said(source.LastErrorCode, source.LastErrorMessage) ?? 'AWS gives no reason';
        found.push(`${source.AwsRegion ?? source.SourceId ?? ''}: ${why}`);
      }
    }
    return found;
  });
}
