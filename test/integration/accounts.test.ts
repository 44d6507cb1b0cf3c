import { writeFileSync } from 'node:fs';

import { expect } from 'chai';

import type { Gap } from '../../src/engine/evaluation.ts';
import type { ScanDocument } from '../../src/engine/scan-document.ts';
import { building } from '../support/building.ts';
import { awsAt, runCli } from '../support/cli.ts';
import { ACCOUNT, withMoto } from '../support/emulated.ts';
import { startFaultProxy } from '../support/fault-proxy.ts';
import type { FaultProxy } from '../support/fault-proxy.ts';
import type { TimedOutcome } from '../support/process.ts';
import { temporaryFolder } from '../support/temporary.ts';

const REGION = 'eu-west-1';
const [ONE, TWO] = ['111111111111', '222222222222'];
const roleIn = (account: string) => `arn:aws:iam::${account}:role/compliance`;
const notAuthorized = (api: string) =>
  `User: arn:aws:iam::123456789012:user/tester is not authorized to perform: ${api} because no identity-based policy allows the ${api} action`;

/** The gap of an account that could not be entered. */
const closed = (account: string): Gap => ({
  account_id: account,
  region: 'global',
  api: 'sts:AssumeRole',
  permission: 'sts:AssumeRole',
  reason: 'denied',
  message: `sts:AssumeRole was denied: ${notAuthorized('sts:AssumeRole')}.`,
  calls: 1,
});

/** What the tests look at, and how it ended. */
function seen({ stdout, stderr, exitCode }: TimedOutcome) {
  const { accounts, regions, gaps, evaluations } = JSON.parse(stdout) as ScanDocument;
  const found = evaluations.map(({ account_id, region, resource_id }) => `${account_id} ${region} ${resource_id}`);
  return { accounts, regions, gaps, found, stderr, exitCode };
}

const SHORT = 'The score 0 is below the threshold of 80.\n';

describe('a scan of several accounts', function () {
  this.timeout(60_000);
  const moto = withMoto();
  const path = temporaryFolder();
  let proxy: FaultProxy;
  beforeEach(async () => {
    proxy = await startFaultProxy(moto().url);
  });
  afterEach(async () => proxy.stop());

  const scan = async (...args: readonly string[]) =>
    runCli({
      args: ['scan', '--local', '--json', '--rule', 'ec2-required-tags', ...args],
      env: awsAt(proxy.url, { AWS_MAX_ATTEMPTS: '2' }),
      cwd: path(),
    });
  /** Runs an instance without tags and gives its id. */
  const untagged = async (account: string, region = REGION) =>
    building(
      { endpoint: moto().url, region, ...(account !== ACCOUNT && { roleArn: roleIn(account) }) },
      async (site) => {
        const { id } = await site.instance({ encrypted: true });
        return `${account} ${region} ${id}`;
      },
    );
  /** STS says this account's name where it is asked by one that has entered the other. */
  const mistake = (account: string, other: string) => {
    proxy.fail('sts:GetCallerIdentity', { kind: 'rewrite', body: (body) => body.replaceAll(account, other) });
  };
  /** From the nth time on, STS lets nobody into an account. */
  const denyFrom = (nth: number) => {
    proxy.fail('sts:AssumeRole', { kind: 'deny' }, { from: nth });
  };
  const settings = (...accounts: readonly string[]) => {
    const lines = accounts.map(
      (account) => `  - { id: '${account}', roleArn: '${roleIn(account)}', externalId: 'x' }\n`,
    );
    writeFileSync(path('compliancectl.yaml'), `accounts:\n${lines.join('')}`);
  };

  const ways: Readonly<Record<string, () => readonly string[]>> = {
    'a settings file': () => {
      settings(TWO, ONE);
      return [];
    },
    '--role-arn': () => ['--role-arn', roleIn(TWO), '--role-arn', roleIn(ONE)],
  };
  for (const [what, arrange] of Object.entries(ways)) {
    it(`reads those of ${what}, each by itself and not the own one`, async () => {
      const [first, second] = [await untagged(ONE), await untagged(TWO)];
      await untagged(ACCOUNT);
      expect(seen(await scan(...arrange()))).to.deep.equal({
        accounts: [ONE, TWO],
        regions: [REGION],
        gaps: [],
        found: [first, second],
        stderr: SHORT,
        exitCode: 1,
      });
    });
  }

  it('enters each account once, however many services and regions it reads there', async () => {
    settings(ONE, TWO);
    const { exitCode } = await runCli({
      args: ['scan', '--local', '--json', '-r', 'eu-west-1,eu-west-3,us-east-1'],
      env: awsAt(proxy.url),
      cwd: path(),
    });
    expect([proxy.calls('sts:AssumeRole'), proxy.calls('ec2:DescribeInstances'), exitCode]).to.deep.equal([2, 6, 0]);
  });

  it('reads the others where one may not be entered, and is incomplete', async () => {
    settings(ONE, TWO);
    const untaggedIn = { [ONE]: await untagged(ONE), [TWO]: await untagged(TWO) };
    denyFrom(2);
    const { found, gaps, accounts, stderr, exitCode } = seen(await scan('--threshold', '0'));
    // Both are entered at once: which call came second is not for a test to say.
    const shut = gaps[0]?.account_id === ONE ? ONE : TWO;
    expect({ found, gaps, accounts, stderr, exitCode }).to.deep.equal({
      found: [untaggedIn[shut === ONE ? TWO : ONE]],
      gaps: [closed(shut)],
      accounts: [ONE, TWO],
      stderr: '1 call could not be answered.\n',
      exitCode: 4,
    });
  });

  it('can do nothing where none may be entered', async () => {
    settings(ONE, TWO);
    denyFrom(1);
    expect(seen(await scan())).to.deep.equal({
      accounts: [ONE, TWO],
      regions: [REGION],
      gaps: [closed(ONE), closed(TWO)],
      found: [],
      stderr: 'Nothing could be read: every call for a list of resources failed.\n',
      exitCode: 3,
    });
  });

  it('does not read an account that is not the one it was told', async () => {
    const other = await untagged(ONE);
    await untagged(TWO);
    mistake(TWO, '333333333333');
    settings(ONE, TWO);
    expect(seen(await scan())).to.deep.equal({
      accounts: [ONE, TWO],
      regions: [REGION],
      gaps: [
        {
          account_id: TWO,
          region: 'global',
          api: 'sts:GetCallerIdentity',
          reason: 'error',
          message: `sts:GetCallerIdentity failed: Role ${roleIn(TWO)} belongs to account 333333333333, not ${TWO}.`,
          calls: 1,
        },
      ],
      found: [other],
      stderr: `${SHORT}1 call could not be answered.\n`,
      exitCode: 1,
    });
  });

  it('names the second call to STS where that is the one that fails', async () => {
    proxy.fail('sts:GetCallerIdentity', { kind: 'throttle' });
    const { gaps, exitCode } = seen(await scan('--role-arn', roleIn(ONE)));
    expect({ gaps, exitCode }).to.deep.equal({
      gaps: [
        {
          account_id: ONE,
          region: 'global',
          api: 'sts:GetCallerIdentity',
          reason: 'throttled',
          message: 'sts:GetCallerIdentity was throttled to the end: Rate exceeded.',
          calls: 1,
        },
      ],
      exitCode: 3,
    });
  });

  describe('in every region that is enabled', () => {
    const REGIONS = ['ap-northeast-3', 'eu-west-1', 'us-east-1'];
    const enable = () => {
      const items = REGIONS.map((region) => `<item><regionName>${region}</regionName></item>`).join('');
      proxy.fail('ec2:DescribeRegions', {
        kind: 'rewrite',
        body: (body) => body.replace(/<regionInfo>.*<\/regionInfo>/s, `<regionInfo>${items}</regionInfo>`),
      });
    };

    it('asks which those are, and reads them', async () => {
      const there = await Promise.all(REGIONS.map((region) => untagged(ACCOUNT, region)));
      await untagged(ACCOUNT, 'sa-east-1');
      enable();
      expect(seen(await scan('--all-regions'))).to.deep.equal({
        accounts: [ACCOUNT],
        regions: REGIONS,
        gaps: [],
        found: there,
        stderr: SHORT,
        exitCode: 1,
      });
    });

    it('can do nothing where it may not ask', async () => {
      proxy.fail('ec2:DescribeRegions', { kind: 'deny' });
      const denial = `You are not authorized to perform this operation. ${notAuthorized('ec2:DescribeRegions')}`;
      expect(seen(await scan('--all-regions'))).to.deep.equal({
        accounts: [ACCOUNT],
        regions: [],
        gaps: [
          {
            account_id: ACCOUNT,
            region: 'global',
            api: 'ec2:DescribeRegions',
            permission: 'ec2:DescribeRegions',
            reason: 'denied',
            message: `ec2:DescribeRegions was denied: ${denial}.`,
            calls: 1,
          },
        ],
        found: [],
        stderr: 'Nothing could be read: every call for a list of resources failed.\n',
        exitCode: 3,
      });
    });
  });
});
