/** Which accounts a scan reads, with which credentials, and who AWS says they are. */
import type { AwsCredentialIdentityProvider } from '@smithy/types';

import { UserError, EXIT } from '../user-error.ts';
import { clientConfig } from './clients.ts';
import { failureOf, isCredentialsError, present } from './errors.ts';
import type { Failure } from './errors.ts';

/** A role to read an account through; without one, the credentials at hand are used as they are. */
export interface AccountRole {
  /** Known where the configuration names it. */
  readonly id?: string;
  readonly roleArn: string;
  readonly externalId?: string;
}

export interface Account {
  readonly accountId: string;
  /** `aws`, `aws-cn`, `aws-us-gov`: from STS, never guessed from a region's name. */
  readonly partition: string;
  readonly credentials: AwsCredentialIdentityProvider;
}

/** An account that could not be entered: a gap in the scan, never its end. */
export interface ClosedAccount {
  readonly accountId: string;
  /** The call of STS that did not let us in. */
  readonly operation: 'AssumeRole' | 'GetCallerIdentity';
  readonly failure: Failure;
}

export interface AccountSettings {
  /** Where STS is asked. */
  readonly region: string;
  readonly env: NodeJS.ProcessEnv;
  readonly signal: AbortSignal;
}

/**
 * The account of the credentials at hand.
 *
 * @throws UserError `NO_CREDENTIALS`, `BAD_CREDENTIALS`, `STS_UNREACHABLE` or `INTERRUPTED`: without an identity there
 *   is no scan
 */
export async function openOwnAccount(settings: AccountSettings): Promise<Account> {
  const credentials = await ownCredentials(settings);
  try {
    return { ...(await identify(credentials, settings)), credentials };
  } catch (error) {
    throw asUserError(error, settings);
  }
}

/**
 * The accounts behind a list of roles, in its order, each entered or closed on its own.
 *
 * @throws UserError as `openOwnAccount` does, where the credentials at hand are no good for any of them
 */
export async function openAccounts(
  roles: readonly AccountRole[],
  settings: AccountSettings,
): Promise<(Account | ClosedAccount)[]> {
  const own = await ownCredentials(settings);
  const { fromTemporaryCredentials } = await import('@aws-sdk/credential-providers');
  const { doesIdentityRequireRefresh, isIdentityExpired, memoizeIdentityProvider } = await import('@smithy/core');
  return Promise.all(
    roles.map(async ({ id, roleArn, externalId }) => {
      const accountId = id ?? accountOfArn(roleArn);
      // Each client remembers what it was given, and there is a client for every service and region: without a memory
      // that they share, each of them would enter the account anew.
      const credentials = memoizeIdentityProvider(
        fromTemporaryCredentials({
          masterCredentials: own,
          params: {
            RoleArn: roleArn,
            RoleSessionName: 'compliancectl',
            ...(externalId !== undefined && { ExternalId: externalId }),
          },
          clientConfig: clientConfig({ ...settings, credentials: own }),
        }),
        isIdentityExpired,
        doesIdentityRequireRefresh,
      ) as AwsCredentialIdentityProvider;
      let operation: ClosedAccount['operation'] = 'AssumeRole';
      const entering: AwsCredentialIdentityProvider = async (properties) => {
        const temporary = await credentials(properties);
        operation = 'GetCallerIdentity';
        return temporary;
      };
      try {
        const account = await identify(entering, settings);
        if (account.accountId === accountId) return { ...account, credentials };
        const detail = `Role ${roleArn} belongs to account ${account.accountId}, not ${accountId}`;
        return { accountId, operation: 'GetCallerIdentity', failure: { reason: 'error', detail } };
      } catch (error) {
        if (error instanceof Error && error.name === 'CredentialsProviderError' && !('$metadata' in error))
          throw asUserError(error, settings);
        const failure = failureOf(error);
        if (failure === undefined) throw error;
        return { accountId, operation, failure };
      }
    }),
  );
}

/**
 * The ARN that the credentials at hand act under.
 *
 * @throws UserError as `openOwnAccount` does
 */
export async function ownArn(settings: AccountSettings): Promise<string> {
  try {
    return (await callerIdentity(await ownCredentials(settings), settings)).arn;
  } catch (error) {
    throw asUserError(error, settings);
  }
}

async function ownCredentials({ region }: AccountSettings): Promise<AwsCredentialIdentityProvider> {
  const { fromNodeProviderChain } = await import('@aws-sdk/credential-providers');
  return fromNodeProviderChain({ clientConfig: { region } }) as AwsCredentialIdentityProvider;
}

async function identify(
  credentials: AwsCredentialIdentityProvider,
  settings: AccountSettings,
): Promise<Pick<Account, 'accountId' | 'partition'>> {
  const { accountId, arn } = await callerIdentity(credentials, settings);
  return { accountId, partition: arn.split(':')[1] ?? 'aws' };
}

async function callerIdentity(
  credentials: AwsCredentialIdentityProvider,
  settings: AccountSettings,
): Promise<{ readonly accountId: string; readonly arn: string }> {
  const { GetCallerIdentityCommand, STSClient } = await import('@aws-sdk/client-sts');
  const sts = new STSClient(clientConfig({ ...settings, credentials }));
  try {
    const identity = await sts.send(new GetCallerIdentityCommand({}), { abortSignal: settings.signal });
    return { accountId: present(identity.Account, 'Account'), arn: present(identity.Arn, 'Arn') };
  } finally {
    sts.destroy();
  }
}

function asUserError(error: unknown, { signal }: AccountSettings): unknown {
  const failure = failureOf(error);
  if (failure === undefined) return error;
  if (signal.aborted) {
    return new UserError('Interrupted before AWS said whose credentials these are.', {
      code: 'INTERRUPTED',
      exitCode: EXIT.interrupted,
      cause: error,
    });
  }
  if (error instanceof Error && error.name === 'CredentialsProviderError') {
    return new UserError(`No AWS credentials were found: ${failure.detail}.`, {
      code: 'NO_CREDENTIALS',
      suggestions: [
        'Set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY',
        'Check a saved estate without AWS: compliancectl scan --local --snapshot FILE',
      ],
      exitCode: EXIT.failed,
      cause: error,
    });
  }
  if (isCredentialsError(error)) {
    return new UserError(`AWS does not accept the credentials: ${failure.detail}.`, {
      code: 'BAD_CREDENTIALS',
      suggestions: ['Sign in again (aws sso login), or renew the keys'],
      exitCode: EXIT.failed,
      cause: error,
    });
  }
  return new UserError(`AWS could not be asked whose credentials these are: ${failure.detail}.`, {
    code: 'STS_UNREACHABLE',
    suggestions: ['Check the network, the region and AWS_ENDPOINT_URL'],
    exitCode: EXIT.failed,
    cause: error,
  });
}

/** The account in `arn:aws:iam::123456789012:role/name`. */
function accountOfArn(arn: string): string {
  return arn.split(':')[4] ?? '';
}
