/** The webhooks of a configuration: where alerts go beside email. */
import * as z from 'zod';

import { SEVERITIES } from '../../engine/verdict.ts';
import { addressProblem, isLoopback } from './address.ts';

const secretSource = z.union(
  [
    z.strictObject({
      ssm: z
        .string()
        .regex(/^[\w./-]{1,1011}$/)
        .describe('The name of an SSM parameter, a SecureString best.'),
    }),
    z.strictObject({
      secret: z.string().min(1).max(2048).describe('The name or ARN of a Secrets Manager secret.'),
      field: z.string().min(1).optional().describe('The key in it, where the secret is JSON.'),
    }),
  ],
  { error: 'expected {ssm: NAME} or {secret: ID, field: KEY}' },
);

const address = z.string().superRefine((text, context) => {
  const problem = addressProblem(text);
  if (problem !== undefined) context.addIssue({ code: 'custom', message: problem });
});

/** Headers that carry secrets, and those that are ours to set. */
const SECRET_HEADER = /authorization|cookie|token|secret|password|api-?key|credential/i;
const OWN_HEADERS = new Set([
  'connection',
  'content-length',
  'content-type',
  'host',
  'idempotency-key',
  'transfer-encoding',
]);

const headers = z.record(
  z
    .string()
    .regex(/^[\w-]+$/, { error: 'is not the name of a header' })
    .refine((name) => !SECRET_HEADER.test(name), { error: 'carries a secret: name that in credentialsFrom' })
    .refine((name) => !OWN_HEADERS.has(name.toLowerCase()), { error: 'is set by compliancectl itself' }),
  z.string().regex(/^[\x20-\x7E]*$/, { error: 'is not one line of ASCII' }),
);

const common = {
  name: z
    .string()
    .regex(/^[A-Za-z0-9][\w. -]{0,63}$/, { error: 'is not a name of letters, digits, dots, hyphens and blanks' })
    .describe('What logs and results call it.'),
  url: address.optional().describe('Its address, https only.'),
  urlFrom: secretSource.optional().describe('Where its address is kept, if that is a secret.'),
  minimumSeverity: z.enum(SEVERITIES).default('high').describe('What weighs less is not sent.'),
  timeoutSeconds: z.number().min(1).max(60).default(10).describe('How long an attempt may take.'),
};

const credentialsFrom = (what: string) => secretSource.describe(`Where ${what} is kept.`);

const webhook = z
  .discriminatedUnion('kind', [
    z.strictObject({
      kind: z.literal('slack').describe('An incoming webhook of Slack, or of what speaks its language.'),
      ...common,
    }),
    z.strictObject({
      kind: z.literal('jira').describe('An issue in Jira Cloud for each message.'),
      ...common,
      credentialsFrom: credentialsFrom('`email:token`'),
      project: z.string().min(1).describe('The key of the project.'),
      issueType: z.string().min(1).default('Task').describe('The name of the issue type.'),
    }),
    z.strictObject({
      kind: z.literal('servicenow').describe('A record in ServiceNow for each message.'),
      ...common,
      credentialsFrom: credentialsFrom('`user:password`'),
      table: z
        .string()
        .regex(/^\w+$/, { error: 'is not the name of a table' })
        .default('incident')
        .describe('The table it goes into.'),
    }),
    z.strictObject({
      kind: z.literal('webhook').describe('JSON for anything else.'),
      ...common,
      credentialsFrom: credentialsFrom('a bearer token').optional(),
      headers: headers.optional().describe('More headers; none that is a secret.'),
    }),
  ])
  .superRefine(({ kind, url, urlFrom }, context) => {
    if ((url === undefined) === (urlFrom === undefined)) {
      context.addIssue({ code: 'custom', message: 'needs one of url and urlFrom, and only one' });
    }
    if (kind === 'slack' && url !== undefined && !isLoopback(url)) {
      context.addIssue({
        code: 'custom',
        path: ['url'],
        message: 'is itself a secret: keep it where urlFrom can name it',
      });
    }
  });

/** The section `webhooks`. */
export const webhooksSchema = z.array(webhook).superRefine((webhooks, context) => {
  const names = new Set<string>();
  for (const [index, { name }] of webhooks.entries()) {
    if (names.has(name))
      context.addIssue({ code: 'custom', path: [index, 'name'], message: 'is taken by another webhook' });
    names.add(name);
  }
});

export type SecretSource = Readonly<z.output<typeof secretSource>>;
export type WebhookSettings = Readonly<z.output<typeof webhook>>;
export type JiraSettings = Extract<WebhookSettings, { readonly kind: 'jira' }>;
export type ServiceNowSettings = Extract<WebhookSettings, { readonly kind: 'servicenow' }>;
export type GenericSettings = Extract<WebhookSettings, { readonly kind: 'webhook' }>;
