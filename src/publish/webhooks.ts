/** The webhook sink: an alert to every webhook that wants it, each on its own. */
import { atLeast } from '../engine/verdict.ts';
import { UserError } from '../user-error.ts';
import { addressOf, addressProblem, secretsInAddress } from './webhooks/address.ts';
import { genericPayload } from './webhooks/generic.ts';
import { jiraPayload } from './webhooks/jira.ts';
import type { AlertMessage, Payload } from './webhooks/message.ts';
import { post } from './webhooks/post.ts';
import type { PostOptions, PostRequest } from './webhooks/post.ts';
import { readSecret } from './webhooks/secrets.ts';
import type { SecretAccess } from './webhooks/secrets.ts';
import { serviceNowPayload } from './webhooks/servicenow.ts';
import type { WebhookSettings } from './webhooks/settings.ts';
import { slackPayload } from './webhooks/slack.ts';

export type { AlertMessage } from './webhooks/message.ts';

/** What became of a message at one webhook; nothing in it is a secret. */
export interface WebhookResult {
  readonly name: string;
  readonly outcome: 'delivered' | 'failed';
  /** None where it could not even be tried. */
  readonly attempts: number;
  /** A sentence that names the webhook, where it failed. */
  readonly reason?: string;
}

export type DeliveryOptions = SecretAccess & Pick<PostOptions, 'pause' | 'random'>;

/**
 * Sends a message to every webhook that its severity concerns, all at once; one that fails stops no other. A webhook may
 * get a message twice, where its first answer was lost.
 *
 * @returns one result for each of those webhooks, in their order
 */
export async function sendToWebhooks(
  message: AlertMessage,
  webhooks: readonly WebhookSettings[],
  options: DeliveryOptions,
): Promise<readonly WebhookResult[]> {
  const concerned = webhooks.filter(({ minimumSeverity }) => atLeast(message.severity, minimumSeverity));
  return Promise.all(concerned.map((webhook) => deliver(message, webhook, options)));
}

async function deliver(
  message: AlertMessage,
  webhook: WebhookSettings,
  options: DeliveryOptions,
): Promise<WebhookResult> {
  const { name, timeoutSeconds } = webhook;
  try {
    const request = await requestFor(message, webhook, options);
    const outcome = await post(request, { ...options, timeoutSeconds });
    if (outcome.outcome === 'delivered') return { name, ...outcome };
    return { name, ...outcome, reason: `Webhook ${name} ${outcome.reason}.` };
  } catch (error) {
    return { name, outcome: 'failed', attempts: 0, reason: `Webhook ${name} was not sent: ${whyNot(error)}` };
  }
}

/** A defect is named and no more: its message may hold anything, and the other webhooks have their message already. */
function whyNot(error: unknown): string {
  if (error instanceof UserError) return error.message;
  return `a defect of compliancectl, ${(error as Error).name}.`;
}

async function requestFor(message: AlertMessage, webhook: WebhookSettings, access: SecretAccess): Promise<PostRequest> {
  const base = await addressFor(webhook, access);
  const { authorization, secrets } = await authorizationFor(webhook, access);
  const { path, headers, body, creates = false } = payloadFor(message, webhook);
  return {
    url: addressOf(base, path),
    headers: {
      ...headers,
      Accept: 'application/json',
      'Content-Type': 'application/json',
      ...(authorization !== undefined && { Authorization: authorization }),
    },
    body: JSON.stringify(body),
    creates,
    secrets: [...secretsInAddress(base), ...secrets],
  };
}

function payloadFor(message: AlertMessage, webhook: WebhookSettings): Payload {
  switch (webhook.kind) {
    case 'slack':
      return slackPayload(message);
    case 'jira':
      return jiraPayload(message, webhook);
    case 'servicenow':
      return serviceNowPayload(message, webhook);
    case 'webhook':
      return genericPayload(message, webhook);
  }
}

async function addressFor({ url, urlFrom }: WebhookSettings, access: SecretAccess): Promise<string> {
  const address = urlFrom === undefined ? (url ?? '') : await readSecret(urlFrom, access);
  const problem = addressProblem(address);
  if (problem !== undefined) throw unusable(`its address ${problem}`);
  return address;
}

interface Authorization {
  readonly authorization?: string;
  readonly secrets: readonly string[];
}

async function authorizationFor(webhook: WebhookSettings, access: SecretAccess): Promise<Authorization> {
  if (webhook.kind === 'slack' || webhook.credentialsFrom === undefined) return { secrets: [] };
  const credentials = await readSecret(webhook.credentialsFrom, access);
  if (webhook.kind === 'webhook') {
    // `fetch` would refuse the header, and say what was in it.
    if (!/^[\x21-\x7E]+$/.test(credentials)) throw unusable('its credentials are not a bearer token');
    return { authorization: `Bearer ${credentials}`, secrets: [credentials] };
  }
  const separator = credentials.indexOf(':');
  const password = credentials.slice(separator + 1);
  if (separator < 1 || password === '') {
    throw unusable(`its credentials are not ${webhook.kind === 'jira' ? 'email:token' : 'user:password'}`);
  }
  const encoded = Buffer.from(credentials).toString('base64');
  return { authorization: `Basic ${encoded}`, secrets: [credentials, password, encoded] };
}

function unusable(why: string): UserError {
  return new UserError(`${why}.`, { code: 'WEBHOOK_UNUSABLE' });
}
