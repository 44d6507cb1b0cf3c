import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect } from 'chai';
import fc from 'fast-check';

import { SEVERITIES } from '../../../src/engine/verdict.ts';
import { genericPayload } from '../../../src/publish/webhooks/generic.ts';
import { jiraPayload } from '../../../src/publish/webhooks/jira.ts';
import { serviceNowPayload } from '../../../src/publish/webhooks/servicenow.ts';
import { webhooksSchema } from '../../../src/publish/webhooks/settings.ts';
import type {
  GenericSettings,
  JiraSettings,
  ServiceNowSettings,
  WebhookSettings,
} from '../../../src/publish/webhooks/settings.ts';
import { slackPayload } from '../../../src/publish/webhooks/slack.ts';
import { alertMessage } from '../../support/alerts.ts';
import { HOSTILE } from '../../support/hostile-scan.ts';
import { finding } from '../../support/scans.ts';

const fixture = (name: string): unknown =>
  JSON.parse(readFileSync(join(import.meta.dirname, '../../fixtures/webhooks', name), 'utf8'));

function settings(given: object): WebhookSettings | undefined {
  return webhooksSchema.parse([{ name: 'ops', url: 'https://example.org', ...given }])[0];
}

const credentialsFrom = { ssm: '/ops' };
const jira = settings({ kind: 'jira', project: 'SEC', credentialsFrom }) as JiraSettings;
const serviceNow = settings({ kind: 'servicenow', credentialsFrom }) as ServiceNowSettings;
const generic = settings({ kind: 'webhook', headers: { 'X-Team': 'security' } }) as GenericSettings;

/** Texts that reach every limit: long lines, many lines, and characters that grow when they are escaped. */
const lines = fc.array(
  fc.oneof(
    fc.string({ unit: 'binary', maxLength: 40 }),
    fc.constantFrom('', '&'.repeat(3000), '\u{1F600}'.repeat(2000), '"\\'.repeat(900), ...Object.values(HOSTILE)),
  ),
  { minLength: 1, maxLength: 60 },
);
const texts = lines.map((all) => all.map((line) => line.replaceAll('\n', ' ')).join('\n'));

describe('slackPayload', () => {
  interface Block {
    readonly type: string;
    readonly text: { readonly type: string; readonly text: string; readonly verbatim?: boolean };
  }
  const bodyOf = (message = alertMessage()) =>
    slackPayload(message).body as { readonly text: string; readonly blocks: readonly Block[] };

  it('gives the alert as blocks, in which nothing is markup (S3-11)', () => {
    expect(slackPayload(alertMessage())).to.deep.equal({ body: fixture('slack.json') });
  });

  it('keeps within what Slack takes, and shows the text as it was written up to there', () => {
    fc.assert(
      fc.property(texts, fc.string({ unit: 'binary', maxLength: 99 }), (text, subject) => {
        const { blocks } = bodyOf(alertMessage({ text, subject }));
        expect(blocks.length).to.be.at.most(50);
        const [title, ...sections] = blocks.map((block) => block.text.text);
        expect(title?.length).to.be.at.most(150);
        expect(sections.filter((section) => section.length > 3000)).to.deep.equal([]);
        expect(sections.filter((section) => !/^```\n[^`]*\n```$/.test(section))).to.deep.equal([]);
        const joined = sections.map((section) => section.slice(4, -3)).join('');
        expect(joined).not.to.match(/[<>]|&(?!(amp|lt|gt);)/);
        const shown = joined.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');
        const whole = `${text.replaceAll('`', "'").replace(/\n$/, '')}\n`;
        // A line that is longer than a section is divided: line breaks apart, it is the same text.
        const joinedLines = (written: string) => written.replaceAll('\n', '');
        const start = joinedLines(shown).split('… and more')[0] ?? '';
        expect(joinedLines(whole).startsWith(start)).to.equal(true);
      }),
      { numRuns: 60 },
    );
  });

  it('divides no character and no entity at the end of a section', () => {
    const text = `${'x'.repeat(2990)}&&\u{1F600}\u{1F600}y`;
    const sections = bodyOf(alertMessage({ text })).blocks.slice(1);
    expect(sections.map((section) => section.text.text)).to.deep.equal([
      `\`\`\`\n${'x'.repeat(2990)}\n\`\`\``,
      '```\n&amp;&amp;\u{1F600}\u{1F600}y\n```',
    ]);
  });

  it('says where the rest of a long alert is', () => {
    const text = `first\n${'second\n'.repeat(5000)}`;
    const last = (message = alertMessage({ text })) => bodyOf(message).blocks.at(-1)?.text.text.split('\n').at(-2);
    expect(last()).to.equal(
      '… and more, in the whole document: s3://compliance-results-dev/scans/2026-11-03/1793678706789.json',
    );
    const { link: _, ...unlinked } = alertMessage({ text });
    expect(last(unlinked)).to.equal('… and more');
  });

  it('cuts a title that escaping makes too long', () => {
    expect(bodyOf(alertMessage({ subject: '&'.repeat(99) })).blocks[0]?.text.text).to.equal('&amp;'.repeat(30));
  });
});

describe('jiraPayload', () => {
  it('gives an issue with its description as a document (S3-11)', () => {
    expect(jiraPayload(alertMessage(), jira)).to.deep.equal({
      path: '/rest/api/3/issue',
      creates: true,
      body: fixture('jira.json'),
    });
  });

  it('keeps within what Jira takes, in a document without an empty text', () => {
    fc.assert(
      fc.property(texts, (text) => {
        const { body } = jiraPayload(alertMessage({ text }), jira);
        const { description } = (body as { readonly fields: { readonly description: object } }).fields;
        expect(JSON.stringify(description).length).to.be.at.most(32_767);
        expect(JSON.stringify(description)).not.to.include('"text":""');
      }),
      { numRuns: 60 },
    );
    const { body } = jiraPayload(alertMessage({ text: 'x\n'.repeat(20_000) }), jira);
    const { description } = (body as { readonly fields: { readonly description: object } }).fields;
    expect(JSON.stringify(description)).to.include('"text":"… and more, in the whole document: s3://');
    expect(JSON.stringify(description).length).to.be.at.most(32_767);
  });

  it('makes labels without blanks, of the issue type that is asked for', () => {
    const task = settings({ kind: 'jira', project: 'OPS', issueType: 'Security Bug', credentialsFrom }) as JiraSettings;
    const { body } = jiraPayload(alertMessage({ environment: 'a b', subject: 'y'.repeat(300) }), task);
    expect((body as { readonly fields: object }).fields).to.deep.include({
      project: { key: 'OPS' },
      issuetype: { name: 'Security Bug' },
      summary: 'y'.repeat(255),
      labels: ['compliancectl', 'a-b', 'critical'],
    });
  });
});

describe('serviceNowPayload', () => {
  it('gives a record that can be found again by scan and severity (S3-11)', () => {
    expect(serviceNowPayload(alertMessage(), serviceNow)).to.deep.equal({
      path: '/api/now/table/incident',
      creates: true,
      body: fixture('servicenow.json'),
    });
  });

  it('keeps within the columns of the table that is asked for', () => {
    const problems = settings({ kind: 'servicenow', table: 'sn_si_incident', credentialsFrom }) as ServiceNowSettings;
    const text = `first\n${'語'.repeat(99)}\n${'x\n'.repeat(5000)}`;
    const { path, body } = serviceNowPayload(alertMessage({ text, subject: 'y'.repeat(300) }), problems);
    expect(path).to.equal('/api/now/table/sn_si_incident');
    const { short_description: short, description } = body as Record<'short_description' | 'description', string>;
    expect(short).to.equal('y'.repeat(160));
    expect(description.length).to.be.within(3990, 4000);
    expect(description.split('\n').slice(0, 2)).to.deep.equal(['first', '語'.repeat(99)]);
    expect(description.split('\n').at(-1)).to.match(/^… and more, in the whole document: s3:/);
  });

  it('weighs each severity', () => {
    const weights = SEVERITIES.map((severity) => {
      const { body } = serviceNowPayload(alertMessage({ severity }), serviceNow);
      const { impact, urgency } = body as Record<'impact' | 'urgency', string>;
      return `${severity} ${impact}/${urgency}`;
    });
    expect(weights).to.deep.equal(['critical 1/1', 'high 2/1', 'medium 2/2', 'low 3/2', 'info 3/3']);
  });
});

describe('genericPayload', () => {
  it('gives everything as JSON, with a key that stays the same (S3-11)', () => {
    expect(genericPayload(alertMessage(), generic)).to.deep.equal({
      headers: {
        'X-Team': 'security',
        'Idempotency-Key': '6f1ac1f0-4c0e-4b8a-9a52-0d6c6c1d2a11/critical/changes',
      },
      body: fixture('webhook.json'),
    });
  });

  it('has no link where there is no document, and a key that fits a header', () => {
    const { link: _, ...message } = alertMessage({ scanId: 'ä\r\nx' });
    const { headers, body } = genericPayload(message, settings({ kind: 'webhook' }) as GenericSettings);
    expect(headers).to.deep.equal({ 'Idempotency-Key': '---x/critical/changes' });
    expect(Object.keys(body)).to.deep.equal([
      'schema',
      'scan_id',
      'environment',
      'severity',
      'mode',
      'subject',
      'text',
      'total',
      'findings',
    ]);
  });

  it('holds the first of very many findings, and says how many there are', () => {
    const many = Array.from({ length: 50_000 }, (_, index) => finding({ resource_id: `語-${index}` }));
    const { body } = genericPayload(alertMessage({ findings: many, total: 50_000 }), generic);
    const { findings, total } = body as { readonly findings: readonly unknown[]; readonly total: number };
    expect(total).to.equal(50_000);
    expect(findings).to.deep.equal(many.slice(0, findings.length));
    expect(Buffer.byteLength(JSON.stringify(findings))).to.be.within(499_000, 500_001);
  });
});
