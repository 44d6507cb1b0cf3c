/** ServiceNow: a record for each message, by the Table API. */
import type { Severity } from '../../engine/verdict.ts';
import { excerpt, restIs } from './excerpt.ts';
import type { AlertMessage, Payload } from './message.ts';
import type { ServiceNowSettings } from './settings.ts';

/** Lengths of the columns of `task`, which `incident` extends; what is longer is cut without a word. */
const SHORT_DESCRIPTION_LENGTH = 160;
const DESCRIPTION_LENGTH = 4000;

/**
 * Impact and urgency, 1 to 3, from which ServiceNow looks the priority up: these give it 1 to 5
 * (www.servicenow.com/docs, Incident priority lookup rules).
 */
const WEIGHT: Readonly<Record<Severity, { readonly impact: string; readonly urgency: string }>> = {
  critical: { impact: '1', urgency: '1' },
  high: { impact: '2', urgency: '1' },
  medium: { impact: '2', urgency: '2' },
  low: { impact: '3', urgency: '2' },
  info: { impact: '3', urgency: '3' },
};

/** POST /api/now/table/{tableName} (www.servicenow.com/docs/r/api-reference/rest-apis/c_TableAPI.html). */
export function serviceNowPayload(message: AlertMessage, { table }: ServiceNowSettings): Payload {
  const { scanId, severity, subject, text, link } = message;
  return {
    path: `/api/now/table/${table}`,
    creates: true,
    body: {
      short_description: subject.slice(0, SHORT_DESCRIPTION_LENGTH),
      description: excerpt(text, DESCRIPTION_LENGTH, restIs(link)),
      correlation_id: `${scanId}/${severity}`,
      correlation_display: 'compliancectl',
      ...WEIGHT[severity],
    },
  };
}
