import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { GetParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { mockClient } from 'aws-sdk-client-mock';
import { expect } from 'chai';

import { sendToWebhooks } from '../../src/publish/webhooks.ts';
import type { WebhookResult } from '../../src/publish/webhooks.ts';
import type { AlertMessage } from '../../src/publish/webhooks/message.ts';
import type { WebhookSettings } from '../../src/publish/webhooks/settings.ts';
import { webhooksSchema } from '../../src/publish/webhooks/settings.ts';
import { alertMessage } from '../support/alerts.ts';
import { serviceError } from '../support/aws-errors.ts';
import { stubbedClients } from '../support/clients.ts';
import { hang, reset, status, webhookServer } from '../support/webhook-server.ts';
import type { Answer, ReceivedPost } from '../support/webhook-server.ts';

/** Everything that must never be seen: of an address, of credentials, and of what is made of them. */
const SECRETS = {
  path: '/services/T0HIDDEN/B0HIDDEN/XhiddenX',
  query: 'hiddenQuery123',
  token: 'hidden-token-1',
  password: 'hidden:password',
} as const;
const JIRA_CREDENTIALS = `ada@example.org:${SECRETS.token}`;
const SERVICENOW_CREDENTIALS = `svc:${SECRETS.password}`;
const base64 = (text: string) => Buffer.from(text).toString('base64');

describe('sendToWebhooks', () => {
  const server = webhookServer();
  const ssm = mockClient(SSMClient);
  const secretsManager = mockClient(SecretsManagerClient);
  beforeEach(() => {
    ssm.reset();
    secretsManager.reset();
    ssm.on(GetParameterCommand).rejects(serviceError('ParameterNotFound', 400, ''));
    ssm.on(GetParameterCommand, { Name: '/slack' }).resolves({
      Parameter: { Value: `${server().url}${SECRETS.path}?key=${SECRETS.query}` },
    });
    ssm.on(GetParameterCommand, { Name: '/jira' }).resolves({ Parameter: { Value: JIRA_CREDENTIALS } });
    secretsManager.on(GetSecretValueCommand).resolves({
      SecretString: JSON.stringify({ desk: SERVICENOW_CREDENTIALS, token: SECRETS.token }),
    });
  });
  after(() => {
    ssm.restore();
    secretsManager.restore();
  });

  const slack = { name: 'chat', kind: 'slack', urlFrom: { ssm: '/slack' } };
  const jira = () => ({
    name: 'tickets',
    kind: 'jira',
    url: `${server().url}/ex/jira/1/`,
    credentialsFrom: { ssm: '/jira' },
    project: 'SEC',
  });
  const desk = () => ({
    name: 'desk',
    kind: 'servicenow',
    url: server().url,
    credentialsFrom: { secret: 'ops', field: 'desk' },
  });
  const own = () => ({
    name: 'own',
    kind: 'webhook',
    url: `${server().url}/hook?a=b`,
    credentialsFrom: { secret: 'ops', field: 'token' },
    headers: { 'X-Team': 'security' },
  });
  const all = () => [slack, jira(), desk(), own()];

  const send = (
    webhooks: readonly object[],
    { signal = new AbortController().signal, ...changes }: Partial<AlertMessage> & { signal?: AbortSignal } = {},
    shorten: (webhook: WebhookSettings) => WebhookSettings = (webhook) => webhook,
  ): Promise<readonly WebhookResult[]> =>
    sendToWebhooks(alertMessage(changes), webhooksSchema.parse(webhooks).map(shorten), {
      clients: stubbedClients(),
      clock: () => 0,
      signal,
      pause: async () => {},
      random: () => 0,
    });

  const isFor = (path: string) => (received: ReceivedPost) => received.path?.startsWith(path) === true;
  const received = (path: string) => server().received.find(isFor(path));

  /** 201 where something is created, 200 elsewhere. */
  const fine: Answer = (response, post) => {
    status(isFor('/ex/jira')(post) || isFor('/api/now')(post) ? 201 : 200)(response, post);
  };

  it('sends each what its kind takes, with its credentials (S3-11)', async () => {
    server().answer(fine);
    expect(await send(all())).to.deep.equal(
      ['chat', 'tickets', 'desk', 'own'].map((name) => ({ name, outcome: 'delivered', attempts: 1 })),
    );
    expect(
      server()
        .received.map(({ path, method }) => `${method} ${path}`)
        .toSorted(),
    ).to.deep.equal([
      'POST /api/now/table/incident',
      'POST /ex/jira/1/rest/api/3/issue',
      'POST /hook?a=b',
      `POST ${SECRETS.path}?key=${SECRETS.query}`,
    ]);
    const toSlack = received('/services');
    expect(toSlack?.headers).to.include({ 'content-type': 'application/json', accept: 'application/json' });
    expect(toSlack?.headers).not.to.have.property('authorization');
    expect(JSON.parse(toSlack?.body ?? '')).to.have.keys('text', 'blocks');
    expect(received('/ex/jira')?.headers).to.include({ authorization: `Basic ${base64(JIRA_CREDENTIALS)}` });
    expect(JSON.parse(received('/ex/jira')?.body ?? '')).to.have.nested.property('fields.project.key', 'SEC');
    expect(received('/api/now')?.headers).to.include({ authorization: `Basic ${base64(SERVICENOW_CREDENTIALS)}` });
    expect(JSON.parse(received('/api/now')?.body ?? '')).to.include({ correlation_display: 'compliancectl' });
    expect(received('/hook')?.headers).to.include({
      authorization: `Bearer ${SECRETS.token}`,
      'x-team': 'security',
      'idempotency-key': '6f1ac1f0-4c0e-4b8a-9a52-0d6c6c1d2a11/critical/changes',
    });
    expect(JSON.parse(received('/hook')?.body ?? '')).to.include({ schema: 'compliancectl.alert/1', total: 2 });
  });

  it('needs no credentials where none are asked for', async () => {
    const { credentialsFrom: _, ...open } = own();
    expect(await send([open])).to.deep.equal([{ name: 'own', outcome: 'delivered', attempts: 1 }]);
    expect(received('/hook')?.headers).not.to.have.property('authorization');
    expect(secretsManager.commandCalls(GetSecretValueCommand)).to.deep.equal([]);
  });

  it('sends nothing that weighs less than a webhook asks for', async () => {
    const results = await send([own(), { ...own(), name: 'calm', minimumSeverity: 'critical' }], { severity: 'high' });
    expect(results).to.deep.equal([{ name: 'own', outcome: 'delivered', attempts: 1 }]);
    expect(await send([own()], { severity: 'medium' })).to.deep.equal([]);
    expect(server().received).to.have.length(1);
  });

  it('lets one that fails stop no other', async () => {
    server().answer((response, post) => {
      if (isFor('/services')(post)) status(404, 'no_service')(response, post);
      else if (isFor('/hook')(post)) reset(response, post);
      else fine(response, post);
    });
    const gone = { ...own(), name: 'gone', credentialsFrom: { ssm: '/gone' } };
    expect(await send([gone, ...all()])).to.deep.equal([
      {
        name: 'gone',
        outcome: 'failed',
        attempts: 0,
        reason:
          'Webhook gone was not sent: Parameter /gone is not there: ssm:GetParameter did not find it in this account and region.',
      },
      { name: 'chat', outcome: 'failed', attempts: 1, reason: 'Webhook chat answered 404: no_service.' },
      { name: 'tickets', outcome: 'delivered', attempts: 1 },
      { name: 'desk', outcome: 'delivered', attempts: 1 },
      { name: 'own', outcome: 'failed', attempts: 4, reason: 'Webhook own could not be reached: ECONNRESET.' },
    ]);
  });

  const answers: [what: string, answer: Answer, attempts: number, reason: RegExp][] = [
    [
      'an echo of all that came',
      (response, { path, headers, body }) => {
        response.writeHead(400).end(`Cannot POST ${path} as ${headers.authorization}: ${body}`);
      },
      1,
      /^Webhook \w+ answered 400: Cannot POST /,
    ],
    ['a redirect to a stranger', status(307, '', { Location: 'http://127.0.0.1:9/' }), 1, / answered 307, and /],
    ['errors', status(500, 'oops'), 4, / answered 500: oops\.$/],
    ['silence', hang, 4, / gave no answer within 0\.05 s\.$/],
    ['a broken connection', reset, 4, / could not be reached: ECONNRESET\.$/],
  ];
  for (const [what, answer, attempts, reason] of answers) {
    it(`keeps every secret, where it meets ${what}`, async () => {
      server().answer(answer);
      const results = await send(all(), {}, (webhook) => ({ ...webhook, timeoutSeconds: 0.05 }));
      expect(results.map(({ outcome }) => outcome)).to.deep.equal(['failed', 'failed', 'failed', 'failed']);
      expect(results.map((result) => result.attempts)).to.deep.equal([attempts, attempts, attempts, attempts]);
      expect(results.filter((result) => !reason.test(result.reason ?? ''))).to.deep.equal([]);
      const said = JSON.stringify(results);
      expect(said).not.to.include('idden');
      for (const credentials of [JIRA_CREDENTIALS, SERVICENOW_CREDENTIALS])
        expect(said).not.to.include(base64(credentials));
      expect(said).not.to.include('127.0.0.1');
      expect(server().received).to.have.length(4 * attempts);
    });
  }

  const unusable: [what: string, webhook: object, value: string, reason: string][] = [
    ['an address that is none', slack, 'hidden', 'its address is not a URL'],
    ['an address without TLS', slack, 'http://example.org/hidden', 'its address does not begin with https://'],
    [
      'an address with a password',
      slack,
      'https://hidden:hidden@example.org/',
      'its address holds a user or a password, which belong in credentialsFrom',
    ],
    ['a token of two words', { kind: 'webhook' }, 'hidden hidden', 'its credentials are not a bearer token'],
    ['a Jira token alone', { kind: 'jira', project: 'SEC' }, 'hidden', 'its credentials are not email:token'],
    ['no e-mail', { kind: 'jira', project: 'SEC' }, ':hidden', 'its credentials are not email:token'],
    ['no password', { kind: 'servicenow' }, 'hidden:', 'its credentials are not user:password'],
  ];
  for (const [what, webhook, value, reason] of unusable) {
    it(`sends nothing to ${what}`, async () => {
      ssm.on(GetParameterCommand, { Name: '/slack' }).resolves({ Parameter: { Value: value } });
      const whole =
        webhook === slack ? slack : { name: 'chat', url: server().url, credentialsFrom: slack.urlFrom, ...webhook };
      expect(await send([whole])).to.deep.equal([
        { name: 'chat', outcome: 'failed', attempts: 0, reason: `Webhook chat was not sent: ${reason}.` },
      ]);
      expect(server().received).to.deep.equal([]);
    });
  }

  it('names a defect, and not what it says', async () => {
    ssm.on(GetParameterCommand, { Name: '/slack' }).callsFake(() => {
      throw new TypeError('hidden is not a function');
    });
    expect(await send([slack])).to.deep.equal([
      {
        name: 'chat',
        outcome: 'failed',
        attempts: 0,
        reason: 'Webhook chat was not sent: a defect of compliancectl, TypeError.',
      },
    ]);
  });

  it('sends nothing where no address is given', async () => {
    const results = await send([slack], {}, ({ name, minimumSeverity, timeoutSeconds }) => {
      return { kind: 'slack', name, minimumSeverity, timeoutSeconds };
    });
    expect(results.map(({ reason }) => reason)).to.deep.equal(['Webhook chat was not sent: its address is not a URL.']);
  });

  it('ends with the signal', async () => {
    expect(await send([{ ...own(), credentialsFrom: undefined }], { signal: AbortSignal.abort() })).to.deep.equal([
      { name: 'own', outcome: 'failed', attempts: 0, reason: 'Webhook own was not sent, and the time ran out.' },
    ]);
    expect(server().received).to.deep.equal([]);
  });

  it('sends to the whole address where the kind has no path of its own', async () => {
    await send([{ ...own(), url: `${server().url}/a//b/` }]);
    expect(server().received.map(({ path }) => path)).to.deep.equal(['/a//b/']);
  });
});
