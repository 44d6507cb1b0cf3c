import { readdirSync, readFileSync, writeFileSync } from 'node:fs';

import { expect } from 'chai';

import type { Gap } from '../../src/engine/evaluation.ts';
import type { ScanDocument } from '../../src/engine/scan-document.ts';
import { awsAt, runCli } from '../support/cli.ts';
import { ACCOUNT, createBucket, createGroupNamingList, runInstances, withMoto } from '../support/emulated.ts';
import { startFaultProxy } from '../support/fault-proxy.ts';
import type { Fault, FaultProxy } from '../support/fault-proxy.ts';
import type { RunOptions, TimedOutcome } from '../support/process.ts';
import { temporaryFolder } from '../support/temporary.ts';

const REGION = 'eu-west-1';
const SOUND = { Environment: 'dev', Owner: 'ada', CostCenter: '42' };

interface Listing {
  /** Service and operation. */
  readonly api: string;
  /** The IAM action, where it is not called the same. */
  readonly permission?: string;
  readonly rule: string;
  /** What an answer that is none lacks. */
  readonly element: string;
  /** True where the rule needs another listing beside this one. */
  readonly oneOfSeveral?: boolean;
}

/** Every call that lists resources. A new collector is one line here. */
const LISTINGS: readonly Listing[] = [
  { api: 'ec2:DescribeInstances', rule: 'ec2-required-tags', element: 'reservationSet' },
  { api: 'ec2:DescribeSecurityGroups', rule: 'ec2-security-group-restricted', element: 'securityGroupInfo' },
  { api: 'ec2:DescribeVolumes', rule: 'ebs-volumes-encrypted', element: 'volumeSet' },
  { api: 's3:ListBuckets', permission: 's3:ListAllMyBuckets', rule: 's3-bucket-encrypted', element: 'Buckets' },
  { api: 'rds:DescribeDBInstances', rule: 'rds-backup-retention', element: 'DBInstances', oneOfSeveral: true },
  { api: 'rds:DescribeDBClusters', rule: 'rds-backup-retention', element: 'DBClusters', oneOfSeveral: true },
];

const notAuthorized = (api: string) =>
  `User: arn:aws:iam::123456789012:user/tester is not authorized to perform: ${api} because no identity-based policy allows the ${api} action`;

/** What each service says, without the full stop. */
function denialOf(api: string): string {
  if (api.startsWith('s3:')) return 'Access Denied';
  return `${api.startsWith('ec2:') ? 'You are not authorized to perform this operation. ' : ''}${notAuthorized(api)}`;
}

function throttlingOf(api: string): string {
  if (api.startsWith('ec2:')) return 'Request limit exceeded';
  return api.startsWith('s3:') ? 'Please reduce your request rate' : 'Rate exceeded';
}

const gapOf = (api: string, reason: Gap['reason'], message: string, permission = api): Gap => ({
  account_id: ACCOUNT,
  region: REGION,
  api,
  ...(reason === 'denied' && { permission }),
  reason,
  message,
  calls: 1,
});

/** Each way in which a call fails, and the gap that it leaves. */
const failures = (
  api: string,
  element: string,
  permission = api,
  elementOfPage = element,
): Record<string, readonly [fault: Fault, gap: Gap]> => ({
  'is denied': [{ kind: 'deny' }, gapOf(api, 'denied', `${permission} was denied: ${denialOf(api)}.`, permission)],
  'is throttled to the end': [
    { kind: 'throttle' },
    gapOf(api, 'throttled', `${api} was throttled to the end: ${throttlingOf(api)}.`),
  ],
  'is cut off in the middle': [{ kind: 'cut' }, gapOf(api, 'unreachable', `${api} could not be reached: aborted.`)],
  'gets a page of HTML': [
    { kind: 'garble', as: 'html' },
    gapOf(api, 'error', `${api} failed: The answer has no ${elementOfPage}.`),
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

const inOurWords = (gap: Gap): Gap => ({
  ...gap,
  message: gap.message.replace(/@aws-sdk XML parse error: .*(?=\.$)/, HALF_XML),
});

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
      for (const [what, [fault, gap]] of Object.entries(failures(listing.api, listing.element, listing.permission))) {
        it(`${what}: leaves a gap and gives no verdict`, async () => {
          await runInstances(moto().url, REGION, [{ tags: SOUND }, {}]);
          proxy.fail(listing.api, fault);
          const outcome = await scan(listing.rule);
          const { gaps, evaluations, summary, complete } = documentOf(outcome);
          expect(gaps.map(inOurWords)).to.deep.equal([gap]);
          expect({ evaluations, score: summary.score, complete }).to.deep.equal({
            evaluations: [],
            score: null,
            complete: true,
          });
          expect({ stderr: outcome.stderr, exitCode: outcome.exitCode }).to.deep.equal(
            listing.oneOfSeveral === true
              ? { stderr: '1 call could not be answered.\n', exitCode: 4 }
              : { stderr: 'Nothing could be read: every call for a list of resources failed.\n', exitCode: 3 },
          );
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

  /** Every call that reads one fact of one resource, and how to make a resource that it is asked for. */
  const FACTS: readonly {
    readonly api: string;
    readonly permission?: string;
    readonly rule: string;
    readonly element: string;
    readonly elementOfPage?: string;
    readonly make: (endpoint: string) => Promise<string>;
  }[] = [
    {
      api: 'ec2:GetManagedPrefixListEntries',
      rule: 'ec2-security-group-restricted',
      element: 'entrySet',
      make: async (endpoint) => createGroupNamingList(endpoint, REGION, '198.51.100.0/24'),
    },
    {
      api: 's3:GetBucketEncryption',
      permission: 's3:GetEncryptionConfiguration',
      rule: 's3-bucket-encrypted',
      element: 'ServerSideEncryptionConfiguration',
      // The SDK takes whatever the root of the document is for the configuration itself.
      elementOfPage: 'Rule',
      make: async (endpoint) => createBucket(endpoint, REGION, 'reports'),
    },
  ];
  for (const { api, permission, rule, element, elementOfPage, make } of FACTS) {
    describe(`where ${api}`, () => {
      for (const [what, [fault, gap]] of Object.entries(failures(api, element, permission, elementOfPage))) {
        it(`${what}: leaves what it was asked for UNKNOWN, and is incomplete`, async () => {
          const id = await make(moto().url);
          proxy.fail(api, fault);
          const outcome = await scan(rule);
          const { gaps, evaluations, summary } = documentOf(outcome);
          expect(gaps.map(inOurWords)).to.deep.equal([gap]);
          expect(
            evaluations.map(({ resource_id, status, missing_permission }) => [resource_id, status, missing_permission]),
          ).to.deep.equal([[id, 'UNKNOWN', gap.permission]]);
          expect({ unknown: summary.unknown, failing: summary.non_compliant }).to.deep.equal({
            unknown: 1,
            failing: 0,
          });
          expect({ stderr: outcome.stderr, exitCode: outcome.exitCode }).to.deep.equal({
            stderr: '1 call could not be answered.\n1 verdict is UNKNOWN.\n',
            exitCode: 4,
          });
        });
      }
    });
  }

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
    const DENIED = `ec2:DescribeInstances was denied: ${denialOf('ec2:DescribeInstances')}.`;
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
          '  Check a saved estate without AWS: compliancectl scan --local --snapshot FILE\n',
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
            'Check a saved estate without AWS: compliancectl scan --local --snapshot FILE',
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
