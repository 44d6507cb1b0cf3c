import { Flags } from '@oclif/core';

import { BaseCommand } from '../cli/base-command.ts';
import { writeStdout } from '../cli/output.ts';
import { parseOutputs } from '../cli/outputs.ts';
import { OPTIONAL_KINDS } from '../optimize/model.ts';
import { ensureWritable } from '../result-files.ts';

/** What `--format` knows. */
const FORMATS = ['table', 'json', 'markdown'] as const;

export default class Optimize extends BaseCommand {
  static override summary = 'Scale a development environment down, say what that saves, and put it back.';
  static override description =
    'Finds the Aurora Serverless v2 clusters, ElastiCache replication groups and Fargate services of an environment, shows what it would lower and what that saves a month, asks, and lowers it; with --include it stops databases, instances and Auto Scaling groups, too. Every value is in the ledger before it is changed: --restore brings all of them back. What looks like production is refused, with --yes as without.';
  static override examples = [
    {
      description: 'Show what would be lowered, and what it saves:',
      command: '<%= config.bin %> optimize -e dev --dry-run',
    },
    {
      description: 'Stop databases, instances and Auto Scaling groups, too:',
      command: '<%= config.bin %> optimize -e dev --include rds,ec2,asg',
    },
    { description: 'With the arithmetic:', command: '<%= config.bin %> optimize -e dev --dry-run --show-math' },
    {
      description: 'In the evening, in CI:',
      command: '<%= config.bin %> optimize -e dev --yes --ledger s3://my-bucket/ledger',
    },
    {
      description: 'In the morning:',
      command: '<%= config.bin %> optimize -e dev --restore --yes --ledger s3://my-bucket/ledger',
    },
    {
      description: 'Say what costs money for nothing in the whole account and region:',
      command: '<%= config.bin %> optimize --waste',
    },
    { description: 'Print what it must be allowed:', command: '<%= config.bin %> optimize --print-iam-policy' },
  ];
  static override flags = {
    environment: Flags.string({
      char: 'e',
      summary: 'Name of the environment, the suffix of its resources.',
      env: 'ENVIRONMENT_SUFFIX',
      default: 'dev',
      helpValue: 'NAME',
    }),
    config: Flags.string({
      summary: 'Settings to use; without it compliancectl.yaml is looked for, from here up to the repository.',
      helpValue: 'FILE',
    }),
    region: Flags.string({ char: 'r', summary: 'Region to look at.', helpValue: 'REGION' }),
    'dry-run': Flags.boolean({ summary: 'Read and show, and change nothing.' }),
    yes: Flags.boolean({ summary: 'Go ahead without asking; needed without a terminal.' }),
    name: Flags.string({
      summary: 'What names of its resources begin with, before the suffix; may be given several times.',
      helpValue: 'NAME',
      multiple: true,
      multipleNonGreedy: true,
    }),
    tag: Flags.string({
      summary: 'A tag that its resources carry, as KEY=VALUE; several must all be there.',
      helpValue: 'TAG',
      multiple: true,
      multipleNonGreedy: true,
    }),
    stack: Flags.string({
      summary: 'A CloudFormation stack that its resources belong to; may be given several times.',
      helpValue: 'STACK',
      multiple: true,
      multipleNonGreedy: true,
    }),
    include: Flags.option({ options: [...OPTIONAL_KINDS, 'none'] as const, multiple: true, delimiter: ',' })({
      summary:
        'Stop these besides, separated by commas: rds (DB instances and provisioned Aurora), ec2 (instances), asg (Auto Scaling groups); none overrules the settings.',
      helpValue: 'KINDS',
    }),
    // The plan's document holds it: a flag that is not given must not be missing there.
    'keep-backups': Flags.boolean({ summary: 'Leave the retention of backups as it is.', default: false }),
    'snapshot-first': Flags.boolean({
      summary: 'Take a snapshot of each Aurora cluster before it is made smaller.',
    }),
    'plan-out': Flags.string({ summary: 'Write the plan to this file.', helpValue: 'FILE' }),
    plan: Flags.string({
      summary: 'Go ahead only if AWS still is as this plan says.',
      helpValue: 'FILE',
    }),
    ledger: Flags.string({
      summary: 'Where values are kept before they are changed: a folder, or s3://BUCKET/PREFIX; needed in CI.',
      helpValue: 'PLACE',
    }),
    restore: Flags.boolean({ summary: 'Put back what the ledger holds.' }),
    entry: Flags.string({
      summary: 'The entry of the ledger to put back; the open one when not set.',
      helpValue: 'ID',
    }),
    waste: Flags.boolean({
      summary: 'Report volumes, addresses and log groups that cost money for nothing, and change nothing.',
      default: false,
    }),
    timeout: Flags.integer({
      summary: 'Minutes that a change may take to be complete.',
      default: 30,
      min: 1,
      max: 720,
      helpValue: 'MINUTES',
    }),
    wait: Flags.boolean({
      summary: 'Wait until every change is complete, and read it back.',
      default: true,
      allowNo: true,
    }),
    prices: Flags.option({ options: ['auto', 'live', 'bundled'] as const, default: 'auto' as const })({
      summary: 'Where prices come from: AWS, or those that came with this tool; auto asks AWS where it may.',
    }),
    'show-math': Flags.boolean({ summary: 'Show how each saving is computed, from which prices.' }),
    format: Flags.string({
      char: 'f',
      summary: 'How to show the result, as FORMAT or FORMAT=FILE; may be given several times.',
      description: `The formats are ${FORMATS.join(', ')}.`,
      helpValue: 'FORMAT',
      multiple: true,
      multipleNonGreedy: true,
    }),
    'print-iam-policy': Flags.boolean({
      summary: 'Print the least IAM policy that scaling down and putting back need, and make no call.',
    }),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(Optimize);
    const targets = parseOutputs(flags.format ?? [], flags.json, FORMATS);
    // Loaded here, so that --help need not wait for the SDK.
    const [{ requestOf, wasteRequestOf }, { openSurroundings }] = await Promise.all([
      import('../optimize/request.ts'),
      import('../cli/optimize.ts'),
    ]);
    for (const { file } of targets) if (file !== undefined) await ensureWritable(file);
    const here = openSurroundings(flags, targets);
    if (flags.waste) {
      const { reportWaste, wastePolicy } = await import('../optimize/waste/report-waste.ts');
      const request = await wasteRequestOf(flags, here);
      if (flags['print-iam-policy']) return writeStdout([wastePolicy(request)]);
      try {
        process.exitCode = await reportWaste(request, here);
      } finally {
        here.close();
      }
      return;
    }
    const request = await requestOf(flags, here);
    if (flags['print-iam-policy']) {
      const { optimizePolicy } = await import('../optimize/policy-text.ts');
      await writeStdout([optimizePolicy({ ...request, include: request.choice?.include ?? [] })]);
      return;
    }
    try {
      const { scaleDown } = await import('../optimize/scale-down.ts');
      const { putBack } = await import('../optimize/put-back.ts');
      process.exitCode = await (flags.restore ? putBack(request, here) : scaleDown(request, here));
    } finally {
      here.close();
    }
  }
}
