import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { Ajv2020 } from 'ajv/dist/2020.js';
import { expect } from 'chai';
import { parse } from 'yaml';

import { configurationJsonSchema, settingsAt } from '../../../src/config/json-schema.ts';
import { webhooksSchema } from '../../../src/publish/webhooks/settings.ts';
import { invocation } from '../../support/invocation.ts';

const ssm = { ssm: '/compliance/ops' };
const four = [
  { name: 'chat', kind: 'slack', urlFrom: { ssm: '/compliance/slack' } },
  { name: 'tickets', kind: 'jira', url: 'https://example.atlassian.net', credentialsFrom: ssm, project: 'SEC' },
  { name: 'desk', kind: 'servicenow', url: 'https://example.service-now.com', credentialsFrom: ssm },
  { name: 'own', kind: 'webhook', url: 'https://example.org/hook?a=b', credentialsFrom: { secret: 'ops', field: 'x' } },
];

/** Where the first complaint is, and what it says. */
function complaint(webhook: object): string {
  const { error } = webhooksSchema.safeParse([webhook]);
  const issue = error?.issues[0];
  if (issue === undefined) return 'none';
  const message = issue.code === 'invalid_key' ? issue.issues[0]?.message : issue.message;
  return `${issue.path.slice(1).map(String).join('.')}: ${message}`;
}

describe('the setting webhooks', () => {
  it('takes a webhook of every kind, and fills in what most want', () => {
    const common = { minimumSeverity: 'high', timeoutSeconds: 10 };
    expect(webhooksSchema.parse(four)).to.deep.equal([
      { ...four[0], ...common },
      { ...four[1], ...common, issueType: 'Task' },
      { ...four[2], ...common, table: 'incident' },
      { ...four[3], ...common },
    ]);
  });

  it('reaches the functions with the settings of their environment', () => {
    const { configuration } = invocation({ settings: { webhooks: four } });
    expect(configuration.webhooks).to.deep.equal(webhooksSchema.parse(four));
    expect(invocation().configuration.webhooks).to.equal(undefined);
  });

  it('is known to editors as it is to us', () => {
    const validate = new Ajv2020({ strict: true, allowUnionTypes: true, validateFormats: false }).compile(
      configurationJsonSchema(),
    );
    expect(validate({ webhooks: four })).to.equal(true);
    expect(validate({ webhooks: [{ ...four[0], channel: '#ops' }] })).to.equal(false);
    expect(settingsAt(['webhooks', 0])).to.deep.equal([
      'kind',
      'name',
      'url',
      'urlFrom',
      'minimumSeverity',
      'timeoutSeconds',
      'credentialsFrom',
      'project',
      'issueType',
      'table',
      'headers',
    ]);
  });

  it('takes every example of its page', () => {
    const page = readFileSync(join(import.meta.dirname, '../../../docs/webhooks.md'), 'utf8');
    const examples = [...page.matchAll(/^```yaml\n(webhooks:.*?)^```/gms)].map(
      ([, yaml = '']) => webhooksSchema.parse((parse(yaml) as { readonly webhooks: unknown }).webhooks)[0]?.kind,
    );
    expect(examples).to.deep.equal(['slack', 'slack', 'jira', 'servicenow', 'webhook']);
  });

  const own = { name: 'own', kind: 'webhook', url: 'https://example.org/hook' };
  const loopback = ['http://localhost:8080/x', 'http://127.0.0.1/x', 'http://127.9.9.9/x', 'http://[::1]:1/x'];
  for (const url of ['https://example.org:8443/x?y=z', ...loopback]) {
    it(`takes the address ${url}`, () => {
      expect(complaint({ ...own, url })).to.equal('none');
    });
  }

  const addresses: [url: string, message: string][] = [
    ['example.org/hook', 'is not a URL'],
    ['http://example.org/hook', 'does not begin with https://'],
    ['http://localhost.example.org/hook', 'does not begin with https://'],
    ['http://127.0.0.1.example.org/', 'does not begin with https://'],
    ['ftp://localhost/hook', 'does not begin with https://'],
    ['file:///etc/passwd', 'does not begin with https://'],
    ['https://user@example.org/', 'holds a user or a password, which belong in credentialsFrom'],
    ['https://:word@example.org/', 'holds a user or a password, which belong in credentialsFrom'],
  ];
  for (const [url, message] of addresses) {
    it(`refuses the address ${url}`, () => {
      expect(complaint({ ...own, url })).to.equal(`url: ${message}`);
    });
  }

  const slack = { name: 'chat', kind: 'slack' };
  const refusals: [what: string, webhook: object, message: string][] = [
    ['no address', slack, ': needs one of url and urlFrom, and only one'],
    ['two addresses', { ...own, urlFrom: ssm }, ': needs one of url and urlFrom, and only one'],
    [
      'a Slack webhook in plain sight',
      { ...slack, url: 'https://hooks.slack.com/services/T/B/x' },
      'url: is itself a secret: keep it where urlFrom can name it',
    ],
    [
      'a kind that does not exist',
      { ...own, kind: 'pager' },
      "kind: Invalid discriminator value. Expected 'slack' | 'jira' | 'servicenow' | 'webhook'",
    ],
    ['a setting of another kind', { ...own, project: 'SEC' }, ': Unrecognized key: "project"'],
    ['no name', { ...own, name: undefined }, 'name: Invalid input: expected string, received undefined'],
    [
      'a name of two lines',
      { ...own, name: 'a\nb' },
      'name: is not a name of letters, digits, dots, hyphens and blanks',
    ],
    [
      'a Jira without credentials',
      { ...four[1], credentialsFrom: undefined },
      'credentialsFrom: expected {ssm: NAME} or {secret: ID, field: KEY}',
    ],
    [
      'a secret of two places',
      { ...slack, urlFrom: { ssm: 'a', secret: 'b' } },
      'urlFrom: expected {ssm: NAME} or {secret: ID, field: KEY}',
    ],
    ['a table that is a path', { ...four[2], table: 'incident/../user' }, 'table: is not the name of a table'],
    [
      'a header that is a secret',
      { ...own, headers: { 'X-Api-Key': 'x' } },
      'headers.X-Api-Key: carries a secret: name that in credentialsFrom',
    ],
    [
      'a header that is ours',
      { ...own, headers: { 'Content-Type': 'text/plain' } },
      'headers.Content-Type: is set by compliancectl itself',
    ],
    ['a header that is none', { ...own, headers: { 'a b': 'x' } }, 'headers.a b: is not the name of a header'],
    ['a header of two lines', { ...own, headers: { 'X-Team': 'a\r\nb' } }, 'headers.X-Team: is not one line of ASCII'],
    ['a timeout of no time', { ...own, timeoutSeconds: 0 }, 'timeoutSeconds: Too small: expected number to be >=1'],
  ];
  for (const [what, webhook, message] of refusals) {
    it(`refuses ${what}`, () => {
      expect(complaint(webhook)).to.equal(message);
    });
  }

  it('refuses two of one name', () => {
    const { error } = webhooksSchema.safeParse([own, own]);
    expect(error?.issues.map(({ path, message }) => [path, message])).to.deep.equal([
      [[1, 'name'], 'is taken by another webhook'],
    ]);
  });
});
