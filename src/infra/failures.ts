/** What Pulumi's failures mean, in the words of who has to mend them. */
import { EXIT, UserError } from '../user-error.ts';
import { stackName, withoutCredentials } from './backend.ts';
import type { Backend, StackAddress } from './backend.ts';
import { firstLine, providerWords } from './failure-text.ts';
import type { ResourceFailure } from './stack-changes.ts';

/** One or more resources failed; what had been done until then is in the state. */
export class DeploymentFailure extends UserError {
  readonly failures: readonly ResourceFailure[];

  constructor(failures: readonly ResourceFailure[], cause: unknown) {
    super(failuresText(failures), {
      code: failures.some(({ message }) => CREDENTIALS.test(message)) ? 'BAD_CREDENTIALS' : 'DEPLOYMENT_FAILED',
      exitCode: EXIT.failed,
      suggestions: failures.some(({ message }) => CREDENTIALS.test(message))
        ? SIGN_IN
        : ['What was done until then is kept: mend the cause, and run the same command again'],
      cause,
    });
    this.failures = failures;
  }
}

/** What a failure is judged by. */
export interface FailureContext {
  readonly address: StackAddress;
  readonly backend: Backend;
  /** Whether a process of this computer is there. */
  readonly isRunning: (pid: number) => boolean;
  /** This computer's name. */
  readonly host: string;
}

/** Resources named in the message; of more, their number. */
const NAMED = 3;

const CREDENTIALS =
  /no valid credential sources|failed to refresh cached credentials|no EC2 IMDS role found|ExpiredToken|InvalidClientTokenId|UnrecognizedClientException|SignatureDoesNotMatch|unable to validate AWS credentials|token has expired|SSO session/i;

const SIGN_IN = [
  'Set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY',
  'Sign in again (aws sso login), or renew the keys',
];

/**
 * The failure of the CLI itself, by what it wrote.
 *
 * @param text its standard error, or of old versions all that there is
 * @returns `undefined` where it is none that is known
 */
export function knownFailure(text: string, context: FailureContext, cause?: unknown): UserError | undefined {
  const { backend } = context;
  if (/currently locked by \d+ lock/.test(text)) return lockedError(text, context, cause);
  if (/\b409\b.*update is currently in progress|update is currently in progress.*\b409\b/i.test(text)) {
    return new UserError('Another run is changing this stack.', {
      code: 'LOCKED',
      exitCode: EXIT.failed,
      suggestions: ['Wait until it has ended, and run the same command again'],
      cause,
    });
  }
  if (/incorrect passphrase/.test(text)) {
    return new UserError('The passphrase is not the one that the secrets of this stack were encrypted with.', {
      code: 'PASSPHRASE',
      suggestions: ['Set PULUMI_CONFIG_PASSPHRASE to the one it was first deployed with'],
      cause,
    });
  }
  if (/passphrase must be set/.test(text)) {
    return new UserError('The secrets of this stack were encrypted with a passphrase, and none is given.', {
      code: 'NO_PASSPHRASE',
      suggestions: ['Set PULUMI_CONFIG_PASSPHRASE to the one it was first deployed with'],
      cause,
    });
  }
  if (/PULUMI_ACCESS_TOKEN must be set|invalid access token/i.test(text)) {
    return backendError(`${backend.shown} asks for an access token.`, ['Set PULUMI_ACCESS_TOKEN'], cause);
  }
  if (/unable to open state directory|no such file or directory.*state/i.test(text)) {
    return backendError(`There is no folder ${backend.shown}.`, ['Make the folder, or correct the backend'], cause);
  }
  if (/secrets manager|secrets \(code=/.test(text)) {
    return new UserError(`The key of the secrets provider cannot be used: ${reasonOf(text)}.`, {
      code: 'SECRETS_PROVIDER',
      exitCode: EXIT.failed,
      suggestions: ['Check secretsProvider, its region, and that kms:Encrypt and kms:Decrypt are allowed'],
      cause,
    });
  }
  if (/blob \(|could not list bucket|unable to open bucket|error listing stacks/.test(text)) {
    if (/NoSuchBucket|code=NotFound/.test(text)) {
      return backendError(
        `There is no bucket at ${backend.shown}.`,
        ['Make the bucket, or correct the backend'],
        cause,
      );
    }
    const credentials = CREDENTIALS.test(text);
    return backendError(
      `The backend ${backend.shown} cannot be used: ${credentials ? 'there are no credentials that it accepts' : reasonOf(text)}.`,
      credentials ? SIGN_IN : ['Check that s3:ListBucket, s3:GetObject, s3:PutObject and s3:DeleteObject are allowed'],
      cause,
    );
  }
  return undefined;
}

/** The failure of a run that no resource and nothing known is to blame for. */
export function unknownFailure(text: string, cause?: unknown): UserError {
  return new UserError(`Pulumi failed: ${reasonOf(text)}.`, {
    code: 'PULUMI_FAILED',
    exitCode: EXIT.failed,
    suggestions: ['What was done until then is kept: run the same command again'],
    cause,
  });
}

/** Ended early, by request, and in order. */
export function interrupted(done: number, cause?: unknown): UserError {
  return new UserError(
    done === 0
      ? 'Interrupted before anything was changed.'
      : `Interrupted: ${done === 1 ? 'one resource was' : `${done} resources were`} done by then, and the state is saved.`,
    { code: 'INTERRUPTED', exitCode: EXIT.interrupted, suggestions: ['Run the same command again to go on'], cause },
  );
}

function backendError(message: string, suggestions: readonly string[], cause: unknown): UserError {
  return new UserError(message, { code: 'BACKEND', exitCode: EXIT.failed, suggestions, cause });
}

function lockedError(text: string, { address, backend, isRunning, host }: FailureContext, cause: unknown): UserError {
  const [, user, computer, pid, since] = /created by (\S+)@(\S+) \(pid (\d+)\) at (\S+)/.exec(text) ?? [];
  const gone = computer === host && pid !== undefined && !isRunning(Number(pid));
  const holder =
    pid === undefined
      ? ''
      : `: process ${pid} of ${user} on ${computer}, since ${since}${gone ? ', which is gone' : ''}`;
  // A backend with settings is not to be shown whole.
  const place = backend.url === backend.shown ? `PULUMI_BACKEND_URL='${backend.url}' ` : '';
  const command = `${place}pulumi cancel --stack organization/${PROJECT}/${stackName(address)}`;
  return new UserError(`Another run holds the lock of this stack${holder}.`, {
    code: 'LOCKED',
    exitCode: EXIT.failed,
    suggestions: [
      ...(gone ? [] : ['Wait until it has ended, and run the same command again']),
      `${gone ? 'Take its lock away' : 'Where it is surely gone, take its lock away'}: ${command}`,
    ],
    cause,
  });
}

/** All stacks of this tool are of one project. */
export const PROJECT = 'compliancectl';

function failuresText(failures: readonly ResourceFailure[]): string {
  const verbs = { create: 'created', update: 'changed', replace: 'replaced', delete: 'deleted', refresh: 'read' };
  const named = failures
    .slice(0, NAMED)
    .map(({ operation, type, name, message }) => `${name} (${type}) could not be ${verbs[operation]}: ${message}.`);
  const more = failures.length - named.length;
  return [...named, ...(more > 0 ? [`So it is with ${more} more.`] : [])].join('\n');
}

/** The line that says what is wrong: the last of the errors, which is the first cause, in the words of the cloud. */
function reasonOf(text: string): string {
  const errors = text.split('\n').flatMap((line) => /^\s*error: (.+)$/.exec(line)?.[1] ?? []);
  const words = providerWords(errors[0] ?? firstLine(text));
  return withoutCredentials(words);
}
