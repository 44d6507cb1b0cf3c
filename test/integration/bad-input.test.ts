import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';

import { expect } from 'chai';

import type { ScanDocument } from '../../src/engine/scan-document.ts';
import { awsAt, runCli } from '../support/cli.ts';
import { startFaultProxy } from '../support/fault-proxy.ts';
import { HOSTILE } from '../support/hostile-scan.ts';
import { parseCsv } from '../support/parse-csv.ts';
import { parseXml } from '../support/parse-xml.ts';
import type { TimedOutcome } from '../support/process.ts';
import { instance, permission, securityGroup, tags } from '../support/resources.ts';
import { snapshotBytes, writeSnapshot } from '../support/snapshots.ts';
import { temporaryFolder } from '../support/temporary.ts';

const seen = ({ stdout, stderr, exitCode }: TimedOutcome) => ({ stdout, stderr, exitCode });

/** What the CLI says of an error: the words, what to do, and that nothing was taken for a result. */
const refused = (message: string, ...hints: readonly string[]) => ({
  stdout: '',
  stderr: `Error: ${message}\n${hints.map((hint) => `  ${hint}\n`).join('')}`,
  exitCode: 2,
});

describe('bad input', function () {
  this.timeout(60_000);
  const path = temporaryFolder();
  const scan = async (...args: readonly string[]) => runCli({ args: ['scan', '--local', ...args], cwd: path() });

  describe('in the settings', () => {
    const SETTINGS =
      'The settings there: preset, regions, accounts, threshold, failOn, allowIncomplete, select, rules, customRules, waivers, webhooks, remediation, optimize, alertEmail, runtime, architecture, tags, naming, backend, secretsProvider, stack, environments';
    const RULES =
      'The settings there: ebs-volumes-encrypted, ec2-approved-instance-type, ec2-no-public-ip, ec2-required-tags, ec2-security-group-restricted, rds-backup-retention, s3-bucket-encrypted';
    const YAML = 'Check the indentation, the quotes and the colons on that line';
    const cases: readonly (readonly [what: string, lines: readonly string[], message: string, ...hints: string[]])[] = [
      [
        'a setting that is none',
        ['treshold: 3'],
        '1:1: treshold: there is no such setting.',
        'Did you mean threshold?',
        SETTINGS,
      ],
      ['a value of another type', ['threshold: high'], '1:12: threshold: expected number, received string.'],
      ['a value out of range', ['threshold: 101'], '1:12: threshold: Too big: expected number to be <=100.'],
      [
        'a rule that is none',
        ['threshold: 1', 'rules:', '  s3-tags: {}'],
        '3:3: rules.s3-tags: there is no such setting.',
        RULES,
      ],
      [
        'a parameter that is none',
        ['rules:', '  rds-backup-retention:', '    parameters: { days: 3 }'],
        '3:19: rules.rds-backup-retention.parameters.days: there is no such setting.',
        'The settings there: minimumDays, replicas',
      ],
      [
        'ports that are both forbidden and allowed',
        ['rules:', '  ec2-security-group-restricted:', '    parameters:', '      allowedPorts: [443, 20-30]'],
        '4:27: rules.ec2-security-group-restricted.parameters.allowedPorts.1: is among the ports that must not be open: take it out of one of the two.',
      ],
      [
        'a role of another account',
        ['accounts:', "  - id: '111122223333'", '    roleArn: arn:aws:iam::999999999999:role/x'],
        '3:14: accounts.0.roleArn: belongs to another account than the id beside it.',
      ],
      [
        'a rule of its own that is not JMESPath',
        ['customRules:', '  - { id: a-b, title: t, resourceType: "AWS::S3::Bucket", assert: "a ==", message: m }'],
        '2:67: customRules.0.assert: is not JMESPath: Syntax error: invalid token (EOF): "".',
      ],
      ['a list instead of settings', ['- a'], '1:1: the file: expected object, received array.'],
      [
        'no YAML',
        ['threshold: [1', 'b: 2'],
        '2:1: not valid YAML: Flow sequence in block collection must be sufficiently indented and end with a ].',
        YAML,
      ],
      ['a key twice', ['threshold: 1', 'threshold: 2'], '2:1: not valid YAML: Map keys must be unique.', YAML],
      ['a key that is a trap', ['__proto__: { threshold: 0 }'], '1:1: __proto__: there is no such setting.', SETTINGS],
    ];
    for (const [what, lines, message, ...hints] of cases) {
      it(`is told with file, line and column: ${what}`, async () => {
        writeFileSync(path('compliancectl.yaml'), lines.join('\n'));
        expect(seen(await scan('--explain'))).to.deep.equal(refused(`compliancectl.yaml:${message}`, ...hints));
      });
    }

    it('keeps the position in a document, and the name where nobody typed it', async () => {
      for (const [name, args, shown] of [
        ['compliancectl.yaml', [], 'compliancectl.yaml'],
        ['hunter2.yaml', ['--config', 'hunter2.yaml'], '…'],
      ] as const) {
        writeFileSync(path(name), 'threshold: 101');
        const { stdout, exitCode } = await scan('--explain', '--json', ...args);
        const message = `${shown}:1:12: threshold: Too big: expected number to be <=100.`;
        expect(JSON.parse(stdout)).to.deep.equal({
          schema: 'compliancectl.error/1',
          error: { code: 'CONFIG_INVALID', message, suggestions: [] },
        });
        expect(exitCode).to.equal(2);
      }
    });
  });

  describe('as a baseline', () => {
    const WRITE = 'Write a baseline with: compliancectl scan --local --json > baseline.json';
    const NEW = 'Write a new baseline with this version: compliancectl scan --local --json > baseline.json';
    const cases: Readonly<Record<string, readonly [content: string | undefined, message: string, hint: string]>> = {
      'a folder': [undefined, 'b could not be read: EISDIR: illegal operation on a directory.', WRITE],
      'text of any kind': ['hello', 'b is not JSON, or was cut short.', WRITE],
      'JSON of another kind': ['[]', 'b is not a scan document of compliancectl.', WRITE],
      'a document that was cut short': [
        '{"schema":"compliancectl.scan/1","evaluations":[',
        'b is not JSON, or was cut short.',
        WRITE,
      ],
      'a newer document': [
        '{"schema":"compliancectl.scan/2"}',
        'b is a scan document of another version (compliancectl.scan/2).',
        NEW,
      ],
    };
    for (const [what, [content, message, hint]] of Object.entries(cases)) {
      it(`is refused: ${what}`, async () => {
        if (content === undefined) mkdirSync(path('b'));
        else writeFileSync(path('b'), content);
        writeSnapshot(path('s.gz'), [instance()]);
        const outcome = await scan('--snapshot', 's.gz', '--baseline', 'b');
        expect(seen(outcome)).to.deep.equal(refused(message, hint));
      });
    }
  });

  describe('as a snapshot', () => {
    const whole = snapshotBytes([instance(), securityGroup()]);
    const again = 'Copy it again, or save it again with: compliancectl scan --local --save-snapshot FILE';
    const write = 'Write one with: compliancectl scan --local --save-snapshot FILE';
    const cases: Readonly<Record<string, readonly [content: Buffer, message: string, hint: string]>> = {
      'one that was cut short': [whole.subarray(0, whole.length - 30), 's.gz was cut short.', again],
      'one without its end': [
        whole.subarray(0, whole.lastIndexOf('\u001f\u008b', -1, 'latin1')),
        's.gz was cut short.',
        again,
      ],
      'two in one': [
        Buffer.concat([whole, whole]),
        's.gz goes on after its end: several snapshots were joined.',
        again,
      ],
      'a picture': [Buffer.from('GIF89a'), 's.gz is not a gzip file, or is damaged.', again],
      'gzipped text': [gzipSync('hello\n'), 's.gz is not a snapshot of compliancectl.', write],
      'a newer one': [
        gzipSync('{"schema":"compliancectl.snapshot/2"}\n'),
        's.gz is a snapshot of a newer version (compliancectl.snapshot/2).',
        'Upgrade compliancectl',
      ],
    };
    for (const [what, [content, message, hint]] of Object.entries(cases)) {
      it(`is refused: ${what}`, async () => {
        writeFileSync(path('s.gz'), content);
        expect(seen(await scan('--snapshot', 's.gz', '-f', 'csv=out.csv'))).to.deep.equal(refused(message, hint));
        expect(readdirSync(path())).to.deep.equal(['s.gz']);
      });
    }
  });

  describe('as a file to write', () => {
    const cases: readonly (readonly [args: readonly string[], message: string])[] = [
      [['--save-snapshot', 'no/s.gz'], 'no/s.gz could not be written: ENOENT: no such file or directory.'],
      [['--save-snapshot', 'folder'], 'folder could not be written: EISDIR: it is a folder.'],
      [['-f', 'csv=no/out.csv'], 'no/out.csv could not be written: ENOENT: no such file or directory.'],
    ];
    for (const [args, message] of cases) {
      it(`is noticed before AWS is asked: ${args.join(' ')}`, async () => {
        mkdirSync(path('folder'));
        const aws = await startFaultProxy('http://127.0.0.1:1');
        try {
          aws.fail('sts:GetCallerIdentity', { kind: 'deny' });
          const run = async (...more: readonly string[]) =>
            runCli({ args: ['scan', '--local', ...more], env: awsAt(aws.url), cwd: path() });
          expect(seen(await run(...args))).to.deep.equal(
            refused(message, 'Choose a folder that exists and that you may write to'),
          );
          expect(aws.calls('sts:GetCallerIdentity')).to.equal(0);
          await run();
          expect(aws.calls('sts:GetCallerIdentity')).to.equal(1);
        } finally {
          await aws.stop();
        }
      });
    }
  });

  describe('in what an estate calls its things', () => {
    const statuses = ({ stdout }: TimedOutcome) =>
      (JSON.parse(stdout) as ScanDocument).evaluations.map(({ resource_id, status, message }) => [
        resource_id,
        status,
        message,
      ]);

    it('takes tags called __proto__ and constructor for tags', async () => {
      writeFileSync(
        path('compliancectl.yaml'),
        'rules: { ec2-required-tags: { parameters: { tags: [__proto__, constructor] } } }',
      );
      writeSnapshot(path('s.gz'), [
        instance({
          id: 'i-1',
          tags: tags(JSON.parse('{"__proto__":"a","constructor":"b"}') as Record<string, string>),
        }),
        instance({ id: 'i-2', tags: tags({}), instanceType: '__proto__' }),
      ]);
      const args = ['--snapshot', 's.gz', '--rule', 'ec2-required-tags', '--json', '--include', 'pass'];
      const outcome = await scan(...args);
      expect(statuses(outcome)).to.deep.equal([
        ['i-1', 'PASS', 'EC2 instance carries the required tags.'],
        ['i-2', 'FAIL', 'Instance i-2 lacks the tags __proto__, constructor.'],
      ]);
      const { by_instance_type: byType } = JSON.parse(outcome.stdout) as ScanDocument;
      expect(Object.keys(byType)).to.deep.equal(['__proto__', 't3.micro']);
    });

    it('reads a tag of a million characters, and does not repeat it', async () => {
      const long = 'x'.repeat(1_000_000);
      writeFileSync(
        path('compliancectl.yaml'),
        'rules: { ec2-required-tags: { parameters: { tags: [Owner], values: { Owner: "[a-z]+@example.org" } } } }',
      );
      writeSnapshot(path('s.gz'), [instance({ id: 'i-1', tags: tags({ Owner: long, [long]: long }) })]);
      const outcome = await scan('--snapshot', 's.gz', '--rule', 'ec2-required-tags', '--json');
      expect(statuses(outcome)).to.deep.equal([
        ['i-1', 'FAIL', 'Instance i-1 has tags whose values do not match: Owner.'],
      ]);
      expect(outcome.stdout.length).to.be.below(10_000);
    });

    describe('in every format', () => {
      const names = [...Object.values(HOSTILE), 'line\nbreak\r\n\u2028', '=1+1', '@SUM(A1)', '\u202eright to left'];
      /** Each an instance without tags, and a group that is open to the world, called so. */
      const arrange = () => {
        writeSnapshot(path('s.gz'), [
          ...names.map((name, index) =>
            securityGroup({ id: `sg-${index}`, groupName: name, ingress: [permission({ ipv4: ['0.0.0.0/0'] })] }),
          ),
          ...names.map((id) => instance({ id, tags: tags({}) })),
        ]);
      };
      const show = async (format: string) => {
        arrange();
        const rules = ['--rule', 'ec2-required-tags', '--rule', 'ec2-security-group-restricted'];
        const { stdout, stderr, exitCode } = await scan('--snapshot', 's.gz', ...rules, '-f', format, '--limit', '100');
        expect({ stderr, exitCode }).to.deep.equal({
          stderr: 'The score 0 is below the threshold of 80.\n',
          exitCode: 1,
        });
        return stdout;
      };
      const findings = 2 * names.length;

      it('is a table without any control character', async () => {
        const table = await show('table');
        expect(table.match(/^(?:critical|medium) /gm)).to.have.length(findings);
        expect(table).to.not.match(/(?!\n)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
      });

      it('is JSON with the names as they are', async () => {
        const { evaluations } = JSON.parse(await show('json')) as ScanDocument;
        const ids = evaluations.filter(({ rule_id: rule }) => rule === 'ec2-required-tags').map((e) => e.resource_id);
        expect(ids).to.deep.equal(names.toSorted((a, b) => (a < b ? -1 : 1)));
        expect(evaluations).to.have.length(findings);
      });

      it('is a line of NDJSON a finding', async () => {
        const lines = (await show('ndjson')).trimEnd().split('\n');
        expect(lines.map((line) => typeof JSON.parse(line))).to.deep.equal(lines.map(() => 'object'));
        expect(lines.length).to.equal(1 + findings);
      });

      it('is SARIF with a result a finding', async () => {
        const { runs } = JSON.parse(await show('sarif')) as { runs: readonly { results: readonly unknown[] }[] };
        expect(runs.map(({ results }) => results.length)).to.deep.equal([findings]);
      });

      it('is XML with a test case a finding', async () => {
        const xml = await show('junit');
        const [root] = parseXml([xml]);
        expect(root?.tag).to.equal('testsuites');
        expect(root?.attributes['failures']).to.equal(String(findings));
        // oxlint-disable-next-line no-control-regex
        expect(xml).to.not.match(/[\u0000-\u0008\u000b\u000c\u000e-\u001f]/);
      });

      it('is CSV in which no cell is a formula', async () => {
        const [header = [], ...rows] = parseCsv(await show('csv'));
        expect(rows.map((row) => row.length)).to.deep.equal(Array.from({ length: findings }, () => header.length));
        expect(rows.flat().filter((cell) => /^[=+\-@\t\r]/.test(cell))).to.deep.equal([]);
      });

      it('is Markdown in whose table every row has its five cells, and no HTML', async () => {
        const markdown = await show('markdown');
        const rows = markdown.split('\n').filter((line) => /^\| (?:critical|medium) /.test(line));
        expect(rows.map((row) => row.split('|').length)).to.deep.equal(Array.from({ length: findings }, () => 7));
        expect(markdown).to.not.include('<script');
      });

      it('is workflow commands, none of which a name has made', async () => {
        const lines = (await show('github')).trimEnd().split('\n');
        const commands = lines.map((line) => /^::(\w[\w-]*)[ :]/.exec(line)?.[1]);
        expect(new Set(commands)).to.deep.equal(new Set(['error', 'notice', 'warning']));
      });
    });
  });
});
