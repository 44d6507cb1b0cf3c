import { expect } from 'chai';

import type { ScanDocument } from '../../src/engine/scan-document.ts';
import { awsAt, runCli } from '../support/cli.ts';
import { runInstances, withMoto } from '../support/emulated.ts';
import { temporaryFolder } from '../support/temporary.ts';

/** The text of the document from its evaluations on: they come last. */
const evaluationsText = (document: string) => document.slice(document.indexOf('\n  "evaluations": ['));

describe('one estate, live and from its snapshot', function () {
  this.timeout(60_000);
  const moto = withMoto();
  const path = temporaryFolder();

  it('yields the same evaluations byte for byte, and the same counts', async () => {
    const { url } = moto();
    await runInstances(url, 'eu-west-1', [
      { tags: { Environment: 'dev', Owner: 'ada', CostCenter: '42' } },
      { tags: { Owner: 'grace', Environment: '\u001b[31mrot\u202e', constructor: 'x' }, type: 'm5.large' },
      { tags: {} },
      { tags: {}, terminated: true },
    ]);
    await runInstances(url, 'us-east-1', [{ tags: { CostCenter: 'ü€😀' } }]);
    const common = ['scan', '--local', '--json', '--include', 'pass,not-applicable'];
    const live = await runCli({
      args: [...common, '-r', 'us-east-1,eu-west-1', '--save-snapshot', path('estate.ndjson.gz')],
      env: awsAt(url),
    });
    // No credentials and no endpoint: a snapshot needs neither.
    const saved = await runCli({ args: [...common, '--snapshot', path('estate.ndjson.gz')] });

    expect(live.exitCode).to.equal(1);
    expect({ stderr: saved.stderr, exitCode: saved.exitCode }).to.deep.equal({ stderr: live.stderr, exitCode: 1 });
    expect(evaluationsText(saved.stdout)).to.equal(evaluationsText(live.stdout));
    const document = JSON.parse(live.stdout) as ScanDocument;
    expect(document.evaluations.filter(({ rule_id }) => rule_id === 'ec2-required-tags')).to.have.length(5);
    expect(JSON.parse(saved.stdout)).to.deep.equal({ ...document, source: 'snapshot' });
  });

  it('has the same gaps', async () => {
    const args = ['scan', '--local', '--json'];
    const env = awsAt('http://127.0.0.1:1', { AWS_ENDPOINT_URL_STS: moto().url, AWS_MAX_ATTEMPTS: '1' });
    const live = await runCli({ args: [...args, '--save-snapshot', path('estate.ndjson.gz')], env });
    const saved = await runCli({ args: [...args, '--snapshot', path('estate.ndjson.gz')] });
    const document = JSON.parse(live.stdout) as ScanDocument;
    expect(document.gaps.map(({ api }) => api)).to.include('ec2:DescribeInstances');
    expect(new Set(document.gaps.map(({ reason }) => reason))).to.deep.equal(new Set(['unreachable']));
    expect(JSON.parse(saved.stdout)).to.deep.equal({ ...document, source: 'snapshot' });
    expect([live.exitCode, saved.exitCode]).to.deep.equal([3, 3]);
    expect(saved.stderr).to.equal(live.stderr);
  });
});
