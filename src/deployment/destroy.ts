/** `destroy`: what is lost is named, someone types the environment's name, and nothing is left that costs. */
import wrapAnsi from 'wrap-ansi';

import { createClients } from '../aws/clients.ts';
import { loadSettings } from '../config/load.ts';
import { plainText } from '../report/plain-text.ts';
import { plural } from '../report/plural.ts';
import { requireEnvironment } from '../stack/plan-stack.ts';
import type { Place } from '../stack/spec.ts';
import { EXIT } from '../user-error.ts';
import type { ExitCode } from '../user-error.ts';
import { noConfirmation } from './deploy.ts';
import type { Surroundings } from './deploy.ts';
import { storedHistory } from './history-kept.ts';
import type { StoredHistory } from './history-kept.ts';
import { OUTPUTS_FILE, removeOutputsFile } from './outputs-file.ts';
import { openPlace, stackRegion } from './place.ts';
import type { StackResource } from './runner.ts';

export interface DestroyFlags {
  readonly environment?: string | undefined;
  readonly config?: string | undefined;
  readonly region?: string | undefined;
  readonly backend?: string | undefined;
  readonly yes: boolean;
  readonly refresh: boolean;
  readonly 'outputs-file'?: string | undefined;
  readonly quiet: boolean;
  readonly json: boolean;
}

/**
 * @returns 0 where nothing is left, or the person said no
 * @throws UserError for what the person can mend
 */
export async function destroy(flags: DestroyFlags, surroundings: Surroundings): Promise<ExitCode> {
  const { env, directory, now, tell, print, canAsk, signal, onProgress, openRunner } = surroundings;
  if (!flags.yes && !canAsk) throw noConfirmation('destroy', 'Look first: compliancectl deploy --preview');
  const environment = requireEnvironment(flags.environment);
  const { configuration } = loadSettings({ file: flags.config, environment, env, directory, now });
  const { region } = await stackRegion(flags.region, configuration, env);
  const { place, account } = await openPlace(region, { env, signal });
  const backend = flags.backend ?? (env['PULUMI_BACKEND_URL'] || configuration.backend);
  const { secretsProvider } = configuration;
  const runner = await openRunner({ environment, place, backend, secretsProvider, signal, onProgress });
  if (!(await runner.exists())) {
    if (flags.json)
      await print(documentText(environment, place, { existed: false, deleted: 0, history: [], keys: [] }));
    else
      tell(sentence(`There is no stack ${environment} in account ${place.accountId}, ${region}: nothing was deleted.`));
    return EXIT.ok;
  }
  if (flags.refresh) await runner.refresh();
  const resources = await runner.resources();
  const clients = createClients({ region, credentials: account.credentials, env, signal });
  try {
    const history = await storedHistory(
      { buckets: idsOf(resources, 'aws:s3/bucket:Bucket'), table: idsOf(resources, 'aws:dynamodb/table:Table')[0] },
      clients,
      signal,
    );
    if (!flags.quiet || !flags.yes) tell(lossText(environment, place, { resources, history }));
    if (!flags.yes && !(await agreed(environment, surroundings))) {
      tell('Nothing was deleted.\n');
      return EXIT.ok;
    }
    const outputs = await runner.outputs();
    const deleted = await runner.destroy();
    await removeOutputsFile(flags['outputs-file'] ?? OUTPUTS_FILE, outputs);
    const keys = idsOf(resources, 'aws:kms/key:Key');
    if (flags.json) {
      await print(documentText(environment, place, { existed: true, deleted: deleted.length, history, keys }));
    } else if (!flags.quiet) {
      tell(doneText(environment, deleted.length, keys));
    }
    return EXIT.ok;
  } finally {
    clients.destroy();
  }
}

function idsOf(resources: readonly StackResource[], type: string): string[] {
  return resources.filter((resource) => resource.type === type).map(({ id }) => id);
}

async function agreed(environment: string, { ask }: Surroundings): Promise<boolean> {
  return (await ask(`\nThis cannot be undone. Type ${environment} to delete it all: `)).trim() === environment;
}

function lossText(
  environment: string,
  { accountId, region }: Place,
  { resources, history }: { readonly resources: readonly StackResource[]; readonly history: readonly StoredHistory[] },
): string {
  const own = resources.filter(({ type }) => type.startsWith('aws:'));
  const lost = history.map((one) => `  ${one.name}: ${countText(one)}\n`);
  return plainText(
    [
      `Stack ${environment} in account ${accountId}, ${region}: ${plural(own.length, 'resource')} to delete\n`,
      ...(lost.length === 0 ? [] : ['\nThis history is lost with it:\n', ...lost]),
    ].join(''),
  );
}

function countText({ kind, count, more }: StoredHistory): string {
  if (count === undefined) return 'AWS does not say how much';
  if (more) return `more than ${count} objects and versions`;
  return kind === 'table'
    ? `about ${plural(count, 'item')}`
    : plural(count, 'object or version', 'objects and versions');
}

function doneText(environment: string, deleted: number, keys: readonly string[]): string {
  const pending = keys.map((key) =>
    sentence(
      `AWS keeps the key ${key} for ${KEY_DAYS} days before it is gone; meanwhile it costs nothing and can be taken back: aws kms cancel-key-deletion --key-id ${key}`,
    ),
  );
  return [`Stack ${environment} is gone: ${plural(deleted, 'resource')} deleted.\n`, ...pending].join('');
}

/** As `planStack` sets it. */
const KEY_DAYS = 7;

function documentText(
  environment: string,
  { accountId, region }: Place,
  result: {
    readonly existed: boolean;
    readonly deleted: number;
    readonly history: readonly StoredHistory[];
    readonly keys: readonly string[];
  },
): string {
  const { existed, deleted, history, keys } = result;
  const document = {
    schema: 'compliancectl.destroy/1',
    environment,
    account_id: accountId,
    region,
    existed,
    deleted,
    history: history.map(({ kind, name, count, more }) => ({ kind, name, count: count ?? null, more })),
    keys_pending_deletion: keys,
  };
  return `${JSON.stringify(document, undefined, 2)}\n`;
}

function sentence(text: string): string {
  return `${wrapAnsi(plainText(text), 80)}\n`;
}
