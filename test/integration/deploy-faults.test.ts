/** What can go wrong around a deployment, on the wire: each ends with a sentence, an exit code, and nothing lost. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import {
  CloudWatchLogsClient,
  PutRetentionPolicyCommand,
  DescribeLogGroupsCommand,
} from '@aws-sdk/client-cloudwatch-logs';
import { PutObjectCommand, S3Client, DeleteObjectCommand } from '@aws-sdk/client-s3';
import { expect } from 'chai';

import { withDeployments } from '../support/deployments.ts';
import { MINISTACK_ACCOUNT, ROOT_CREDENTIALS } from '../support/ministack.ts';
import { stackYaml } from '../support/stacks.ts';

const DEPLOY = ['deploy', '-e', 'test', '--yes', '--quiet'];
const BASELINE = stackYaml('ec2-baseline');

describe('deploying when something is wrong', function () {
  this.timeout(120_000);
  const deployments = withDeployments();

  const settings = () => ({ endpoint: deployments().aws.url, region: 'us-east-1', credentials: ROOT_CREDENTIALS });
  const outcome = async (args: readonly string[], env: Readonly<Record<string, string>> = {}) => {
    const { stdout, stderr, exitCode } = await deployments().cli(args, { env });
    return { stdout, stderr, exitCode };
  };
  const succeeds = async (...args: string[]) => {
    const done = await outcome(args);
    expect(done).to.include({ exitCode: 0 });
    return done;
  };

  describe('before anything is made', () => {
    const REFUSED: readonly [
      what: string,
      args: readonly string[],
      env: Readonly<Record<string, string>>,
      exitCode: number,
      stderr: string,
    ][] = [
      [
        'a suffix with capitals',
        ['deploy', '-e', 'Test', '--yes'],
        {},
        2,
        'Error: "Test" cannot be an environment: use up to 20 lower-case letters, digits and hyphens, the first a letter, the last no hyphen.\n  Choose a name such as dev, staging or pr-1234\n',
      ],
      [
        'a suffix of 60 characters',
        ['deploy', '-e', 'x'.repeat(60), '--yes'],
        {},
        2,
        `Error: "${'x'.repeat(60)}" cannot be an environment: use up to 20 lower-case letters, digits and hyphens, the first a letter, the last no hyphen.\n  Choose a name such as dev, staging or pr-1234\n`,
      ],
      [
        'no suffix at all',
        ['destroy', '--yes'],
        {},
        2,
        'Error: No environment was named.\n  Name one with -e dev\n  Set ENVIRONMENT_SUFFIX\n',
      ],
      [
        'CI without a backend',
        DEPLOY,
        { CI: 'true' },
        2,
        'Error: CI is set, and local state would be lost with the runner.\n',
      ],
      [
        'no terminal and no --yes',
        ['deploy', '-e', 'test'],
        {},
        2,
        'Error: deploy asks before it changes anything, and there is no terminal to ask at.\n  Pass --yes to go ahead unasked\n  Pass --preview to see the plan alone\n',
      ],
      [
        'no credentials',
        DEPLOY,
        { AWS_ACCESS_KEY_ID: '', AWS_SECRET_ACCESS_KEY: '' },
        3,
        'Error: No AWS credentials were found: Could not load credentials from any providers.\n',
      ],
    ];
    for (const [what, args, env, exitCode, stderr] of REFUSED) {
      it(`says so: ${what}`, async () => {
        deployments().configure(BASELINE);
        const before = await deployments().there();
        const told = await outcome(args, env);
        expect(told).to.include({ stdout: '', exitCode });
        expect(told.stderr.startsWith(stderr), told.stderr).to.equal(true);
        expect(await deployments().there()).to.deep.equal(before);
      });
    }

    it('says so: a preset that there is not', async () => {
      deployments().configure('preset: gold\n');
      const { stderr, exitCode } = await outcome(DEPLOY);
      expect(exitCode).to.equal(2);
      expect(stderr).to.include('compliancectl.yaml:1:9: preset: expected one of standard, ec2-baseline,');
    });

    it('answers with a document under --json', async () => {
      deployments().configure(BASELINE);
      const { stdout, exitCode } = await outcome(['deploy', '-e', 'My Env', '--yes', '--json']);
      expect(exitCode).to.equal(2);
      expect(JSON.parse(stdout)).to.have.nested.property('error.code', 'BAD_ENVIRONMENT_NAME');
      expect(stdout).to.not.include('My Env');
    });
  });

  it('keeps the state under the passphrase that it was made with', async () => {
    const { configure, folder } = deployments();
    configure(BASELINE);
    mkdirSync(join(folder, 'state'));
    const backend = { PULUMI_BACKEND_URL: `file://${join(folder, 'state')}` };
    const own = { ...backend, PULUMI_CONFIG_PASSPHRASE: 'correct horse' };
    expect(await outcome(DEPLOY, own)).to.include({ exitCode: 0 });
    expect(await outcome(DEPLOY, { ...backend, PULUMI_CONFIG_PASSPHRASE: 'wrong' })).to.deep.equal({
      stdout: '',
      stderr:
        'Error: The passphrase is not the one that the secrets of this stack were encrypted with.\n  Set PULUMI_CONFIG_PASSPHRASE to the one it was first deployed with\n',
      exitCode: 2,
    });
    expect(await outcome(['destroy', '-e', 'test', '--yes'], own)).to.include({ exitCode: 0 });
  });

  it('goes on where a creation failed half way', async () => {
    const { configure, standIn, there } = deployments();
    configure(BASELINE);
    const before = await there();
    const error =
      'AccessDeniedException: User: arn:aws:iam::000000000000:user/me is not authorized to perform: lambda:CreateFunction';
    standIn.fail({ type: 'aws:lambda/function:Function', error, times: 1 });
    const { stdout, stderr, exitCode } = await outcome(DEPLOY);
    expect({ stdout, exitCode }).to.deep.equal({ stdout: '', exitCode: 3 });
    expect(stderr)
      .to.include('compliance-scanner-test')
      .and.include('not authorized to perform: lambda:CreateFunction');
    expect(stderr).to.include('mend the cause, and run the same command again');
    expect(await there())
      .to.include('role compliance-scanner-role-test')
      .and.not.include('lambda compliance-scanner-test');

    await succeeds(...DEPLOY);
    expect(await there()).to.include('lambda compliance-scanner-test');
    await succeeds('destroy', '-e', 'test', '--yes');
    expect(await there()).to.deep.equal(before);
  });

  it('says whose lock it is where another run is at work', async () => {
    const { configure, standIn, cli } = deployments();
    configure(BASELINE);
    // Deaf: the engine asks its providers to give up when the preview before it has ended, too.
    const held = standIn.hold({ type: 'aws:lambda/function:Function', deaf: true });
    const first = cli(DEPLOY);
    await held.reached;
    const { stderr, exitCode } = await outcome(DEPLOY);
    held.release();
    expect(exitCode).to.equal(3);
    expect(stderr)
      .to.match(/^Error: .*lock/i)
      .and.match(/process \d+ of \S+ on \S+, since \d{4}-/);
    expect(await first).to.include({ exitCode: 0 });
  });

  it('saves the state and frees the lock where Ctrl-C ends it, and goes on from there', async () => {
    const { configure, standIn, cli, there } = deployments();
    configure(BASELINE);
    const before = await there();
    const held = standIn.hold({ type: 'aws:lambda/function:Function', deaf: true });
    const signalled = held.reached.then(() => setTimeout(() => held.release(), 1000));
    const { stderr, exitCode } = await cli(DEPLOY, { signalAfter: held.reached });
    await signalled;
    expect(exitCode).to.equal(130);
    expect(stderr).to.match(
      /^Error: Interrupted: \d+ resources were done by then, and the state is saved\.\n {2}Run the same command again to go on\n$/,
    );
    await succeeds(...DEPLOY);
    expect(await there()).to.include('lambda compliance-scanner-test');
    await succeeds('destroy', '-e', 'test', '--yes');
    expect(await there()).to.deep.equal(before);
  });

  it('puts back what was changed by hand, with --refresh', async () => {
    deployments().configure(BASELINE);
    await succeeds(...DEPLOY);
    const logs = new CloudWatchLogsClient(settings());
    const retention = async () => (await logs.send(new DescribeLogGroupsCommand({}))).logGroups?.[0]?.retentionInDays;
    try {
      await logs.send(
        new PutRetentionPolicyCommand({ logGroupName: '/aws/lambda/compliance-scanner-test', retentionInDays: 1 }),
      );
      await succeeds(...DEPLOY);
      expect(await retention()).to.equal(1);
      await succeeds(...DEPLOY, '--refresh');
      expect(await retention()).to.equal(30);
    } finally {
      logs.destroy();
    }
  });

  it('takes buckets away with all versions of what is in them, and says what is lost', async () => {
    const { configure, there } = deployments();
    configure(stackYaml('reporting'));
    const before = await there();
    await succeeds(...DEPLOY);
    const s3 = new S3Client({ ...settings(), forcePathStyle: true });
    const Bucket = `compliance-results-test-${MINISTACK_ACCOUNT}-us-east-1-an`;
    try {
      for (const Body of ['one', 'two']) await s3.send(new PutObjectCommand({ Bucket, Key: 'scans/a.json', Body }));
      await s3.send(new DeleteObjectCommand({ Bucket, Key: 'scans/a.json' }));
    } finally {
      s3.destroy();
    }
    const { stderr } = await succeeds('destroy', '-e', 'test', '--yes');
    expect(stderr).to.include(`This history is lost with it:\n  ${Bucket}: 3 objects and versions\n`);
    expect(await there()).to.deep.equal(before);
  });

  it('keeps two environments apart in one account and region', async () => {
    const { configure, there } = deployments();
    configure(BASELINE);
    await succeeds('deploy', '-e', 'one', '--yes');
    const one = await there();
    await succeeds('deploy', '-e', 'two', '--yes');
    await succeeds('destroy', '-e', 'two', '--yes');
    expect(await there()).to.deep.equal(one);
  });

  it('uses the recorder that the account has, and leaves it there', async () => {
    const { configure, there } = deployments();
    configure(stackYaml('config-history'));
    await succeeds('deploy', '-e', 'one', '--yes');
    const one = await there();
    const { stderr } = await succeeds('deploy', '-e', 'two', '--yes');
    expect(stderr.replaceAll('\n', ' ')).to.include('recorder config-recorder-one is used as it is');
    await succeeds('destroy', '-e', 'two', '--yes');
    expect(await there()).to.deep.equal(one);
  });

  it('writes the outputs where it is told to, and takes them away with the stack', async () => {
    const { configure, folder } = deployments();
    configure(BASELINE);
    await succeeds(...DEPLOY, '--outputs-file', 'out/outputs.json');
    const outputs = JSON.parse(readFileSync(join(folder, 'out/outputs.json'), 'utf8')) as object;
    expect(outputs).to.include({
      lambdaFunctionArn: `arn:aws:lambda:us-east-1:${MINISTACK_ACCOUNT}:function:compliance-scanner-test`,
      complianceMetricName: 'InfrastructureCompliance/ComplianceScore',
    });
    await succeeds('destroy', '-e', 'test', '--yes', '--outputs-file', 'out/outputs.json');
    expect(() => readFileSync(join(folder, 'out/outputs.json'))).to.throw('ENOENT');
  });

  it('prints what deploying needs, and asks AWS for nothing', async () => {
    const { configure, aws } = deployments();
    configure(BASELINE);
    const { stdout } = await succeeds('deploy', '-e', 'test', '--print-iam-policy');
    const { Statement } = JSON.parse(stdout) as { Statement: { Sid: string; Resource: string[] }[] };
    expect(Statement.find(({ Sid }) => Sid === 'PassRoles')?.Resource).to.deep.equal([
      'arn:*:iam::*:role/compliance-scanner-role-test',
    ]);
    expect(aws.calls('sts:GetCallerIdentity')).to.equal(0);
  });

  it('says so where the folder of its state cannot be made', async () => {
    const { configure, stateFolder } = deployments();
    configure(BASELINE);
    mkdirSync(dirname(stateFolder), { recursive: true });
    writeFileSync(stateFolder, 'a file');
    const { stderr, exitCode } = await outcome(DEPLOY);
    expect(exitCode).to.equal(3);
    expect(stderr).to.match(
      /^Error: The folder of the stack’s state cannot be made: .*\n {2}Make room for it, or name another place/,
    );
  });
});
