/** Alerts as webhooks are handed them. */
import type { AlertMessage } from '../../src/publish/webhooks/message.ts';
import { renderAlert } from '../../src/report/alert.ts';
import { HOSTILE } from './hostile-scan.ts';
import { finding, head } from './scans.ts';

const about = head();
const LINK = 's3://compliance-results-dev/scans/2026-11-03/1793678706789.json';

/** What was found: an open group, and one whose name means something to every format. */
const findings = [
  finding({
    rule_id: 'ec2-security-group-restricted',
    severity: 'critical',
    category: 'exposure',
    resource_type: 'AWS::EC2::SecurityGroup',
    resource_id: 'sg-1',
    resource_arn: 'arn:aws:ec2:eu-west-1:111122223333:security-group/sg-1',
    message: 'Security group sg-1 opens the ports 22 and 3389 to the world.',
    facts: [
      { key: 'ingress/tcp/22/0.0.0.0/0', message: 'Port 22 is open to 0.0.0.0/0.' },
      { key: 'ingress/tcp/3389/::/0', message: 'Port 3389 is open to ::/0.' },
    ],
    remediation: 'Remove the rule, or narrow its source.',
    change: 'new',
  }),
  finding({
    severity: 'critical',
    resource_id: '<!channel> *bold* @here `x` ```',
    resource_arn: 'arn:aws:ec2:eu-west-1:111122223333:instance/i-1',
    message: `Instance ${HOSTILE.link} & ${HOSTILE.script} lacks the tag Owner.`,
    change: 'worse',
  }),
];

/** A message about two critical findings, with the text that the report writes of them. */
export function alertMessage(changes: Partial<AlertMessage> = {}): AlertMessage {
  const alert = renderAlert(about, findings, { mode: 'changes', threshold: 80, link: LINK });
  if (alert === undefined) throw new Error('There is no alert.');
  return {
    scanId: about.scan_id,
    environment: about.environment,
    severity: 'critical',
    mode: 'changes',
    ...alert,
    link: LINK,
    findings,
    total: findings.length,
    ...changes,
  };
}
