import { readdirSync, readFileSync, writeFileSync } from 'node:fs';

import { expect } from 'chai';

import type { Gap } from '../../src/engine/evaluation.ts';
import type { ScanDocument } from '../../src/engine/scan-document.ts';
import { awsAt, runCli } from '../support/cli.ts';
import { ACCOUNT, createGroupNamingList, runInstances, withMoto } from '../support/emulated.ts';
import { startFaultProxy } from '../support/fault-proxy.ts';
import type { Fault, FaultProxy } from '../support/fault-proxy.ts';
import type { RunOptions, TimedOutcome } from '../support/process.ts';
import { temporaryFolder } from '../support/temporary.ts';

const REGION = 'eu-west-1';
const SOUND = { Environment: 'dev', Owner: 'ada', CostCenter: '42' };

interface Listing {
  /** Service and operation; the IAM action is called the same. */
  readonly api: string;
  /** A rule that needs this listing and no other. */
  readonly rule: string;
  /** What an answer that is none lacks. */
  readonly element: string;
  readonly denied: string;
  readonly throttled: string;
}

const notAuthorized = (api: string) =>
  `User: arn:aws:iam::123456789012:user/tester is not authorized to perform: ${api} because no identity-based policy allows the ${api} action`;
const ofEc2 = (api: string) => ({
  api,
  denied: `You are not authorized to perform this operation. ${notAuthorized(api)}`,
  throttled: 'Request limit exceeded',
});

/** Every call that lists resources. A new collector is one line here. */
const LISTINGS: readonly Listing[] = [
  { ...ofEc2('ec2:DescribeInstances'), rule: 'ec2-required-tags', element: 'reservationSet' },
  { ...ofEc2('ec2:DescribeSecurityGroups'), rule: 'ec2-security-group-restricted', element: 'securityGroupInfo' },
];

const gapOf = (api: string, reason: Gap['reason'], message: string): Gap => ({
  account_id: ACCOUNT,
  region: REGION,
  api,
  ...(reason === 'denied' && { permission: api }),
  reason,
  message,
  calls: 1,
});

/** Each way in which a listing fails, and the gap that it leaves. */
const failures = ({ api, element, denied, throttled }: Listing): Record<string, readonly [fault: Fault, gap: Gap]> => ({
  'is denied': [{ kind: 'deny' }, gapOf(api, 'denied', `${api} was denied: ${denied}.`)],
  'is throttled to the end': [
    { kind: 'throttle' },
    gapOf(api, 'throttled', `${api} was throttled to the end: ${throttled}.`),
  ],
  'is cut off in the middle': [{ kind: 'cut' }, gapOf(api, 'unreachable', `${api} could not be reached: aborted.`)],
  'gets a page of HTML': [
    { kind: 'garble', as: 'html' },
    gapOf(api, 'error', `${api} failed: The answer has no ${element}.`),
  ],
  'gets nothing': [
    { kind: 'garble', as: 'empty' },
    gapOf(api, 'error', `${api} failed: The answer has no ${element}.`),
  ],
  'gets half of its XML': [{ kind: 'garble', as: 'truncated' }, gapOf(api, 'error', `${api} failed: ${HALF_XML}.`)],
  'is refused for its credentials': [
    { kind: 'error', code: 'ExpiredToken', status: 400, message: 'The security token is expired' },
    gapOf(api, 'error', `${api} failed: ExpiredToken: The security token is expired.`),
  ],
  'meets an AWS that is broken': [
    { kind: 'error', code: 'InternalError', status: 500, message: 'An internal error has occurred' },
    gapOf(api, 'error', `${api} failed: InternalError: An internal error has occurred.`),
  ],
});
/** In the parser's own words, which name the element that it was in. */
const HALF_XML = 'the XML does not end';

const documentOf = ({ stdout }: TimedOutcome) => JSON.parse(stdout) as ScanDocument;

describe('a scan of an AWS that fails', function () {
  this.timeout(120_000);
  const moto = withMoto();
  const path = temporaryFolder();
  let proxy: FaultProxy;
  beforeEach(async () => {
    proxy = await startFaultProxy(moto().url);
  });
  afterEach(async () => proxy.stop());

  /** Two attempts a call, in one region, by one rule. */
  const scan = async (rule: string, args: readonly string[] = [], options: RunOptions = {}) =>
    runCli({
      args: ['scan', '--local', '--json', '--rule', rule, ...args],
      env: awsAt(proxy.url, { AWS_MAX_ATTEMPTS: '2' }),
      ...options,
    });

  for (const listing of LISTINGS) {
    describe(`where ${listing.api}`, () => {
      for (const [what, [fault, gap]] of Object.entries(failures(listing))) {
        it(`${what}: leaves a gap, gives no verdict, and has failed`, async () => {
          await runInstances(moto().url, REGION, [{ tags: SOUND }, {}]);
          proxy.fail(listing.api, fault);
          const outcome = await scan(listing.rule);
          const { gaps, evaluations, summary, complete } = documentOf(outcome);
          const inOurWords = gaps.map((given) => ({
            ...given,
            message: given.message.replace(/@aws-sdk XML parse error: .*(?=\.$)/, HALF_XML),
          }));
          expect(inOurWords).to.deep.equal([gap]);
          expect({ evaluations, score: summary.score, complete }).to.deep.equal({
            evaluations: [],
            score: null,
            complete: true,
          });
          expect({ stderr: outcome.stderr, exitCode: outcome.exitCode }).to.deep.equal({
            stderr: 'Nothing could be read: every call for a list of resources failed.\n',
            exitCode: 3,
          });
          const isWorthAnotherTry = ['throttle', 'cut'].includes(fault.kind) || what.includes('broken');
          expect(proxy.calls(listing.api)).to.equal(isWorthAnotherTry ? 2 : 1);
        });
      }

      it('is slow: waits, and sees it all', async () => {
        proxy.fail(listing.api, { kind: 'delay', milliseconds: 1500 });
        const outcome = await scan(listing.rule);
        expect(documentOf(outcome).gaps).to.deep.equal([]);
        expect(proxy.calls(listing.api)).to.equal(1);
        expect(outcome.exitCode).to.be.oneOf([0, 1]);
      });
    });
  }

  describe('where ec2:GetManagedPrefixListEntries', () => {
    const api = 'ec2:GetManagedPrefixListEntries';
    const outcomes: readonly (readonly [what: string, fault: Fault, gap: Gap, missing: string | undefined])[] = [
      ['is denied', { kind: 'deny' }, gapOf(api, 'denied', `${api} was denied: ${ofEc2(api).denied}.`), api],
      [
        'is throttled to the end',
        { kind: 'throttle' },
        gapOf(api, 'throttled', `${api} was throttled to the end: Request limit exceeded.`),
        undefined,
      ],
      ['is cut off', { kind: 'cut' }, gapOf(api, 'unreachable', `${api} could not be reached: aborted.`), undefined],
      [
        'gets nothing',
        { kind: 'garble', as: 'empty' },
        gapOf(api, 'error', `${api} failed: The answer has no entrySet.`),
        undefined,
      ],
    ];
    for (const [what, fault, gap, missing] of outcomes) {
      it(`${what}: leaves the group that names the list UNKNOWN, and judges the others`, async () => {
        const { groupId } = await createGroupNamingList(moto().url, REGION, '198.51.100.0/24');
        proxy.fail(api, fault);
        const outcome = await scan('ec2-security-group-restricted');
        const { gaps, evaluations, summary } = documentOf(outcome);
        expect(gaps).to.deep.equal([gap]);
        expect(
          evaluations.map(({ resource_id, status, missing_permission }) => [resource_id, status, missing_permission]),
        ).to.deep.equal([[groupId, 'UNKNOWN', missing]]);
        expect({ unknown: summary.unknown, score: summary.score }).to.deep.equal({ unknown: 1, score: 100 });
        expect({ stderr: outcome.stderr, exitCode: outcome.exitCode }).to.deep.equal({
          stderr: '1 call could not be answered.\n1 verdict is UNKNOWN.\n',
          exitCode: 4,
        });
      });
    }
  });

  it('keeps the other regions, and is incomplete, where one is refused', async () => {
    const [here] = await runInstances(moto().url, REGION, [{}]);
    const [there] = await runInstances(moto().url, 'us-east-1', [{}]);
    proxy.fail('ec2:DescribeInstances', { kind: 'deny' }, { from: 2 });
    const outcome = await scan('ec2-required-tags', ['-r', `${REGION},us-east-1`, '--threshold', '0']);
    const { gaps, evaluations } = documentOf(outcome);
    expect(gaps.map(({ api, reason }) => `${api} ${reason}`)).to.deep.equal(['ec2:DescribeInstances denied']);
    // Whichever region asked second was refused.
    expect(evaluations.map(({ resource_id }) => resource_id)).to.deep.equal([
      gaps[0]?.region === REGION ? there : here,
    ]);
    expect(outcome.exitCode).to.equal(4);
  });

  describe('on its second page', () => {
    const DENIED = `ec2:DescribeInstances was denied: ${ofEc2('ec2:DescribeInstances').denied}.`;
    let ids: string[];
    beforeEach(async () => {
      ids = (await runInstances(moto().url, REGION, [{}, {}])).toSorted();
      // A page holds a thousand, which an emulator takes a minute to make: the first says that there is another.
      proxy.fail('ec2:DescribeInstances', {
        kind: 'rewrite',
        body: (body) =>
          body.replace('</DescribeInstancesResponse>', '<nextToken>more</nextToken></DescribeInstancesResponse>'),
      });
    });
    const SECOND = { from: 2 };
    const found = ({ evaluations }: ScanDocument) => evaluations.map(({ resource_id }) => resource_id);

    it('keeps the first where it is refused', async () => {
      proxy.fail('ec2:DescribeInstances', { kind: 'deny' }, SECOND);
      const outcome = await scan('ec2-required-tags', ['--threshold', '0']);
      const document = documentOf(outcome);
      expect(found(document)).to.deep.equal(ids);
      expect(document.gaps).to.deep.equal([gapOf('ec2:DescribeInstances', 'denied', DENIED)]);
      expect(document.complete).to.equal(true);
      expect({ stderr: outcome.stderr, exitCode: outcome.exitCode }).to.deep.equal({
        stderr: '1 call could not be answered.\n',
        exitCode: 4,
      });
    });

    it('keeps the first where the endpoint is gone', async () => {
      proxy.fail('ec2:DescribeInstances', { kind: 'delay', milliseconds: 60_000 }, SECOND);
      const gone = proxy.called('ec2:DescribeInstances', 2).then(async () => proxy.stop());
      const outcome = await scan('ec2-required-tags', ['--threshold', '0']);
      await gone;
      const document = documentOf(outcome);
      const refused = `connect ECONNREFUSED ${new URL(proxy.url).host}`;
      expect(found(document)).to.deep.equal(ids);
      expect(document.gaps).to.deep.equal([
        gapOf('ec2:DescribeInstances', 'unreachable', `ec2:DescribeInstances could not be reached: ${refused}.`),
      ]);
      expect(outcome.exitCode).to.equal(4);
    });

    it('ends within a second of an interruption, shows the first, and touches no file', async () => {
      const file = path('estate.ndjson.gz');
      writeFileSync(file, 'an earlier one');
      proxy.fail('ec2:DescribeInstances', { kind: 'delay', milliseconds: 60_000 }, SECOND);
      const outcome = await scan('ec2-required-tags', ['--save-snapshot', file], {
        signalAfter: proxy.called('ec2:DescribeInstances', 2),
      });
      const document = documentOf(outcome);
      expect({ stderr: outcome.stderr, exitCode: outcome.exitCode, signal: outcome.signal }).to.deep.equal({
        stderr: 'The scan was interrupted.\n',
        exitCode: 130,
        signal: null,
      });
      expect(outcome.endedAfterSignal).to.be.below(1000);
      expect(document.complete).to.equal(false);
      expect(found(document)).to.deep.equal(ids);
      expect(document.gaps).to.deep.equal([
        gapOf(
          'ec2:DescribeInstances',
          'interrupted',
          'The scan was interrupted before ec2:DescribeInstances was done.',
        ),
      ]);
      expect(readdirSync(path())).to.deep.equal(['estate.ndjson.gz']);
      expect(readFileSync(file, 'utf8')).to.equal('an earlier one');
    });

    it('ends within a second of an interruption while AWS throttles', async () => {
      proxy.fail('ec2:DescribeInstances', { kind: 'throttle' }, SECOND);
      const outcome = await scan('ec2-required-tags', [], {
        env: awsAt(proxy.url, { AWS_MAX_ATTEMPTS: '20' }),
        signalAfter: proxy.called('ec2:DescribeInstances', 3),
      });
      expect(outcome.exitCode).to.equal(130);
      expect(outcome.endedAfterSignal).to.be.below(1000);
      expect(documentOf(outcome).gaps.map(({ reason }) => reason)).to.deep.equal(['interrupted']);
    });
  });

  it('is no error where its reader stops reading', async () => {
    await runInstances(moto().url, REGION, [{}]);
    for (const format of [
      ['--format', 'table'],
      ['--format', 'json'],
    ]) {
      const outcome = await runCli({
        args: ['scan', '--local', '--rule', 'ec2-required-tags', ...format],
        env: awsAt(proxy.url),
        closeAfter: { stream: 'stdout', characters: 0 },
      });
      expect({ stderr: outcome.stderr, exitCode: outcome.exitCode }).to.deep.equal({
        stderr: 'The score 0 is below the threshold of 80.\n',
        exitCode: 1,
      });
    }
  });

  describe('before it has begun', () => {
    const plain = { args: ['scan', '--local', '-r', REGION] };
    const said = ({ stdout, stderr, exitCode }: TimedOutcome) => ({ stdout, stderr, exitCode });
    const check = '  Check the network, the region and AWS_ENDPOINT_URL\n';
    const asked = 'Error: AWS could not be asked whose credentials these are:';

    it('says in a sentence that there are no credentials', async () => {
      expect(said(await runCli(plain))).to.deep.equal({
        stdout: '',
        stderr:
          'Error: No AWS credentials were found: Could not load credentials from any providers.\n' +
          '  Set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY\n' +
          '  Pass --snapshot FILE to check a saved estate without AWS\n',
        exitCode: 3,
      });
    });

    it('says it in a document with --json', async () => {
      const { stdout, exitCode } = await runCli({ args: [...plain.args, '--json'] });
      expect(JSON.parse(stdout)).to.deep.equal({
        schema: 'compliancectl.error/1',
        error: {
          code: 'NO_CREDENTIALS',
          message: 'No AWS credentials were found: Could not load credentials from any providers.',
          suggestions: [
            'Set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY',
            'Pass --snapshot FILE to check a saved estate without AWS',
          ],
        },
      });
      expect(exitCode).to.equal(3);
    });

    const refusals: readonly (readonly [what: string, fault: Fault, stderr: string])[] = [
      [
        'the credentials have expired',
        { kind: 'error', code: 'ExpiredToken', status: 403, message: 'The security token is expired' },
        'Error: AWS does not accept the credentials: ExpiredToken: The security token is expired.\n' +
          '  Sign in again (aws sso login), or renew the keys\n',
      ],
      ['STS denies', { kind: 'deny' }, `${asked} ${notAuthorized('sts:GetCallerIdentity')}.\n${check}`],
      ['STS throttles', { kind: 'throttle' }, `${asked} Rate exceeded.\n${check}`],
      ['STS is cut off', { kind: 'cut' }, `${asked} aborted.\n${check}`],
      ['a page of HTML comes instead', { kind: 'garble', as: 'html' }, `${asked} The answer has no Account.\n${check}`],
    ];
    for (const [what, fault, stderr] of refusals) {
      it(`says in a sentence that ${what}`, async () => {
        proxy.fail('sts:GetCallerIdentity', fault);
        const outcome = await runCli({ ...plain, env: awsAt(proxy.url, { AWS_MAX_ATTEMPTS: '2' }) });
        expect(said(outcome)).to.deep.equal({ stdout: '', stderr, exitCode: 3 });
        expect(proxy.calls('ec2:DescribeInstances')).to.equal(0);
      });
    }

    it('says in a sentence that nobody is there', async () => {
      await proxy.stop();
      const outcome = await runCli({ ...plain, env: awsAt(proxy.url, { AWS_MAX_ATTEMPTS: '2' }) });
      const refused = `connect ECONNREFUSED ${new URL(proxy.url).host}`;
      expect(said(outcome)).to.deep.equal({ stdout: '', stderr: `${asked} ${refused}.\n${check}`, exitCode: 3 });
    });

    it('ends within a second of an interruption, and says so', async () => {
      proxy.fail('sts:GetCallerIdentity', { kind: 'delay', milliseconds: 60_000 });
      const outcome = await runCli({
        ...plain,
        env: awsAt(proxy.url),
        signalAfter: proxy.called('sts:GetCallerIdentity'),
      });
      expect(said(outcome)).to.deep.equal({
        stdout: '',
        stderr: 'Error: Interrupted before AWS said whose credentials these are.\n',
        exitCode: 130,
      });
      expect(outcome.endedAfterSignal).to.be.below(1000);
    });
  });
});
