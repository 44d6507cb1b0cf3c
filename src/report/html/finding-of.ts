/** From the scan document to what the page shows of it. */
import type { Evaluation } from '../../engine/evaluation.ts';
import { plainLine } from '../plain-text.ts';
import type { Finding } from './finding.ts';

/** Facts of one finding that are shown: a security group may have a thousand open ports. */
const SHOWN_FACTS = 20;

/** Characters of a message that are shown: it may name each of a thousand open ports. */
const MESSAGE_LENGTH = 2000;

export function findingOf(evaluation: Evaluation): Finding {
  const { facts = [], waiver } = evaluation;
  return {
    severity: evaluation.severity,
    status: evaluation.status,
    category: evaluation.category,
    rule: line(evaluation.rule_id),
    type: line(evaluation.resource_type),
    account: line(evaluation.account_id),
    region: line(evaluation.region),
    id: line(evaluation.resource_id),
    arn: line(evaluation.resource_arn),
    message: shortened(line(evaluation.message)),
    change: evaluation.change ?? '',
    remedy: line(evaluation.remediation ?? ''),
    permission: line(evaluation.missing_permission ?? ''),
    owner: line(evaluation.owner ?? ''),
    facts: facts.slice(0, SHOWN_FACTS).map(({ message }) => shortened(line(message))),
    moreFacts: Math.max(0, facts.length - SHOWN_FACTS),
    waiver:
      waiver === undefined
        ? []
        : [
            ['Waived by', line(waiver.owner)],
            ['Because', line(waiver.reason)],
            ['Until', line(waiver.expires)],
            ...(waiver.ticket === undefined ? [] : [['Ticket', line(waiver.ticket)] as const]),
          ],
  };
}

function line(text: string): string {
  return plainLine(text).toWellFormed();
}

function shortened(text: string): string {
  return text.length <= MESSAGE_LENGTH ? text : `${text.slice(0, MESSAGE_LENGTH).replace(/[\uD800-\uDBFF]$/, '')}…`;
}
