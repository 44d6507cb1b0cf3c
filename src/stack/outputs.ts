/** What a stack gives: the names that the requirements list (S0-8, S1-7, S2-9), for what the preset creates. */
import type { Blueprint } from './blueprints.ts';
import { dashboardUrl } from './names.ts';
import { bucketFor } from './parts.ts';
import type { FunctionId, StackSpec } from './spec.ts';

export function outputsOf(blueprint: Blueprint, spec: Omit<StackSpec, 'outputs'>): Record<string, string> {
  const { functions, topics, buckets, table, dashboard, config, place } = spec;
  const [alerts, critical] = topics;
  const named = (id: FunctionId) => functions.find((one) => one.id === id);
  const main = named(blueprint.main);
  const scanner = named('scanner');
  const reporter = named('reporter');
  const stored = bucketFor(blueprint.stores, buckets);
  const recorder = config?.recorder?.name ?? config?.adopted;
  return Object.fromEntries(
    Object.entries({
      lambdaFunctionArn: main?.arn,
      snsTopicArn: alerts?.arn,
      dashboardUrl: dashboard && dashboardUrl(dashboard.name, place),
      complianceMetricName: blueprint.metric,
      bucketName: stored?.name,
      topicArn: alerts?.arn,
      criticalTopicArn: critical?.arn,
      scannerFunctionName: scanner?.name,
      scannerFunctionArn: scanner?.arn,
      reporterFunctionName: reporter?.name,
      reporterFunctionArn: reporter?.arn,
      dashboardName: dashboard?.name,
      scannerLogGroupName: scanner?.logGroup.name,
      reporterLogGroupName: reporter?.logGroup.name,
      config_recorder_name: recorder,
      dynamodb_table_name: table?.name,
      sns_topic_arn: config && alerts?.arn,
      reports_bucket_name: bucketFor('reports', buckets)?.name,
      auditBucketName: bucketFor('audit', buckets)?.name,
    }).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}
