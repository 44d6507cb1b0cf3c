import { Flags } from '@oclif/core';

import { BaseCommand } from '../cli/base-command.ts';
import { stackFlags } from '../cli/stack-flags.ts';

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
    ...stackFlags,
    yes: Flags.boolean({ summary: 'Delete without asking; needed without a terminal.' }),
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
