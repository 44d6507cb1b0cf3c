/** Topics, queues, their mappings, and EventBridge rules. */
import { known } from '../../../src/engine/model.ts';
import { checkQueueMapping } from '../../../src/health/checks/queue-mapping.ts';
import type { QueueMappingSeen } from '../../../src/health/checks/queue-mapping.ts';
import { checkQueue } from '../../../src/health/checks/queue.ts';
import type { QueueSeen } from '../../../src/health/checks/queue.ts';
import { checkRule } from '../../../src/health/checks/rule.ts';
import type { RuleSeen } from '../../../src/health/checks/rule.ts';
import { checkTopic } from '../../../src/health/checks/topic.ts';
import type { TopicSeen } from '../../../src/health/checks/topic.ts';
import { policyDocument } from '../../../src/infra/policy-document.ts';
import { denied, KEY, testCheck } from '../../support/health-checks.ts';
import { specOf } from '../../support/stacks.ts';

const REDEPLOY = '=> compliancectl deploy -e test';

describe('the check of a topic', () => {
  const [topic] = specOf('standard').topics;
  if (topic === undefined) throw new Error('The preset has a topic.');
  const endpoint = 'security@example.com';
  const subscription = (arn: string) => ({ protocol: 'email', endpoint, arn });
  const healthy: TopicSeen = {
    kmsKey: null,
    policy: JSON.stringify(policyDocument(topic.policy)),
    subscriptions: known([
      subscription(`${topic.arn}:1234`),
      { protocol: 'sms', endpoint: '+49', arn: 'PendingConfirmation' },
    ]),
  };
  const subscribe = `=> aws sns subscribe --topic-arn ${topic.arn} --protocol email --notification-endpoint ${endpoint} --region us-east-1`;

  testCheck<TopicSeen>({
    healthy,
    check: (seen, checking) => checkTopic(topic, seen, checking),
    sound: [
      ['its subscriptions are denied', { subscriptions: denied }],
      [
        'an address was subscribed anew',
        { subscriptions: known([subscription('Deleted'), subscription(`${topic.arn}:2`)]) },
      ],
    ],
    breaks: [
      [
        'somebody encrypted it',
        { kmsKey: 'alias/aws/sns' },
        [
          `high topic-encryption: compliance-alerts-test is encrypted with alias/aws/sns, which the stack does not know. ${REDEPLOY}`,
        ],
      ],
      [
        'it has no policy',
        { policy: null },
        ['FromAlarms', 'FromRules', 'OnlyOverTls'].map(
          (sid) =>
            `high topic-policy/${sid}: The policy of compliance-alerts-test lacks the statement ${sid}. ${REDEPLOY}`,
        ),
      ],
      [
        'an address has not confirmed',
        { subscriptions: known([subscription('PendingConfirmation')]) },
        [
          `high subscription-unconfirmed/${endpoint}: ${endpoint} has not confirmed its subscription to compliance-alerts-test, and gets nothing. ${subscribe}`,
        ],
      ],
      [
        'an address has unsubscribed',
        { subscriptions: known([subscription('Deleted')]) },
        [
          `high subscription-deleted/${endpoint}: The subscription of ${endpoint} to compliance-alerts-test was deleted. ${REDEPLOY}`,
        ],
      ],
      [
        'an address is not subscribed',
        { subscriptions: known([]) },
        [`high subscription-missing/${endpoint}: ${endpoint} is not subscribed to compliance-alerts-test. ${REDEPLOY}`],
      ],
    ],
  });

  describe('that is encrypted', () => {
    const encrypted = { ...topic, encryption: 'customer-key' } as const;
    testCheck<TopicSeen>({
      healthy: { ...healthy, kmsKey: KEY },
      check: (seen, checking) => checkTopic(encrypted, seen, checking),
      breaks: [
        [
          'it is not',
          { kmsKey: null },
          [`high topic-encryption: compliance-alerts-test is not encrypted. ${REDEPLOY}`],
        ],
        [
          'it has another key',
          { kmsKey: 'alias/aws/sns' },
          [
            `high topic-encryption: compliance-alerts-test is encrypted with alias/aws/sns, not with the stack’s key. ${REDEPLOY}`,
          ],
        ],
      ],
    });
  });

  describe('whose key is not known', () => {
    const encrypted = { ...topic, encryption: 'customer-key' } as const;
    testCheck<TopicSeen>({
      healthy: { ...healthy, kmsKey: 'arn:aws:kms:us-east-1:1:key/other' },
      check: (seen, checking) => checkTopic(encrypted, seen, { ...checking, keyArn: undefined }),
      breaks: [],
    });
  });
});

describe('the check of a dead-letter queue', () => {
  const queue = specOf('standard').functions[0]?.deadLetters;
  if (queue === undefined) throw new Error('The preset has a function.');
  const { name } = queue;
  const url = `https://sqs.us-east-1.amazonaws.com/111122223333/${name}`;
  const receive = `=> aws sqs receive-message --queue-url ${url} --attribute-names All --region us-east-1`;
  testCheck<QueueSeen>({
    healthy: {
      url,
      messages: 0,
      inFlight: 0,
      retentionSeconds: 1_209_600,
      visibilitySeconds: 30,
      encryptedBySqs: true,
      policy: JSON.stringify(policyDocument(queue.policy)),
      redrive: null,
      oldestSeconds: known(null),
    },
    check: (seen, checking) => checkQueue(queue, 'dead-letters', seen, checking),
    sound: [['its age is denied', { oldestSeconds: denied }]],
    breaks: [
      [
        'a message lies in it',
        { messages: 1 },
        [`high queue-has-dead-letters: 1 message in ${name} could not be processed. ${receive}`],
      ],
      [
        'somebody is reading its messages',
        { messages: 2, inFlight: 1, oldestSeconds: known(600) },
        [
          `high queue-has-dead-letters: 3 messages in ${name} could not be processed, the oldest for 10 minutes. ${receive}`,
        ],
      ],
      [
        'messages have lain for hours, of unknown age',
        { messages: 2, oldestSeconds: denied },
        [`high queue-has-dead-letters: 2 messages in ${name} could not be processed. ${receive}`],
      ],
      [
        'a message is about to be lost',
        { messages: 1, oldestSeconds: known(907_200) },
        [
          `critical queue-losing-dead-letters: 1 message in ${name} could not be processed, the oldest for 10 days: after 14 days SQS deletes it. ${receive}`,
        ],
      ],
      [
        'it keeps for a day',
        { retentionSeconds: 86_400 },
        [`medium queue-differs/retention: ${name} has retention 86400 where the settings say 1209600. ${REDEPLOY}`],
      ],
      [
        'it hides for longer',
        { visibilitySeconds: 60 },
        [`medium queue-differs/visibility: ${name} has visibility 60 where the settings say 30. ${REDEPLOY}`],
      ],
      [
        'it is not encrypted',
        { encryptedBySqs: false },
        [
          `medium queue-differs/encryption by SQS: ${name} has encryption by SQS false where the settings say true. ${REDEPLOY}`,
        ],
      ],
      [
        'it hands on',
        { redrive: '{"deadLetterTargetArn":"arn:q","maxReceiveCount":"3"}' },
        [
          `medium queue-differs/dead-letter queue: ${name} has dead-letter queue arn:q where the settings say (none). ${REDEPLOY}`,
          `medium queue-differs/receives: ${name} has receives 3 where the settings say (none). ${REDEPLOY}`,
        ],
      ],
      [
        'its policy is gone',
        { policy: null },
        ['FromRules', 'OnlyOverTls'].map(
          (sid) => `high queue-policy/${sid}: The policy of ${name} lacks the statement ${sid}. ${REDEPLOY}`,
        ),
      ],
    ],
  });
});

const events = specOf('tag-events').events[0];
const queued = events?.queue;
if (events === undefined || queued === undefined) throw new Error('The preset takes events through a queue.');

describe('the check of a queue of events', () => {
  const { name, arn } = queued;
  const list = `=> aws lambda list-event-source-mappings --event-source-arn ${arn} --region us-east-1`;
  testCheck<QueueSeen>({
    healthy: {
      url: 'https://sqs/1/q',
      messages: 5,
      inFlight: 5,
      retentionSeconds: queued.retentionSeconds,
      visibilitySeconds: queued.visibilitySeconds,
      encryptedBySqs: true,
      policy: JSON.stringify(policyDocument(queued.policy)),
      redrive: JSON.stringify({ deadLetterTargetArn: queued.redrive?.arn, maxReceiveCount: queued.redrive?.receives }),
      oldestSeconds: known(3599),
    },
    check: (seen, checking) => checkQueue(queued, 'events', seen, checking),
    breaks: [
      [
        'a message has waited for an hour',
        { oldestSeconds: known(3600) },
        [`medium queue-behind: The oldest message in ${name} has waited for 60 minutes, of 5. ${list}`],
      ],
      [
        'a message has waited for hours',
        { oldestSeconds: known(36_000) },
        [`medium queue-behind: The oldest message in ${name} has waited for 10 hours, of 5. ${list}`],
      ],
      [
        'it hands on nothing',
        { redrive: 'nonsense' },
        [
          `medium queue-differs/dead-letter queue: ${name} has dead-letter queue (none) where the settings say ${queued.redrive?.arn}. ${REDEPLOY}`,
          `medium queue-differs/receives: ${name} has receives (none) where the settings say 5. ${REDEPLOY}`,
        ],
      ],
      [
        'it hands on to nowhere',
        { redrive: '{}' },
        [
          `medium queue-differs/dead-letter queue: ${name} has dead-letter queue (none) where the settings say ${queued.redrive?.arn}. ${REDEPLOY}`,
          `medium queue-differs/receives: ${name} has receives (none) where the settings say 5. ${REDEPLOY}`,
        ],
      ],
    ],
  });
});

describe('the check of a queue’s mapping', () => {
  const spec = { functionName: 'checker', queueName: 'states', batchSize: 10 };
  const enable = '=> aws lambda update-event-source-mapping --uuid u-1 --enabled --region us-east-1';
  testCheck<QueueMappingSeen>({
    healthy: { uuid: 'u-1', state: 'Enabled', batchSize: 10, lastResult: 'OK' },
    check: (seen, checking) => checkQueueMapping(spec, seen, checking),
    sound: [
      ['it is being switched on', { state: 'Enabling' }],
      ['nothing came yet', { lastResult: null }],
    ],
    breaks: [
      [
        'it is off',
        { state: 'Disabled' },
        [`high queue-mapping-off: checker takes nothing from states: the mapping is Disabled. ${enable}`],
      ],
      [
        'it is being switched off',
        { state: 'Disabling' },
        [`high queue-mapping-off: checker takes nothing from states: the mapping is Disabling. ${enable}`],
      ],
      [
        'it may not read the queue',
        { lastResult: 'PROBLEM: Function call failed' },
        [`high queue-mapping-failing: checker could not take from states: PROBLEM: Function call failed ${REDEPLOY}`],
      ],
      [
        'its batches are smaller',
        { batchSize: 1 },
        [
          `medium queue-mapping-differs/batch size: The mapping of states has batch size 1 where the settings say 10. ${REDEPLOY}`,
        ],
      ],
    ],
  });
});

describe('the check of a schedule', () => {
  const [schedule] = specOf('standard').schedules;
  if (schedule === undefined) throw new Error('The preset has a schedule.');
  const { name, target } = schedule;
  const targetSeen = {
    arn: target.arn,
    deadLetterArn: target.deadLetterArn,
    attempts: 10,
    maximumAgeSeconds: 3600,
    template: null,
  };
  const other = { arn: 'arn:other', deadLetterArn: null, attempts: null, maximumAgeSeconds: null, template: null };
  testCheck<RuleSeen>({
    healthy: {
      enabled: true,
      expression: 'rate(6 hours)',
      pattern: null,
      targets: known([other, targetSeen]),
      failed: known(null),
    },
    check: (seen, checking) => checkRule(schedule, seen, checking),
    sound: [['its targets and failures are denied', { targets: denied, failed: denied }]],
    breaks: [
      [
        'it is off',
        { enabled: false },
        [
          `high rule-disabled: ${name} is switched off: compliance-scanner-test is not started by it. => aws events enable-rule --name ${name} --region us-east-1`,
        ],
      ],
      [
        'it is rarer',
        { expression: 'rate(1 day)' },
        [
          `medium rule-differs/schedule: ${name} has schedule rate(1 day) where the settings say rate(6 hours). ${REDEPLOY}`,
        ],
      ],
      [
        'it listens instead',
        { expression: null },
        [`medium rule-differs/schedule: ${name} has schedule (none) where the settings say rate(6 hours). ${REDEPLOY}`],
      ],
      [
        'it starts another function',
        { targets: known([other]) },
        [`critical rule-target-missing: ${name} does not start ${target.arn}. ${REDEPLOY}`],
      ],
      [
        'its target was changed',
        {
          targets: known([
            { ...targetSeen, deadLetterArn: null, attempts: 185, maximumAgeSeconds: null, template: '"x"' },
          ]),
        },
        [
          `medium rule-target-differs/dead-letter queue: The target of ${name} has dead-letter queue (none) where the settings say ${target.deadLetterArn}. ${REDEPLOY}`,
          `medium rule-target-differs/retries: The target of ${name} has retries 185 where the settings say 10. ${REDEPLOY}`,
          `medium rule-target-differs/maximum age: The target of ${name} has maximum age (none) where the settings say 3600. ${REDEPLOY}`,
          `medium rule-target-differs/input: The target of ${name} has input "x" where the settings say (none). ${REDEPLOY}`,
        ],
      ],
      [
        'it could not start its target',
        { failed: known(2) },
        [`high rule-failing: ${name} could not start its target 2 times in the last 24 hours. => (no command)`],
      ],
    ],
  });
});

describe('the check of a rule for events', () => {
  const { name, target, pattern } = events;
  const differs = [
    `medium rule-differs/pattern: ${name} does not listen for the events that the settings say. ${REDEPLOY}`,
  ];
  testCheck<RuleSeen>({
    healthy: {
      enabled: true,
      expression: null,
      pattern: JSON.stringify(Object.fromEntries(Object.entries(pattern).toReversed())),
      targets: known([
        {
          arn: target.arn,
          deadLetterArn: target.deadLetterArn,
          attempts: 185,
          maximumAgeSeconds: 86_400,
          template: null,
        },
      ]),
      failed: known(0),
    },
    check: (seen, checking) => checkRule(events, seen, checking),
    breaks: [
      ['it listens for others', { pattern: '{"source":["aws.s3"]}' }, differs],
      ['it listens for nothing', { pattern: null }, differs],
      ['its pattern is no JSON', { pattern: '{' }, differs],
    ],
  });
});
