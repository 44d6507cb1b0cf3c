import { DescribeTagsCommand, EC2Client } from '@aws-sdk/client-ec2';
import { expect } from 'chai';

import { functionConfiguration } from '../../src/functions/configuration.ts';
import { remediatorCalls, scannerCalls } from '../../src/functions/permissions.ts';
import type { ScanAnswer } from '../../src/functions/scan-answer.ts';
import type { RemediationDocument } from '../../src/remediate/document.ts';
import { clientOf, deployFunction, invoke, REGION } from '../support/deployed.ts';
import { runInstances } from '../support/emulated.ts';
import { MINISTACK_ACCOUNT, ROOT_CREDENTIALS, withMiniStack } from '../support/ministack.ts';
import { BUCKET, createSinks, objectsIn } from '../support/scan-sinks.ts';

const CONFIG = {
  settings: {
    select: ['ec2-required-tags'],
    remediation: {
      rules: { 'ec2-required-tags': { mode: 'apply', values: { Owner: 'platform', CostCenter: '42' } } },
      auditBucket: BUCKET,
    },
  },
  results: { bucket: BUCKET },
};
const configuration = functionConfiguration(
  JSON.stringify({ schema: 'compliancectl.function/1', environment: 'test', ...CONFIG }),
  {},
);

/** The tags of an instance, by key. */
async function tagsOf(endpoint: string, id: string): Promise<Record<string, string>> {
  const ec2 = new EC2Client(clientOf(endpoint));
  try {
    const Filters = [{ Name: 'resource-id', Values: [id] }];
    const { Tags = [] } = await ec2.send(new DescribeTagsCommand({ Filters }));
    return Object.fromEntries(Tags.map(({ Key = '', Value = '' }) => [Key, Value]));
  } finally {
    ec2.destroy();
  }
}

describe('the remediator, deployed', function () {
  this.timeout(60_000);
  const ministack = withMiniStack();

  it('mends what the scanner found, records it, and undoes it', async () => {
    const { url } = ministack();
    await createSinks(url);
    const [bare = ''] = await runInstances(url, REGION, [{ tags: { Environment: 'test' } }], ROOT_CREDENTIALS);
    const actionsOf = (calls: readonly { readonly action: string }[]) => calls.map(({ action }) => action);
    await deployFunction(url, {
      bundle: 'scanner',
      name: 'compliance-scanner-test',
      config: CONFIG,
      actions: actionsOf(scannerCalls(configuration)),
    });
    await deployFunction(url, {
      bundle: 'remediator',
      name: 'compliance-remediator-test',
      config: CONFIG,
      actions: actionsOf(remediatorCalls(configuration)),
    });
    const scan = async (scan_id: string, time: string) => {
      const { answer } = await invoke(url, 'compliance-scanner-test', { scan_id, time });
      return answer as ScanAnswer;
    };
    const mend = (event: object) => invoke(url, 'compliance-remediator-test', event);

    const before = await scan('before', '2026-11-21T06:00:00Z');
    expect(before.summary['score']).to.equal(0);
    const { answer, error } = await mend({ scan: before.document });
    expect(error).to.equal(undefined);
    const { run_id: run, results } = answer as RemediationDocument;
    expect(results.map(({ outcome }) => outcome)).to.deep.equal(['verified']);
    expect(await tagsOf(url, bare)).to.deep.equal({ Environment: 'test', Owner: 'platform', CostCenter: '42' });
    expect((await scan('mended', '2026-11-21T12:00:00Z')).summary['score']).to.equal(100);

    const [record, ...others] = Object.entries(await objectsIn(url)).filter(([key]) => key.startsWith('audit/'));
    expect(others).to.deep.equal([]);
    expect(JSON.parse(record?.[1] ?? '')).to.deep.include({
      schema: 'compliancectl.audit/1',
      status: 'verified',
      environment: 'test',
      rule_id: 'ec2-required-tags',
      resource_id: bare,
      actor: `arn:aws:lambda:${REGION}:${MINISTACK_ACCOUNT}:function:compliance-remediator-test`,
    });

    // The same findings once more: they are read again, and nothing is left to do.
    const again = (await mend({ scan: before.document })).answer as RemediationDocument;
    expect(again.results).to.deep.equal([]);

    expect((await mend({ undo: run })).error).to.equal(undefined);
    expect(await tagsOf(url, bare)).to.deep.equal({ Environment: 'test' });
    expect((await scan('undone', '2026-11-21T18:00:00Z')).summary['score']).to.equal(0);
  });
});
