/** Addresses and credentials that a configuration names and does not hold. */
import type { Call } from '../../aws/call.ts';
import type { Clients } from '../../aws/clients.ts';
import { failureOf, present } from '../../aws/errors.ts';
import { UserError } from '../../user-error.ts';
import type { SecretSource } from './settings.ts';

/** `{parameter}` is the name without its leading slash. */
export const GET_PARAMETER: Call = {
  operation: 'GetParameter',
  action: 'ssm:GetParameter',
  resource: 'arn:{partition}:ssm:{region}:{account}:parameter/{parameter}',
};

/** Secrets Manager ends the ARN of a secret with a hyphen and six characters of its own. */
export const GET_SECRET_VALUE: Call = {
  operation: 'GetSecretValue',
  action: 'secretsmanager:GetSecretValue',
  resource: 'arn:{partition}:secretsmanager:{region}:{account}:secret:{secret}-??????',
};

/** What those two do in the caller's name: no call of ours, but a permission that a role may need. */
export const DECRYPT_ON_BEHALF = {
  action: 'kms:Decrypt',
  resource: 'arn:{partition}:kms:{region}:{account}:key/*',
  condition: 'kms:ViaService',
  reason:
    'A SecureString or a secret under a customer managed key is decrypted in the name of who reads it; ' +
    "under AWS's own keys nothing is needed.",
} as const;

/** Milliseconds that a secret is kept: a container lives for hours, and a rotated secret must reach it. */
const KEPT = 300_000;

export interface SecretAccess {
  /** Secrets are kept as long as these are: in a function, as long as its container. */
  readonly clients: Pick<Clients, 'ssm' | 'secretsManager'>;
  /** Milliseconds, from whenever; it never goes back. */
  readonly clock: () => number;
  readonly signal: AbortSignal;
}

interface Kept {
  readonly value: Promise<string>;
  readonly until: number;
}

const keptFor = new WeakMap<SecretAccess['clients'], Map<string, Kept>>();

/**
 * A secret's text, without blanks around it; asked for at most once in five minutes.
 *
 * @throws UserError `SECRET_UNREADABLE`, which names what was asked for and the permission, and never the secret
 */
export async function readSecret(source: SecretSource, access: SecretAccess): Promise<string> {
  const kept = keptFor.get(access.clients) ?? new Map<string, Kept>();
  keptFor.set(access.clients, kept);
  const key = 'ssm' in source ? `ssm ${source.ssm}` : `secret ${source.secret}`;
  const now = access.clock();
  let found = kept.get(key);
  if (found === undefined || found.until <= now) {
    found = { value: fetchSecret(source, access), until: now + KEPT };
    kept.set(key, found);
  }
  try {
    return fieldOf(await found.value, source);
  } catch (error) {
    // What was refused a moment ago may have been allowed since, and what was wrong may have been put right.
    kept.delete(key);
    throw error;
  }
}

async function fetchSecret(source: SecretSource, access: SecretAccess): Promise<string> {
  try {
    return 'ssm' in source ? await parameter(source.ssm, access) : await secret(source.secret, access);
  } catch (error) {
    throw explained(error, source);
  }
}

async function parameter(Name: string, { clients, signal }: SecretAccess): Promise<string> {
  const { GetParameterCommand } = await import('@aws-sdk/client-ssm');
  const ssm = await clients.ssm();
  const { Parameter } = await ssm.send(new GetParameterCommand({ Name, WithDecryption: true }), {
    abortSignal: signal,
  });
  return present(present(Parameter, 'Parameter').Value, 'Parameter.Value');
}

async function secret(SecretId: string, { clients, signal }: SecretAccess): Promise<string> {
  const { GetSecretValueCommand } = await import('@aws-sdk/client-secrets-manager');
  const secretsManager = await clients.secretsManager();
  const { SecretString, SecretBinary } = await secretsManager.send(new GetSecretValueCommand({ SecretId }), {
    abortSignal: signal,
  });
  if (SecretBinary !== undefined) throw unreadable({ secret: SecretId }, 'is binary, and must be text');
  return present(SecretString, 'SecretString');
}

function fieldOf(text: string, source: SecretSource): string {
  const field = 'field' in source ? source.field : undefined;
  const value = field === undefined ? text : jsonField(text, field);
  if (value === undefined) throw unreadable(source, `is not JSON with the text ${field}`);
  if (value.trim() === '') throw unreadable(source, 'is empty');
  return value.trim();
}

function jsonField(text: string, field: string): string | undefined {
  try {
    const fields: unknown = JSON.parse(text);
    const value = new Map(Object.entries(Object(fields))).get(field);
    return typeof value === 'string' ? value : undefined;
  } catch {
    return undefined;
  }
}

function explained(error: unknown, source: SecretSource): unknown {
  const failure = failureOf(error);
  if (failure === undefined || !(error instanceof Error)) return error;
  const { action } = 'ssm' in source ? GET_PARAMETER : GET_SECRET_VALUE;
  if (NOT_THERE.has(error.name)) {
    return unreadable(source, `is not there: ${action} did not find it in this account and region`, error);
  }
  if (failure.reason === 'denied') {
    const permission = /\bkms\b/i.test(failure.detail) ? DECRYPT_ON_BEHALF.action : action;
    return unreadable(source, `could not be read: ${permission} was denied`, error);
  }
  return unreadable(source, `could not be read with ${action}: ${failure.detail}`, error);
}

const NOT_THERE = new Set(['ParameterNotFound', 'ParameterVersionNotFound', 'ResourceNotFoundException']);

function unreadable(source: SecretSource, what: string, cause?: unknown): UserError {
  const name = 'ssm' in source ? `Parameter ${source.ssm}` : `Secret ${source.secret}`;
  return new UserError(`${name} ${what}.`, { code: 'SECRET_UNREADABLE', cause });
}
