import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';

import { Flags } from '@oclif/core';
import type { Interfaces } from '@oclif/core';

import { BaseCommand } from '../cli/base-command.ts';
import { ask, canAsk } from '../cli/confirm.ts';
import { interruptSignal } from '../cli/interrupt.ts';
import { writeStdout } from '../cli/output.ts';
import { ensureWritable, writeFileAtomically } from '../result-files.ts';
import { parseOutputs, writeOutputs } from '../cli/outputs.ts';
import type { OutputTarget } from '../cli/outputs.ts';
import { startProgress } from '../cli/progress.ts';
import type { Surroundings } from '../cli/remediation.ts';
import { startStatus } from '../cli/status-line.ts';
import { colourFor } from '../cli/terminal.ts';
import { startWaiting } from '../cli/waiting.ts';
import type { AnyRule } from '../engine/rule.ts';
import { SEVERITIES } from '../engine/verdict.ts';
import { FORMAT_NAMES } from '../report/formats.ts';
import type { Judged, Limits } from '../scan/outcome.ts';
import type { Ambient, ScanPlan } from '../scan/plan.ts';
import type { RemotePlan } from '../scan/remote-plan.ts';
import type { RemoteSettings } from '../scan/remote.ts';
import type { ScanOutcome } from '../scan/run.ts';
import { EXIT } from '../user-error.ts';
import type { ExitCode } from '../user-error.ts';

type ScanFlags = Interfaces.InferredFlags<typeof Scan.flags & typeof BaseCommand.baseFlags>;

export default class Scan extends BaseCommand {
  static override summary = 'Check an estate against the rules.';
  static override description =
    'Has the function that is deployed for an environment scan, by the settings it was deployed with, and shows the result; with --local, reads AWS or a saved snapshot itself. Every resource is judged by every rule for its type. What could not be read is UNKNOWN, and the permission that would settle it is named: it never counts as a pass.';
  static override examples = [
    { description: 'Have the deployed function scan, and see the result:', command: '<%= config.bin %> scan -e dev' },
    {
      description: 'Have it scan, and wait for nothing:',
      command: '<%= config.bin %> scan -e dev --async',
    },
    {
      description: 'Check the region of the AWS environment from here, without a stack:',
      command: '<%= config.bin %> scan --local',
    },
    {
      description: 'Check a saved estate, without AWS:',
      command: '<%= config.bin %> scan --local --snapshot estate.ndjson.gz',
    },
    {
      description: 'Show what the settings allow to be mended, and mend it once that is agreed to:',
      command: '<%= config.bin %> scan --local --fix',
    },
    {
      description: 'Save what was read, and check two regions:',
      command: '<%= config.bin %> scan --local -r eu-west-1,us-east-1 --save-snapshot estate.ndjson.gz',
    },
  ];
  static override flags = {
    environment: Flags.string({
      char: 'e',
      summary: 'Name of the environment, the suffix of its stack; it does not limit what is scanned.',
      default: 'dev',
      env: 'ENVIRONMENT_SUFFIX',
      helpValue: 'NAME',
    }),
    local: Flags.boolean({ summary: 'Run the engine here, instead of calling the deployed scanner.' }),
    async: Flags.boolean({ summary: 'Ask the deployed scanner for a scan, and do not wait for it.' }),
    config: Flags.string({
      summary: 'Settings to use; without it compliancectl.yaml is looked for, from here up to the repository.',
      helpValue: 'FILE',
    }),
    region: Flags.string({
      char: 'r',
      summary: 'Regions to read, separated by commas; without --local, the one that the stack lies in.',
      helpValue: 'REGIONS',
    }),
    'all-regions': Flags.boolean({
      summary: 'Read every region that is enabled for the account.',
      exclusive: ['region'],
    }),
    'role-arn': Flags.string({
      summary: 'Role to enter an account through; may be given several times.',
      helpValue: 'ARN',
      multiple: true,
      multipleNonGreedy: true,
    }),
    rule: Flags.string({
      summary: 'Run this rule alone; may be given several times.',
      helpValue: 'ID',
      multiple: true,
      multipleNonGreedy: true,
    }),
    severity: Flags.option({ options: SEVERITIES })({ summary: 'Run only rules of this severity or a worse one.' }),
    tag: Flags.string({
      summary: 'Judge only resources with this tag, as KEY or KEY=VALUE; given several times, with all of them.',
      helpValue: 'TAG',
      multiple: true,
      multipleNonGreedy: true,
    }),
    snapshot: Flags.string({ summary: 'Check this saved estate instead of AWS.', helpValue: 'FILE' }),
    'save-snapshot': Flags.string({
      summary: 'Save what was read from AWS into this file.',
      helpValue: 'FILE',
    }),
    at: Flags.string({
      summary: 'Judge as of this time, or "now"; a snapshot is else judged as of when it was collected.',
      helpValue: 'TIME',
    }),
    threshold: Flags.integer({
      summary: 'Lowest score that is good enough (0 to 100); below it the exit code is 1.',
      min: 0,
      max: 100,
      helpValue: 'SCORE',
    }),
    'fail-on': Flags.option({ options: [...SEVERITIES, 'new'] as const })({
      summary: 'Exit with 1 where a failure of this severity or a worse one is found, or one that the baseline lacks.',
    }),
    baseline: Flags.string({
      summary: 'Tell what is new, worse or fixed since this scan document.',
      helpValue: 'FILE',
    }),
    'allow-incomplete': Flags.boolean({ summary: 'Exit with 0, not 4, where something could not be read.' }),
    include: Flags.option({ options: ['pass', 'not-applicable'] as const, multiple: true, delimiter: ',' })({
      summary: 'Report these verdicts too.',
    }),
    format: Flags.string({
      char: 'f',
      summary: 'How to show the scan, as FORMAT or FORMAT=FILE; may be given several times.',
      description: `The formats are ${FORMAT_NAMES.join(', ')}.`,
      helpValue: 'FORMAT',
      multiple: true,
      multipleNonGreedy: true,
    }),
    limit: Flags.integer({
      summary: 'Findings that the table and Markdown show at most.',
      default: 50,
      min: 0,
      helpValue: 'N',
    }),
    explain: Flags.boolean({ summary: 'List the API calls that the scan would make, and make none.' }),
    'print-iam-policy': Flags.boolean({
      summary: 'Print the least IAM policy that the scan needs, and make no call.',
      exclusive: ['explain'],
    }),
    fix: Flags.boolean({
      summary: 'Mend what the settings allow under remediation, once the plan is agreed to.',
      exclusive: ['undo'],
    }),
    undo: Flags.string({
      summary: 'Undo what --fix changed, by the id of a run or of one of its audit records; nothing is scanned.',
      helpValue: 'AUDIT',
    }),
    yes: Flags.boolean({ summary: 'Change AWS without asking; needed by --fix and --undo without a terminal.' }),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(Scan);
    const targets = parseOutputs(flags.format ?? [], flags.json, FORMAT_NAMES);
    const ambient = { env: process.env, directory: process.cwd(), now: new Date(), scanId: randomUUID() };
    await (flags.local && !flags.async
      ? this.scanHere(flags, targets, ambient)
      : this.scanRemotely(flags, targets, ambient));
  }

  /** By the engine at hand. */
  private async scanHere(flags: ScanFlags, targets: readonly OutputTarget[], ambient: Ambient): Promise<void> {
    // Loaded here, so that --help need not wait for the engine.
    const [{ planScan }, { fix, refuseFlags, undo }] = await Promise.all([
      import('../scan/plan.ts'),
      import('../cli/remediation.ts'),
    ]);
    const plan = await planScan(flags, ambient);
    refuseFlags(flags, plan, canAsk());
    if (flags.explain || flags['print-iam-policy']) {
      const { describeCalls } = await import('../scan/describe-calls.ts');
      await writeStdout(describeCalls(plan, flags));
      return;
    }
    if (flags.undo !== undefined) {
      process.exitCode = await undo(flags.undo, plan, flags, this.surroundings(interruptSignal()));
      return;
    }
    await ensureAllWritable(targets, plan.saveSnapshot);
    for (const note of plan.notes) this.note(note, flags);
    const signal = interruptSignal();
    const outcome = await this.carryOut(plan, flags, signal);
    const rules = plan.rules.map(({ rule }) => rule);
    const exitCode = await this.show(outcome, rules, { targets, flags, limits: plan.limits });
    process.exitCode = exitCode;
    // What was cut short, or saw nothing, is no ground to change anything on.
    if (!flags.fix || exitCode === EXIT.failed || exitCode === EXIT.interrupted) return;
    const fixed = await fix(outcome, plan, flags, this.surroundings(signal));
    process.exitCode = exitCode === EXIT.incomplete && fixed === EXIT.ok ? exitCode : fixed;
  }

  /** By the function that is deployed. */
  private async scanRemotely(flags: ScanFlags, targets: readonly OutputTarget[], ambient: Ambient): Promise<void> {
    const [{ planRemoteScan }, { requestRemoteScan, runRemoteScan }] = await Promise.all([
      import('../scan/remote-plan.ts'),
      import('../scan/remote.ts'),
    ]);
    const plan = await planRemoteScan(flags, ambient);
    await ensureAllWritable(targets);
    for (const note of plan.notes) this.note(note, flags);
    if (flags.async) {
      const { document, text } = await this.waitFor(requestRemoteScan, plan, flags);
      await writeStdout([flags.json ? `${JSON.stringify(document, undefined, 2)}\n` : text]);
      return;
    }
    const scan = await this.waitFor(runRemoteScan, plan, flags);
    for (const note of scan.notes) this.note(note, flags);
    process.exitCode = await this.show(scan, scan.rules, { targets, flags, limits: plan.limits });
  }

  private async waitFor<Result>(
    work: (plan: RemotePlan, settings: RemoteSettings) => Promise<Result>,
    plan: RemotePlan,
    flags: ScanFlags,
  ): Promise<Result> {
    const shown = !flags.quiet && !flags.json && !flags.async;
    const waiting = startWaiting(startStatus({ shown, terminal: process.stderr.isTTY }));
    try {
      return await work(plan, { env: process.env, signal: interruptSignal(), onProgress: waiting.show });
    } finally {
      waiting.stop();
    }
  }

  /** Writes a scan wherever it is to go, says what decides the exit code, and gives that. */
  private async show(
    scan: Judged,
    rules: readonly AnyRule[],
    {
      targets,
      flags,
      limits,
    }: { readonly targets: readonly OutputTarget[]; readonly flags: ScanFlags; readonly limits: Limits },
  ): Promise<ExitCode> {
    const context = {
      chalk: colourFor('stdout', process.env),
      limit: flags.limit,
      toolVersion: this.config.version,
      rules,
    };
    await writeOutputs(scan, targets, context, { keepFiles: !scan.head.complete, env: process.env });
    const { judgeOutcome } = await import('../scan/outcome.ts');
    const { exitCode, reasons } = judgeOutcome(scan, limits);
    for (const reason of reasons) this.note(reason, flags);
    return exitCode;
  }

  private surroundings(stop: AbortSignal): Surroundings {
    return {
      env: process.env,
      stop,
      canAsk: canAsk(),
      ask,
      tell: (text) => void process.stderr.write(text),
      print: (text) => writeStdout([text]),
      chalk: colourFor('stderr', process.env),
      clock: () => new Date(),
      pause: (milliseconds) => sleep(milliseconds),
    };
  }

  private async carryOut(
    plan: ScanPlan,
    flags: { readonly quiet: boolean; readonly json: boolean },
    signal: AbortSignal,
  ): Promise<ScanOutcome> {
    const [{ openSource, runScan }, { SnapshotWriter }] = await Promise.all([
      import('../scan/run.ts'),
      import('../inventory/snapshot.ts'),
    ]);
    const progress = startProgress(process.stderr.isTTY && !flags.quiet && !flags.json);
    const writer = plan.saveSnapshot === undefined ? undefined : new SnapshotWriter();
    try {
      const inventory = await openSource(plan, { env: process.env, signal, onProgress: progress.update });
      const outcome = await runScan(inventory, plan, (page) => writer?.add(page));
      // An interrupted walk would replace a whole snapshot by a part of one.
      if (plan.saveSnapshot !== undefined && writer !== undefined && !signal.aborted) {
        const origin = { toolVersion: this.config.version, scanId: plan.scanId, collectedAt: plan.now };
        await writeFileAtomically(plan.saveSnapshot, writer.finish(inventory, origin));
      }
      return outcome;
    } finally {
      progress.stop();
    }
  }
}

/** Better said before the work than after it. */
async function ensureAllWritable(targets: readonly OutputTarget[], snapshot?: string): Promise<void> {
  const files = [snapshot, ...targets.map(({ file }) => file)].filter((file) => file !== undefined);
  await Promise.all(files.map(ensureWritable));
}
