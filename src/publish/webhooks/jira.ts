/** Jira Cloud: an issue for each message, by the REST API v3. */
import { excerpt, restIs } from './excerpt.ts';
import type { AlertMessage, Payload } from './message.ts';
import type { JiraSettings } from './settings.ts';

/** "Summary can't exceed 255 characters", and it has one line (github.com/tenable/integration-jira-cloud/issues/322). */
const SUMMARY_LENGTH = 255;

/**
 * "It exceeds the allowed limit of 32,767 characters" (jira.atlassian.com/browse/JRACLOUD-68949). Whether the markup
 * counts Jira does not say, so it does.
 */
const DESCRIPTION_LENGTH = 32_767;

/** What the document has around its lines, and what a line has around its text. */
const DOCUMENT_MARKUP = 100;
const LINE_MARKUP = 80;

/** POST /rest/api/3/issue (developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issues/#api-rest-api-3-issue-post). */
export function jiraPayload(message: AlertMessage, { project, issueType }: JiraSettings): Payload {
  const { environment, severity, subject, text, link } = message;
  return {
    path: '/rest/api/3/issue',
    creates: true,
    body: {
      fields: {
        project: { key: project },
        issuetype: { name: issueType },
        summary: subject.slice(0, SUMMARY_LENGTH),
        description: documentOf(excerpt(text, DESCRIPTION_LENGTH - DOCUMENT_MARKUP, restIs(link), weigh)),
        // A label has no blanks.
        labels: ['compliancectl', environment, severity].map((label) => label.replaceAll(/\s+/g, '-')),
      },
    },
  };
}

function weigh(text: string): number {
  return JSON.stringify(text).length - 2 + LINE_MARKUP * (text.split('\n').length - 1);
}

/**
 * Plain text in the Atlassian Document Format: a paragraph for what stands together, and nothing in it is markup
 * (developer.atlassian.com/cloud/jira/platform/apis/document/structure).
 */
function documentOf(text: string): object {
  const paragraphs = text.split(/\n{2,}/).map((paragraph) => ({
    type: 'paragraph',
    content: paragraph
      .split('\n')
      // A text node is never empty.
      .filter((line) => line !== '')
      .flatMap((line, index) => [...(index === 0 ? [] : [{ type: 'hardBreak' }]), { type: 'text', text: line }]),
  }));
  return { type: 'doc', version: 1, content: paragraphs };
}
