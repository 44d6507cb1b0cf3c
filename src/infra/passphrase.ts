/** What encrypts the secrets in a stack's state: a key of a cloud's, or a passphrase that is given, or made once. */
import { randomBytes, randomUUID } from 'node:crypto';
import { link, mkdir, open, readFile, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';

import { isCi } from '../state-files.ts';
import { UserError } from '../user-error.ts';
import { keepsSecrets } from './backend.ts';
import type { Backend } from './backend.ts';

export type Secrets =
  /** A key of a cloud's: `awskms://alias/state?region=eu-west-1`. */
  | { readonly kind: 'key'; readonly url: string }
  | { readonly kind: 'passphrase'; readonly passphrase: string }
  | { readonly kind: 'file'; readonly path: string }
  /** Made once, in this folder. */
  | { readonly kind: 'own'; readonly folder: string }
  /** The backend's business. */
  | { readonly kind: 'backend' };

const KEYS = /^(?:awskms|azurekeyvault|gcpkms|hashivault):\/\//;

/**
 * @param secretsProvider of the configuration
 * @param directory what a relative `PULUMI_CONFIG_PASSPHRASE_FILE` starts from
 * @throws UserError `NO_PASSPHRASE` where one must be given and is not; `BAD_SECRETS_PROVIDER`
 */
export function chooseSecrets(
  backend: Backend,
  secretsProvider: string | undefined,
  env: NodeJS.ProcessEnv,
  directory: string,
): Secrets {
  if (secretsProvider !== undefined && secretsProvider !== '' && secretsProvider !== 'passphrase') {
    if (KEYS.test(secretsProvider)) return { kind: 'key', url: secretsProvider };
    throw new UserError('The secrets provider is none that Pulumi has.', {
      code: 'BAD_SECRETS_PROVIDER',
      suggestions: ['Name a key of KMS: secretsProvider: awskms://alias/my-key?region=eu-west-1'],
    });
  }
  // An empty one is what CI hands over for a secret that is not there.
  const passphrase = env['PULUMI_CONFIG_PASSPHRASE'];
  if (passphrase !== undefined && passphrase !== '') return { kind: 'passphrase', passphrase };
  const file = env['PULUMI_CONFIG_PASSPHRASE_FILE'];
  if (file !== undefined && file !== '') return { kind: 'file', path: resolve(directory, file) };
  if (backend.ownFolder !== undefined && !isCi(env)) return { kind: 'own', folder: backend.ownFolder };
  if (keepsSecrets(backend)) return { kind: 'backend' };
  throw new UserError('There is no passphrase for the secrets in the state.', {
    code: 'NO_PASSPHRASE',
    suggestions: [
      'Set PULUMI_CONFIG_PASSPHRASE or PULUMI_CONFIG_PASSPHRASE_FILE, to the same for everyone who deploys this stack',
      'Or name a key of KMS: secretsProvider: awskms://alias/my-key?region=eu-west-1',
    ],
  });
}

/**
 * What the CLI finds the passphrase by.
 *
 * @throws UserError `NO_PASSPHRASE` for a file that cannot be read or is empty
 */
export async function secretsEnvironment(secrets: Secrets): Promise<Readonly<Record<string, string>>> {
  switch (secrets.kind) {
    case 'passphrase':
      return { PULUMI_CONFIG_PASSPHRASE: secrets.passphrase };
    case 'file':
      return { PULUMI_CONFIG_PASSPHRASE: await givenPassphrase(secrets.path) };
    case 'own':
      return { PULUMI_CONFIG_PASSPHRASE: await ownPassphrase(secrets.folder) };
    case 'key':
    case 'backend':
      return {};
  }
}

/** Pulumi leaves out the space around it too. */
async function givenPassphrase(path: string): Promise<string> {
  const refused = (reason: string, cause?: unknown) =>
    new UserError(`The file of PULUMI_CONFIG_PASSPHRASE_FILE ${reason}.`, {
      code: 'NO_PASSPHRASE',
      suggestions: ['Put the passphrase into it, or set PULUMI_CONFIG_PASSPHRASE'],
      cause,
    });
  try {
    const passphrase = (await readFile(path, 'utf8')).trim();
    if (passphrase !== '') return passphrase;
  } catch (error) {
    throw refused(isCode(error, 'ENOENT') ? 'is not there' : 'cannot be read', error);
  }
  throw refused('is empty');
}

/**
 * The passphrase in the folder; made where there is none, and the same for all who ask at once.
 *
 * @returns 32 random bytes as base64url
 */
export async function ownPassphrase(folder: string): Promise<string> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const file = join(folder, 'passphrase');
  return (await readPassphrase(file)) ?? (await makePassphrase(folder, file));
}

async function readPassphrase(file: string): Promise<string | undefined> {
  try {
    return (await readFile(file, 'utf8')).trim();
  } catch (error) {
    if (isCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}

/** Whole before it has its name, and never over another: a link is made at once, and only where there is nothing. */
async function makePassphrase(folder: string, file: string): Promise<string> {
  const temporary = join(folder, `.${randomUUID()}.tmp`);
  try {
    const passphrase = randomBytes(32).toString('base64url');
    const handle = await open(temporary, 'wx', 0o600);
    try {
      await handle.writeFile(`${passphrase}\n`);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await link(temporary, file);
    return passphrase;
  } catch (error) {
    const first = isCode(error, 'EEXIST') ? await readPassphrase(file) : undefined;
    if (first === undefined) throw error;
    return first;
  } finally {
    await rm(temporary, { force: true });
  }
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
