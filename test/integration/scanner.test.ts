import { DeleteTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { expect } from 'chai';

import type { Evaluation } from '../../src/engine/evaluation.ts';
import type { ScanDocument } from '../../src/engine/scan-document.ts';
import { functionConfiguration } from '../../src/functions/configuration.ts';
import { scannerCalls } from '../../src/functions/permissions.ts';
import type { ScanAnswer } from '../../src/functions/scan-answer.ts';
import { clientOf, deployFunction, invoke, REGION } from '../support/deployed.ts';
import { runInstances } from '../support/emulated.ts';
import { MINISTACK_ACCOUNT, ROOT_CREDENTIALS, withMiniStack } from '../support/ministack.ts';
import { nodeOf } from '../support/node-versions.ts';
import { BUCKET, createSinks, itemsIn, messagesOf, metricsIn, objectsIn, TABLE, TOPIC } from '../support/scan-sinks.ts';

const FUNCTION = 'compliance-scanner-test';
const SCAN = '53dc4d37-cffa-4f76-80c9-8b7d4a4d2eaa';
const FILE = `scans/v1/2026-11-21/2026-11-21T06:00:00.000Z-${SCAN}.json.gz`;

/** What EventBridge sends a scheduled rule's target. */
const scheduled = (changes: object = {}) => ({
  version: '0',
  id: SCAN,
  'detail-type': 'Scheduled Event',
  source: 'aws.events',
  account: MINISTACK_ACCOUNT,
  time: '2026-11-21T06:00:00Z',
  region: REGION,
  resources: [`arn:aws:events:${REGION}:${MINISTACK_ACCOUNT}:rule/compliance-scanner-schedule-test`],
  detail: {},
  ...changes,
});

const CONFIG = {
  settings: { select: ['ec2-required-tags', 'ebs-volumes-encrypted'] },
  results: { records: true },
  history: { table: TABLE, store: 'changes' },
  metrics: { sets: ['score', 'categories', 'resources', 'instances'], literal: true },
  alerts: { mode: 'changes' },
};
const ENV = { BUCKET_NAME: BUCKET, SNS_TOPIC_ARN: TOPIC };

/** The actions that the scanner declares for a configuration. */
function declared(config: object, env: NodeJS.ProcessEnv): string[] {
  const text = JSON.stringify({ schema: 'compliancectl.function/1', environment: 'test', settings: {}, ...config });
  return [...new Set(scannerCalls(functionConfiguration(text, env)).map(({ action }) => action))].toSorted();
}

const ACTIONS = declared(CONFIG, ENV);

/** Runs an instance with these tags and gives its id. */
async function runInstance(endpoint: string, tags: Readonly<Record<string, string>>): Promise<string> {
  const [id = ''] = await runInstances(endpoint, REGION, [{ tags }], ROOT_CREDENTIALS);
  return id;
}

const SOUND = { Environment: 'test', Owner: 'ada', CostCenter: '42' };

describe('the deployed scanner', function () {
  this.timeout(60_000);
  const ministack = withMiniStack();
  let bare = '';
  let sound = '';

  const deploy = (changes: Partial<Parameters<typeof deployFunction>[1]> = {}) =>
    deployFunction(ministack().url, {
      bundle: 'scanner',
      name: FUNCTION,
      config: CONFIG,
      env: ENV,
      actions: ACTIONS,
      ...changes,
    });
  const scan = (event: object = scheduled(), name = FUNCTION) => invoke(ministack().url, name, event);

  beforeEach(async () => {
    const { url } = ministack();
    await createSinks(url);
    bare = await runInstance(url, {});
    sound = await runInstance(url, SOUND);
  });

  it('stores, records, measures and tells a scheduled scan', async () => {
    const { url } = ministack();
    await deploy();
    const { answer, error } = await scan();
    expect(error).to.equal(undefined);
    const summary = {
      total_resources: 4,
      total_evaluations: 4,
      compliant: 1,
      non_compliant: 3,
      not_applicable: 0,
      unknown: 0,
      waived: 0,
      compliance_percentage: 25,
      evaluated_percentage: 100,
      score: 0,
    };
    expect(answer).to.deep.equal({
      scan_id: SCAN,
      report_timestamp: '2026-11-21T06:00:00.000Z',
      environment: 'test',
      complete: true,
      summary,
      gaps: 0,
      document: { bucket: BUCKET, key: FILE },
      deliveries: ['results', 'history', 'metrics', 'alerts'].map((sink) => ({ sink, status: 'delivered' })),
    });

    const objects = await objectsIn(url);
    expect(Object.keys(objects)).to.deep.equal([
      `deliveries/${SCAN}/alert-high.json`,
      `deliveries/${SCAN}/alert-medium.json`,
      `deliveries/${SCAN}/answer.json`,
      `deliveries/${SCAN}/claim.json`,
      `deliveries/${SCAN}/metrics.json`,
      'latest.json',
      `scans/2026-11-21/${Date.UTC(2026, 10, 21, 6)}.json`,
      FILE,
    ]);
    const document = JSON.parse(objects[FILE] ?? '') as ScanDocument;
    expect(document).to.deep.include({ schema: 'compliancectl.scan/1', scan_id: SCAN, source: 'lambda', summary });
    const verdicts = document.evaluations.map(({ rule_id, resource_id, status }) => [rule_id, resource_id, status]);
    expect(verdicts.filter(([rule]) => rule === 'ec2-required-tags')).to.have.deep.members([
      ['ec2-required-tags', bare, 'FAIL'],
      ['ec2-required-tags', sound, 'PASS'],
    ]);
    expect(verdicts.filter(([rule]) => rule === 'ebs-volumes-encrypted').map(([, , status]) => status)).to.deep.equal([
      'FAIL',
      'FAIL',
    ]);
    expect(JSON.parse(objects['latest.json'] ?? '')).to.deep.equal({
      scan_id: SCAN,
      report_timestamp: '2026-11-21T06:00:00.000Z',
      complete: true,
      score: 0,
      bucket: BUCKET,
      key: FILE,
    });
    const where = { instanceType: 't3.micro', accountId: MINISTACK_ACCOUNT, region: REGION };
    const message = `Instance ${bare} lacks the tags Environment, Owner, CostCenter.`;
    expect(JSON.parse(objects[`scans/2026-11-21/${Date.UTC(2026, 10, 21, 6)}.json`] ?? '')).to.deep.equal({
      timestamp: '2026-11-21T06:00:00.000Z',
      scanId: SCAN,
      totalInstances: 2,
      compliantInstances: 0,
      nonCompliantInstances: 2,
      compliancePercentage: '0.00',
      // The sound one has a volume that is not encrypted: what is attached counts for the instance.
      results: [
        { instanceId: bare, ...where, compliant: false, violations: [{ ruleId: 'ec2-required-tags', message }] },
        { instanceId: sound, ...where, compliant: false, violations: [] },
      ].toSorted((a, b) => (a.instanceId < b.instanceId ? -1 : 1)),
    });

    const items = await itemsIn(url);
    expect(items.filter(({ evaluation_timestamp: sort }) => String(sort).startsWith('CURRENT#'))).to.have.length(4);
    expect(items).to.have.length(8);
    const [failure] = document.evaluations.filter(({ resource_id: id }) => id === bare) as [Evaluation];
    expect(items.find(({ resource_name: name }) => name === bare)).to.deep.equal({
      resource_id: failure.resource_arn,
      evaluation_timestamp: `2026-11-21T06:00:00.000Z#ec2-required-tags#${SCAN}`,
      rule_id: 'ec2-required-tags',
      scan_id: SCAN,
      evaluated_at: '2026-11-21T06:00:00.000Z',
      status: 'FAIL',
      compliance_type: 'NON_COMPLIANT',
      severity: 'medium',
      category: 'tagging',
      resource_type: 'AWS::EC2::Instance',
      resource_name: bare,
      account_id: MINISTACK_ACCOUNT,
      region: REGION,
      message,
      facts: failure.facts,
      fingerprint: failure.fingerprint,
    });

    const messages = await messagesOf(url);
    expect(messages.map(({ attributes }) => attributes)).to.deep.equal([
      { severity: 'high', environment: 'test' },
      { severity: 'medium', environment: 'test' },
    ]);
    expect(messages[1]?.text).to.include(message).and.to.include(`s3://${BUCKET}/${FILE}`);

    const both = (name: string, dimension = '') => [
      `InfrastructureCompliance/${name}{${['Environment=test', dimension].filter(Boolean).toSorted().join(',')}}`,
      `InfrastructureCompliance/${name}${dimension === '' ? '' : `{${dimension}}`}`,
    ];
    expect(await metricsIn(url)).to.deep.equal(
      [
        ...['ComplianceScore', 'CompliantResources', 'NonCompliantResources', 'UnknownEvaluations'].flatMap((name) =>
          both(name),
        ),
        ...['EvaluatedPercentage', 'CompliantInstances', 'NonCompliantInstances'].flatMap((name) => both(name)),
        ...both('CompliancePercentage'),
        ...both('ComplianceScore', 'InstanceType=t3.micro'),
        ...both('ComplianceScore', 'Category=tagging'),
        ...both('ComplianceScore', 'Category=encryption'),
        'InfrastructureCompliance/ScanCompleted{Environment=test}',
      ].toSorted(),
    );
  });

  it('does nothing twice for an event that comes twice', async () => {
    const { url } = ministack();
    await deploy();
    const first = await scan();
    await messagesOf(url);
    const [objects, items] = [await objectsIn(url), await itemsIn(url)];
    await runInstance(url, {});
    expect(await scan()).to.deep.equal(first);
    expect(await objectsIn(url)).to.deep.equal(objects);
    expect(await itemsIn(url)).to.deep.equal(items);
    expect(await messagesOf(url)).to.deep.equal([]);
  });

  it('tells what is new, and once a day what stays', async () => {
    const { url } = ministack();
    await deploy();
    await scan();
    await messagesOf(url);
    const before = await itemsIn(url);
    const later = await scan(scheduled({ id: 'later', time: '2026-11-21T12:00:00Z' }));
    expect((later.answer as ScanAnswer).deliveries.every(({ status }) => status === 'delivered')).to.equal(true);
    expect(await itemsIn(url)).to.deep.equal(before);
    expect((await messagesOf(url)).map(({ subject }) => subject)).to.deep.equal([
      '[high] 3 findings still open in test (compliancectl)',
    ]);
    const added = await runInstance(url, {});
    await scan(scheduled({ id: 'evening', time: '2026-11-21T18:00:00Z' }));
    const messages = await messagesOf(url);
    expect(messages.map(({ subject }) => subject)).to.deep.equal([
      '[high] 1 new finding in test (compliancectl)',
      '[medium] 1 new finding in test (compliancectl)',
    ]);
    expect(messages[1]?.text).to.include(added);
    expect(await itemsIn(url)).to.have.length(before.length + 4);
  });

  it('scans on demand, and one shard by itself', async () => {
    const { url } = ministack();
    await deploy();
    const shard = { account: MINISTACK_ACCOUNT, region: REGION, rules: ['ec2-required-tags'] };
    const { answer } = await scan({ scan_id: 'map-1', time: '2026-11-21T06:00:00Z', shard });
    const key = `scans/v1/2026-11-21/2026-11-21T06:00:00.000Z-map-1-${MINISTACK_ACCOUNT}-${REGION}-ec2-required-tags.json.gz`;
    expect(answer).to.deep.include({ scan_id: 'map-1', document: { bucket: BUCKET, key } });
    expect((answer as ScanAnswer).summary['total_evaluations']).to.equal(2);
    expect(Object.keys(await objectsIn(url))).to.deep.equal([
      `deliveries/map-1-${MINISTACK_ACCOUNT}-${REGION}-ec2-required-tags/answer.json`,
      `deliveries/map-1-${MINISTACK_ACCOUNT}-${REGION}-ec2-required-tags/claim.json`,
      key,
    ]);
    expect(await messagesOf(url)).to.deep.equal([]);
    expect(await metricsIn(url)).to.deep.equal([]);
  });

  it('answers with the document itself where there is no bucket', async () => {
    await deploy({
      config: { settings: CONFIG.settings },
      env: {},
      actions: declared({ settings: CONFIG.settings }, {}),
    });
    const { answer } = await scan();
    const { scan: document, deliveries } = answer as ScanAnswer;
    expect(deliveries).to.deep.equal([]);
    expect(document?.evaluations.map(({ status }) => status)).to.deep.equal(['FAIL', 'FAIL', 'FAIL']);
  });

  it('serves the others where the table is gone, and fails so that Lambda tries again', async () => {
    const { url } = ministack();
    await deploy();
    const dynamodb = new DynamoDBClient(clientOf(url));
    await dynamodb.send(new DeleteTableCommand({ TableName: TABLE }));
    dynamodb.destroy();
    const { answer, error } = await scan();
    expect(error).to.equal('Unhandled');
    expect((answer as { errorMessage: string }).errorMessage).to.match(
      /^The history failed: ResourceNotFoundException: .+\. Delivered: results, metrics, alerts\.$/,
    );
    expect((await messagesOf(url)).map(({ subject }) => subject)).to.deep.equal([
      '[high] 2 findings in test (compliancectl)',
      '[medium] 1 finding in test (compliancectl)',
    ]);
    await scan();
    expect(await messagesOf(url), 'told once').to.deep.equal([]);
  });

  for (const action of ACTIONS) {
    it(`misses ${action} where its role lacks it`, async () => {
      await deploy({ actions: ACTIONS.filter((allowed) => allowed !== action) });
      const { answer, error } = await scan();
      // Either a call of a sink is refused, and the function fails; or a read is, and the scan has a gap.
      if (error === undefined) expect((answer as ScanAnswer).gaps).to.equal(1);
      else expect((answer as { errorMessage: string }).errorMessage).to.match(/not authorized|Access Denied/);
    });
  }
});

for (const major of [18, 20, 22]) {
  describe(`the scanner on Node ${major}`, function () {
    this.timeout(300_000);
    const ministack = withMiniStack(() => nodeOf(major));

    it('scans and delivers', async () => {
      const { url } = ministack();
      await createSinks(url);
      await runInstance(url, {});
      const deployment = { bundle: 'scanner', name: FUNCTION, config: CONFIG, env: ENV, actions: ACTIONS };
      await deployFunction(url, deployment);
      const { answer, error } = await invoke(url, FUNCTION, scheduled());
      expect(error).to.equal(undefined);
      expect((answer as ScanAnswer).deliveries.map(({ status }) => status)).to.deep.equal(Array(4).fill('delivered'));
    });
  });
}
