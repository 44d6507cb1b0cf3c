import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';

import type { IpPermission } from '@aws-sdk/client-ec2';
import { expect } from 'chai';

import type { ScanDocument } from '../../src/engine/scan-document.ts';
import type { AuditRecord } from '../../src/remediate/audit.ts';
import type { UndoDocument } from '../../src/remediate/document.ts';
import { building } from '../support/building.ts';
import { awsAt, runCli } from '../support/cli.ts';
import { ACCOUNT, withMoto } from '../support/emulated.ts';
import { temporaryFolder } from '../support/temporary.ts';

/** Runs its arguments in a terminal of their own; what is typed comes on standard input. */
const IN_A_TERMINAL = 'import os, pty, sys; sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))';

const REGION = 'eu-west-1';

const SETTINGS = `
rules:
  s3-bucket-encrypted: { parameters: { minimum: sse-kms } }
  rds-backup-retention: { parameters: { minimumDays: 7 } }
remediation:
  rules:
    s3-bucket-encrypted: { mode: apply }
    ec2-required-tags:
      mode: apply
      values: { Environment: dev, Owner: platform, CostCenter: '42' }
    ec2-security-group-restricted: { mode: apply }
    rds-backup-retention: { mode: apply }
`;

const RULES = ['s3-bucket-encrypted', 'ec2-required-tags', 'ec2-security-group-restricted', 'rds-backup-retention'];

const open = (port: number, description?: string): IpPermission => ({
  IpProtocol: 'tcp',
  FromPort: port,
  ToPort: port,
  IpRanges: [{ CidrIp: '0.0.0.0/0', ...(description !== undefined && { Description: description }) }],
});

describe('remediation on the wire', function () {
  this.timeout(120_000);
  const moto = withMoto();
  const path = temporaryFolder();

  /** Runs `scan --local` with these settings, and the state folder of the test. */
  const run = async (...args: readonly string[]) => {
    writeFileSync(path('compliancectl.yaml'), SETTINGS);
    return runCli({
      args: [
        'scan',
        '--local',
        '--config',
        path('compliancectl.yaml'),
        ...RULES.flatMap((rule) => ['--rule', rule]),
        ...args,
      ],
      env: { ...awsAt(moto().url), XDG_STATE_HOME: path('state') },
    });
  };

  /** The verdicts on these resources, each with its message. */
  const verdicts = async (ids: ReadonlySet<string>) => {
    const { stdout } = await run('--json', '--include', 'pass');
    const { evaluations } = JSON.parse(stdout) as ScanDocument;
    return evaluations.flatMap(({ rule_id, resource_id, status, message }) =>
      ids.has(resource_id) ? [{ rule: rule_id, id: resource_id, status, message }] : [],
    );
  };

  const records = () => {
    const folder = path('state/compliancectl/audit');
    return readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.json'))
      .toSorted()
      .map((name) => JSON.parse(readFileSync(`${folder}/${name}`, 'utf8')) as AuditRecord);
  };

  it('mends what fails, and a scan passes; undoes it, and it fails as before (S4-3)', async () => {
    const { url } = moto();
    const ids = await building({ endpoint: url, region: REGION }, async (site) => {
      await site.bucket('reports', 'AES256');
      await site.database('orders', { retention: 0 });
      await site.cluster('sales', 1);
      const group = await site.group('web', [open(22, 'while we debug'), open(443), open(3389)]);
      const machine = await site.instance({ tags: { Owner: 'ada', CostCenter: ' ' }, encrypted: true });
      return { group, machine: machine.id };
    });
    const concerned = new Set(['reports', 'orders', 'sales', ids.group, ids.machine]);
    const before = await verdicts(concerned);
    expect(before.map(({ status }) => status)).to.deep.equal(Array.from({ length: 5 }, () => 'FAIL'));

    const fixed = await run('--fix', '--yes');
    expect([fixed.exitCode, fixed.stderr.match(/^verified .*$/gm)?.length], fixed.stderr).to.deep.equal([0, 5]);
    const after = await verdicts(concerned);
    expect(after.map(({ rule, id, status }) => [rule, id, status])).to.deep.equal(
      before.map(({ rule, id }) => [rule, id, 'PASS']),
    );
    expect(records().map(({ status, actor, account_id, region }) => [status, actor, account_id, region])).to.deep.equal(
      Array.from({ length: 5 }, () => ['verified', `arn:aws:sts::${ACCOUNT}:user/moto`, ACCOUNT, REGION]),
    );

    const again = await run('--fix', '--yes');
    expect([again.exitCode, again.stderr.match(/^verified .*$/gm)]).to.deep.equal([0, null]);
    expect(records().length).to.equal(5);

    const [first] = records();
    const undone = await run('--undo', first?.run_id ?? '', '--yes', '--json', '-q');
    expect([undone.exitCode, undone.stderr]).to.deep.equal([0, '']);
    const { results } = JSON.parse(undone.stdout) as UndoDocument;
    expect(results.map(({ outcome }) => outcome)).to.deep.equal(Array.from({ length: 5 }, () => 'undone'));
    expect(await verdicts(concerned)).to.deep.equal(before);
    expect(records().map(({ status }) => status)).to.deep.equal(Array.from({ length: 5 }, () => 'undone'));
  });

  it('asks the person at the terminal, and does as they say', async () => {
    await building({ endpoint: moto().url, region: REGION }, (site) => site.bucket('reports', 'AES256'));
    writeFileSync(path('compliancectl.yaml'), SETTINGS);
    const typing = async (answer: string) => {
      const command = [
        join(import.meta.dirname, '../../bin/dev.js'),
        'scan',
        '--local',
        '--rule',
        's3-bucket-encrypted',
      ];
      const child = spawn('python3', ['-c', IN_A_TERMINAL, process.execPath, ...command, '--fix'], {
        env: {
          PATH: process.env['PATH'],
          HOME: path(),
          TERM: 'xterm',
          AWS_EC2_METADATA_DISABLED: 'true',
          ...awsAt(moto().url),
        },
        cwd: path(),
      });
      const closed = once(child, 'close') as Promise<[number | null]>;
      let screen = '';
      child.stdout.setEncoding('utf8').on('data', (piece: string) => {
        const asked = screen.includes('Type yes');
        screen += piece;
        if (!asked && screen.includes('Type yes')) child.stdin.write(answer);
      });
      const [exitCode] = await closed;
      return { exitCode, shown: stripVTControlCharacters(screen).replaceAll(/\s+/g, ' ') };
    };
    const QUESTION = 'Type yes to make 1 change: ';

    for (const answer of ['no\r', '\u0003', '\u0004']) {
      const refused = await typing(answer);
      expect([refused.exitCode, refused.shown.includes(QUESTION)]).to.deep.equal([0, true]);
      expect(refused.shown.endsWith('Nothing was changed. ')).to.equal(true);
    }
    const agreed = await typing('yes\r');
    expect([agreed.exitCode, agreed.shown.includes('verified reports: Changed to defaultEncryption:')]).to.deep.equal([
      0,
      true,
    ]);
    const records = readdirSync(path('.local/state/compliancectl/audit'), { recursive: true, encoding: 'utf8' });
    expect(records.filter((name) => name.endsWith('.json')).length).to.equal(1);
  });

  it('asks at a terminal alone: without one it wants --yes, and makes no call', async () => {
    const { stdout, stderr, exitCode } = await run('--fix');
    expect({ stdout, stderr, exitCode }).to.deep.equal({
      stdout: '',
      stderr:
        'Error: --fix asks before it changes anything, and there is no terminal to ask at.\n  Pass --yes to change it unasked\n  Set mode: dry-run to see the plan alone\n',
      exitCode: 2,
    });
  });
});
