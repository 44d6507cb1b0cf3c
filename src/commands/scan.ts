import { randomUUID } from 'node:crypto';

import { Flags } from '@oclif/core';

import { BaseCommand } from '../cli/base-command.ts';
import { interruptSignal } from '../cli/interrupt.ts';
import { writeFileAtomically, writeStdout } from '../cli/output.ts';
import { startProgress } from '../cli/progress.ts';
import { colourFor } from '../cli/terminal.ts';
import { SEVERITIES } from '../engine/verdict.ts';
import { UserError } from '../user-error.ts';

export default class Scan extends BaseCommand {
  static override summary = 'Check an estate against the rules.';
  static override description =
    'Reads AWS, or a saved snapshot, and judges every resource by every rule for its type. What could not be read is UNKNOWN, and the permission that would settle it is named: it never counts as a pass.';
  static override examples = [
    { description: 'Check the region of the AWS environment:', command: '<%= config.bin %> scan --local' },
    {
      description: 'Check a saved estate, without AWS:',
      command: '<%= config.bin %> scan --local --snapshot estate.ndjson.gz',
    },
    {
      description: 'Save what was read, and check two regions:',
      command: '<%= config.bin %> scan --local -r eu-west-1,us-east-1 --save-snapshot estate.ndjson.gz',
    },
  ];
  static override flags = {
    local: Flags.boolean({ summary: 'Run the engine here, instead of calling the deployed scanner.' }),
    environment: Flags.string({
      char: 'e',
      summary: 'Name of the environment; it does not limit what is scanned.',
      default: 'dev',
      env: 'ENVIRONMENT_SUFFIX',
    }),
    region: Flags.string({ char: 'r', summary: 'Regions to read, separated by commas.' }),
    snapshot: Flags.string({
      summary: 'Check this saved estate instead of AWS.',
      helpValue: 'FILE',
      dependsOn: ['local'],
    }),
    'save-snapshot': Flags.string({
      summary: 'Save what was read from AWS into this file.',
      helpValue: 'FILE',
      dependsOn: ['local'],
      exclusive: ['snapshot'],
    }),
    threshold: Flags.integer({
      summary: 'Lowest score that is good enough (0 to 100); below it the exit code is 1.',
      min: 0,
      max: 100,
    }),
    'fail-on': Flags.option({ options: SEVERITIES })({
      summary: 'Exit with 1 where a failure of this severity or a worse one is found.',
    }),
    'allow-incomplete': Flags.boolean({ summary: 'Exit with 0, not 4, where something could not be read.' }),
    include: Flags.option({ options: ['pass', 'not-applicable'] as const, multiple: true, delimiter: ',' })({
      summary: 'Show these verdicts too.',
    }),
    limit: Flags.integer({ summary: 'Findings that the table shows at most.', default: 50, min: 0 }),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(Scan);
    if (!flags.local) throw needsDeployedStack();
    // Loaded here, so that --help need not wait for the engine.
    const [{ planScan }, { openSource, runScan }, { judgeOutcome }] = await Promise.all([
      import('../scan/plan.ts'),
      import('../scan/run.ts'),
      import('../scan/outcome.ts'),
    ]);
    const now = new Date();
    const plan = await planScan(flags, { env: process.env, now, scanId: randomUUID() });
    for (const note of plan.notes) this.note(note, flags);

    const progress = startProgress(process.stderr.isTTY && !flags.quiet && !flags.json);
    const signal = interruptSignal();
    const inventory = await openSource(plan, { env: process.env, signal, onProgress: progress.update });
    const { SnapshotWriter } = await import('../inventory/snapshot.ts');
    const writer = plan.saveSnapshot === undefined ? undefined : new SnapshotWriter();
    const outcome = await runScan(inventory, plan, (page) => writer?.add(page));
    progress.stop();

    if (plan.saveSnapshot !== undefined && writer !== undefined && !signal.aborted) {
      const origin = { toolVersion: this.config.version, scanId: plan.scanId, collectedAt: plan.now };
      await writeFileAtomically(plan.saveSnapshot, writer.finish(inventory, origin));
    }
    const { renderJson } = await import('../report/json.ts');
    const { renderTable } = await import('../report/table.ts');
    const chalk = colourFor('stdout', process.env);
    await writeStdout(flags.json ? renderJson(outcome) : renderTable(outcome, { chalk, limit: flags.limit }));

    const { exitCode, reasons } = judgeOutcome(outcome, plan.limits);
    for (const reason of reasons) this.note(reason, flags);
    process.exitCode = exitCode;
  }
}

function needsDeployedStack(): UserError {
  return new UserError(
    'Without --local, scan calls the scanner of a deployed stack, and this version cannot deploy one yet.',
    {
      code: 'NOT_DEPLOYED',
      suggestions: ['Run the engine here: compliancectl scan --local'],
    },
  );
}
