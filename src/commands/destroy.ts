import { Flags } from '@oclif/core';

import { BaseCommand } from '../cli/base-command.ts';

export default class Destroy extends BaseCommand {
  static override summary = 'Delete the monitoring stack of an environment, and all that it stored.';
  static override description =
    'Names the history that is lost, asks for the environment’s name, and deletes everything: buckets with all versions, table, logs, functions. A KMS key of the stack stays pending for seven days, as AWS has it; it costs nothing then. What the stack watched is not touched.';
  static override examples = [
    { description: 'Delete the stack of dev, once its name is typed:', command: '<%= config.bin %> destroy -e dev' },
    {
      description: 'In CI:',
      command: '<%= config.bin %> destroy -e pr-17 --yes --backend s3://my-pulumi-state',
    },
  ];
  static override flags = {
    environment: Flags.string({
      char: 'e',
      summary: 'Name of the environment.',
      env: 'ENVIRONMENT_SUFFIX',
      helpValue: 'NAME',
    }),
    config: Flags.string({
      summary: 'Settings to use; without it compliancectl.yaml is looked for, from here up to the repository.',
      helpValue: 'FILE',
    }),
    region: Flags.string({ char: 'r', summary: 'Region that the stack lies in.', helpValue: 'REGION' }),
    yes: Flags.boolean({ summary: 'Delete without asking; needed without a terminal.' }),
    refresh: Flags.boolean({ summary: 'Look first at what is really there: for a stack that was changed by hand.' }),
    backend: Flags.string({
      summary: 'Where Pulumi keeps the stack’s state, as s3://BUCKET; a folder of your own when not set.',
      helpValue: 'URL',
    }),
    'outputs-file': Flags.string({
      summary: 'File of outputs that goes with the stack; cfn-outputs/flat-outputs.json when not set.',
      helpValue: 'FILE',
    }),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(Destroy);
    // Loaded here, so that --help need not wait for Pulumi.
    const [{ destroy }, { openSurroundings }] = await Promise.all([
      import('../deployment/destroy.ts'),
      import('../cli/deployment.ts'),
    ]);
    const here = openSurroundings(flags);
    try {
      process.exitCode = await destroy(flags, here);
    } finally {
      here.close();
    }
  }
}
