import { Flags } from '@oclif/core';

import { BaseCommand } from '../cli/base-command.ts';
import { writeStdout } from '../cli/output.ts';
import { stackFlags } from '../cli/stack-flags.ts';

export default class Deploy extends BaseCommand {
  static override summary = 'Create or update the monitoring stack of an environment.';
  static override description =
    'Shows what would be changed and what the stack costs a month, asks, and makes it so with Pulumi, which is installed where it is missing. Run again, it changes what differs and continues what was cut short. The outputs are written to a file too.';
  static override examples = [
    {
      description: 'Show the plan and its cost, and deploy once that is agreed to:',
      command: '<%= config.bin %> deploy -e dev',
    },
    { description: 'Show them alone:', command: '<%= config.bin %> deploy -e dev --preview' },
    {
      description: 'In CI, where the state must outlive the runner:',
      command: '<%= config.bin %> deploy -e staging --yes --backend s3://my-pulumi-state',
    },
    {
      description: 'Print what the user who deploys must be allowed:',
      command: '<%= config.bin %> deploy -e dev --print-iam-policy',
    },
  ];
  static override flags = {
    ...stackFlags,
    preview: Flags.boolean({ summary: 'Show the plan and its cost, and change nothing.' }),
    yes: Flags.boolean({ summary: 'Go ahead without asking; needed without a terminal.' }),
    assume: Flags.string({
      summary: 'Estimate the cost for this, as NAME=NUMBER; may be given several times.',
      helpValue: 'ASSUMPTION',
      multiple: true,
      multipleNonGreedy: true,
    }),
    'print-iam-policy': Flags.boolean({
      summary: 'Print the least IAM policy that deploying and destroying need, and make no call.',
      exclusive: ['preview'],
    }),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(Deploy);
    // Loaded here, so that --help need not wait for Pulumi.
    if (flags['print-iam-policy']) {
      const { deployerPolicyText } = await import('../deployment/deployer-policy-text.ts');
      await writeStdout([
        await deployerPolicyText(flags, { env: process.env, directory: process.cwd(), now: new Date() }),
      ]);
      return;
    }
    const [{ deploy }, { openSurroundings }] = await Promise.all([
      import('../deployment/deploy.ts'),
      import('../cli/deployment.ts'),
    ]);
    const here = openSurroundings(flags);
    try {
      process.exitCode = await deploy(flags, here);
    } finally {
      here.close();
    }
  }
}
