/** Where a stack's state is kept, and which of the places that may say so is heard. */
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

import { isCi, stateFolder } from '../state-files.ts';
import { EXIT, UserError } from '../user-error.ts';

/** Which stack: one environment in one region of one account. */
export interface StackAddress {
  readonly environment: string;
  readonly accountId: string;
  readonly region: string;
}

export interface Backend {
  /** As Pulumi takes it: may hold credentials, and is not for showing. */
  readonly url: string;
  /** The same for people: without credentials and settings. */
  readonly shown: string;
  /** The folder in the user's state folder, where no backend was given. */
  readonly ownFolder?: string;
}

export interface BackendChoice {
  /** `--backend`. */
  readonly flag?: string | undefined;
  /** `backend` of the configuration. */
  readonly configured?: string | undefined;
  /** For `PULUMI_BACKEND_URL`, `CI`, `XDG_STATE_HOME` and `HOME`. */
  readonly env: NodeJS.ProcessEnv;
  /** What a relative `file://` starts from. */
  readonly directory: string;
}

const SCHEMES = ['file', 's3', 'gs', 'azblob', 'https'];

/**
 * The flag, then `PULUMI_BACKEND_URL`, then the configuration, then a folder of the user's own.
 *
 * @throws UserError `NO_BACKEND` in CI, where such a folder would be lost; `BAD_BACKEND` for one that Pulumi does not know
 */
export function chooseBackend({ flag, configured, env, directory }: BackendChoice, address: StackAddress): Backend {
  const given = [flag, env['PULUMI_BACKEND_URL'], configured].find((url) => url !== undefined && url !== '');
  if (given !== undefined) return givenBackend(given, env, directory);
  if (isCi(env)) {
    throw new UserError('CI is set, and local state would be lost with the runner.', {
      code: 'NO_BACKEND',
      suggestions: [
        'Pass --backend s3://bucket, or set PULUMI_BACKEND_URL',
        'Set PULUMI_CONFIG_PASSPHRASE too, or secretsProvider: awskms://... in the configuration',
      ],
    });
  }
  const ownFolder = join(stateFolder(env), address.accountId, address.region, address.environment);
  const { href } = pathToFileURL(ownFolder);
  return { url: href, shown: href, ownFolder };
}

/** Pulumi Cloud, or a server of that kind: it keeps the secrets' key itself. */
export function keepsSecrets({ url }: Backend): boolean {
  return url.startsWith('https:');
}

/**
 * The stack's name in its backend. A bucket may hold the stacks of many accounts, so the environment alone would not do.
 * Pulumi allows letters, digits, `-`, `_` and `.`; none of the three parts has a `.` itself.
 */
export function stackName({ environment, accountId, region }: StackAddress): string {
  return `${environment}.${accountId}.${region}`;
}

/** The text without what Pulumi must know of a backend and nobody else. */
export function withoutCredentials(text: string): string {
  return text.replace(
    /\b([a-z][a-z0-9+.-]*:\/\/)(?:[^\s/@]*@)?([^\s?#'"]*)(?:\?[^\s'"]*?(?=:?(?:\s|['"]|$)))?/gi,
    '$1$2',
  );
}

function givenBackend(given: string, env: NodeJS.ProcessEnv, directory: string): Backend {
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(given)?.[1]?.toLowerCase();
  if (scheme === undefined || !SCHEMES.includes(scheme)) {
    throw new UserError(
      scheme === undefined
        ? 'The backend is not a URL.'
        : `The backend's ${scheme}:// is none of ${SCHEMES.map((known) => `${known}://`).join(', ')}.`,
      {
        code: 'BAD_BACKEND',
        suggestions: ['Give a bucket, as in s3://bucket/folder', 'Give a folder, as in file:///home/me/state'],
        exitCode: EXIT.usage,
      },
    );
  }
  const url = scheme === 'file' ? fileUrl(given, env, directory) : given;
  return { url, shown: withoutCredentials(url) };
}

/** Pulumi runs in a folder of its own, so a path that starts here or at home must be whole before. */
function fileUrl(given: string, env: NodeJS.ProcessEnv, directory: string): string {
  const [, path = '', settings = ''] = /^file:\/\/([^?]*)(\?.*)?$/i.exec(given) ?? [];
  const home = env['HOME'] ?? homedir();
  const whole = path === '' || path === '~' ? home : resolve(directory, decoded(path).replace(/^~(?=\/)/, home));
  return `${pathToFileURL(whole).href}${settings}`;
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}
