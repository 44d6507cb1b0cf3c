/** Flags of the commands that are about one stack. */
import { Flags } from '@oclif/core';

/** Which stack it is, what it is to be, and where its state lies. */
export const stackFlags = {
  environment: Flags.string({
    char: 'e',
    summary: 'Name of the environment, the suffix of everything in the stack.',
    env: 'ENVIRONMENT_SUFFIX',
    helpValue: 'NAME',
  }),
  config: Flags.string({
    summary: 'Settings to use; without it compliancectl.yaml is looked for, from here up to the repository.',
    helpValue: 'FILE',
  }),
  region: Flags.string({ char: 'r', summary: 'Region that the stack lies in.', helpValue: 'REGION' }),
  backend: Flags.string({
    summary: 'Where Pulumi keeps the stack’s state, as s3://BUCKET; a folder of your own when not set.',
    helpValue: 'URL',
  }),
  'outputs-file': Flags.string({
    summary: 'File of the stack’s outputs; cfn-outputs/flat-outputs.json when not set.',
    helpValue: 'FILE',
  }),
  refresh: Flags.boolean({ summary: 'Look first at what is really there: for a stack that was changed by hand.' }),
};
