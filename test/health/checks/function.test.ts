import { expect } from 'chai';

import { known } from '../../../src/engine/model.ts';
import { checkFunction } from '../../../src/health/checks/function.ts';
import type { FunctionMetrics, FunctionSeen } from '../../../src/health/checks/function.ts';
import { CHECKING, denied, lineOf, testCheck } from '../../support/health-checks.ts';
import { specOf } from '../../support/stacks.ts';

const [scanner, ,] = specOf('standard').functions;
const evaluator = specOf('config-history').functions.find(({ onSuccess }) => onSuccess !== undefined);
if (scanner === undefined || evaluator === undefined) throw new Error('The presets have these functions.');

const metrics: FunctionMetrics = {
  invocations: known(4),
  errors: known(0),
  throttles: known(null),
  longestMilliseconds: known(12_000),
  sinceDue: { seconds: 25_200, invocations: known(1) },
};

const healthy: FunctionSeen = {
  state: 'Active',
  stateReason: null,
  lastUpdate: 'Successful',
  lastUpdateReason: null,
  lastModified: new Date('2026-11-01T00:00:00Z'),
  runtime: 'nodejs24.x',
  architecture: 'arm64',
  timeoutSeconds: scanner.timeoutSeconds,
  memoryMegabytes: scanner.memoryMegabytes,
  environment: { ...scanner.environment, SOMEBODYS: 'own' },
  roleArn: scanner.role.arn,
  deadLetterArn: scanner.deadLetters.arn,
  reservedConcurrency: known(scanner.reservedConcurrency ?? null),
  grants: known(
    scanner.invokers.map(({ service, sourceArn, sourceAccount, qualifier }) => ({
      service,
      sourceArn,
      sourceAccount,
      qualifier,
    })),
  ),
  metrics,
};

const REDEPLOY = '=> compliancectl deploy -e test';
const LOG =
  '=> aws logs tail /aws/lambda/compliance-scanner-test --since 24h --filter-pattern ERROR --region us-east-1';
const LOOK = '=> aws lambda get-function-configuration --function-name compliance-scanner-test --region us-east-1';
const NAME = 'compliance-scanner-test';

describe('the check of a function', () => {
  testCheck<FunctionSeen>({
    healthy,
    check: (seen, checking) => checkFunction(scanner, seen, checking),
    sound: [
      ['it was idle for long', { state: 'Inactive' }],
      [
        'its figures are denied',
        {
          metrics: {
            invocations: denied,
            errors: denied,
            throttles: denied,
            longestMilliseconds: denied,
            sinceDue: { seconds: 60, invocations: denied },
          },
        },
      ],
      ['who may invoke it is denied', { grants: denied, reservedConcurrency: denied }],
      [
        'it did not run, and was deployed since it was due',
        {
          lastModified: new Date('2026-11-21T06:00:00Z'),
          metrics: { ...metrics, sinceDue: { seconds: 25_200, invocations: known(null) } },
        },
      ],
    ],
    breaks: [
      [
        'it failed',
        { state: 'Failed', stateReason: 'The role is gone.' },
        [`critical function-failed: ${NAME} cannot be invoked: The role is gone. ${REDEPLOY}`],
      ],
      [
        'it failed without a reason',
        { state: 'Failed' },
        [`critical function-failed: ${NAME} cannot be invoked: AWS gives no reason. ${REDEPLOY}`],
      ],
      [
        'it is being made',
        { state: 'Pending', lastUpdate: 'InProgress' },
        [`low function-pending: ${NAME} is not ready yet. ${LOOK}`],
      ],
      [
        'it is being changed',
        { lastUpdate: 'InProgress' },
        [`low function-pending: ${NAME} is being changed. ${LOOK}`],
      ],
      [
        'its change failed',
        { lastUpdate: 'Failed', lastUpdateReason: 'No image' },
        [`high function-update-failed: The last change of ${NAME} failed: No image. ${REDEPLOY}`],
      ],
      [
        'it failed sometimes',
        { metrics: { ...metrics, errors: known(1) } },
        [`high function-errors: ${NAME} failed 1 of 4 times in the last 24 hours. ${LOG}`],
      ],
      [
        'it failed, and nobody knows of how many',
        { metrics: { ...metrics, errors: known(2), invocations: denied } },
        [`high function-errors: ${NAME} failed 2 times in the last 24 hours. ${LOG}`],
      ],
      [
        'it failed always',
        { metrics: { ...metrics, errors: known(4) } },
        [`critical function-only-errors: ${NAME} failed each of 4 times in the last 24 hours. ${LOG}`],
      ],
      [
        'it was throttled',
        { metrics: { ...metrics, throttles: known(3) } },
        [`medium function-throttled: ${NAME} was throttled 3 times in the last 24 hours. => (no command)`],
      ],
      [
        'it came near its end',
        { metrics: { ...metrics, longestMilliseconds: known(240_000) } },
        [`medium function-near-timeout: ${NAME} ran 240 s in the last 24 hours, of its 300 s. => (no command)`],
      ],
      [
        'it used all its time',
        { metrics: { ...metrics, longestMilliseconds: known(300_000) } },
        [`medium function-near-timeout: ${NAME} ran 300 s in the last 24 hours, all of its 300 s. => (no command)`],
      ],
      [
        'it did not run when it was due',
        { metrics: { ...metrics, sinceDue: { seconds: 25_200, invocations: known(null) } } },
        [
          `high function-not-run: ${NAME} did not run in the last 7 hours, though it was due. => aws events list-rule-names-by-target --target-arn ${scanner.arn} --region us-east-1`,
        ],
      ],
      [
        'its runtime is out of support',
        { runtime: 'nodejs20.x' },
        [
          `medium function-runtime-unsupported: ${NAME}: nodejs20.x is out of support since 2026-04-30. AWS has announced (as of 2026-11-01) that functions can no longer be created on it from 2027-02-01, nor updated from 2027-03-03: set runtime: nodejs24.x. => (no command)`,
          `medium function-differs/runtime: ${NAME} has runtime nodejs20.x where the settings say nodejs24.x. ${REDEPLOY}`,
        ],
      ],
      [
        'it is of another architecture',
        { architecture: 'x86_64' },
        [
          `medium function-differs/architecture: ${NAME} has architecture x86_64 where the settings say arm64. ${REDEPLOY}`,
        ],
      ],
      [
        'its time was cut',
        { timeoutSeconds: 60 },
        [`medium function-differs/timeout: ${NAME} has timeout 60 where the settings say 300. ${REDEPLOY}`],
      ],
      [
        'its memory was cut',
        { memoryMegabytes: 128 },
        [`medium function-differs/memory: ${NAME} has memory 128 where the settings say 512. ${REDEPLOY}`],
      ],
      [
        'it has another role',
        { roleArn: 'arn:aws:iam::1:role/admin' },
        [
          `medium function-differs/role: ${NAME} has role arn:aws:iam::1:role/admin where the settings say ${scanner.role.arn}. ${REDEPLOY}`,
        ],
      ],
      [
        'a variable is gone',
        { environment: { ...scanner.environment, COMPLIANCE_THRESHOLD: '' } },
        [
          `medium function-differs/environment.COMPLIANCE_THRESHOLD: ${NAME} has environment.COMPLIANCE_THRESHOLD (none) where the settings say 80. ${REDEPLOY}`,
        ],
      ],
      [
        'its concurrency is cut',
        { reservedConcurrency: known(0) },
        [
          `medium function-differs/reserved concurrency: ${NAME} has reserved concurrency 0 where the settings say ${scanner.reservedConcurrency ?? '(none)'}. ${REDEPLOY}`,
        ],
      ],
      [
        'it has no dead-letter queue',
        { deadLetterArn: null },
        [
          `high function-unwired/dead letters: What ${NAME} cannot process goes nowhere, not to ${scanner.deadLetters.name}. ${REDEPLOY}`,
        ],
      ],
      [
        'it has another dead-letter queue',
        { deadLetterArn: 'arn:q' },
        [
          `high function-unwired/dead letters: What ${NAME} cannot process goes to arn:q, not to ${scanner.deadLetters.name}. ${REDEPLOY}`,
        ],
      ],
      [
        'its schedule may not invoke it',
        { grants: known([]) },
        [
          `high function-not-invocable/compliance-scanner-schedule-test: ${NAME} does not let arn:aws:events:us-east-1:111122223333:rule/compliance-scanner-schedule-test invoke it. ${REDEPLOY}`,
        ],
      ],
    ],
  });

  const onlyWiring = (over: Partial<FunctionSeen>) =>
    checkFunction(
      evaluator,
      { ...healthy, metrics: { ...metrics, sinceDue: { seconds: 60, invocations: known(null) } }, ...over },
      CHECKING,
    )
      .filter(
        ({ check }) =>
          check === 'function-unwired' || check === 'function-not-invocable' || check === 'function-not-run',
      )
      .map(lineOf);

  it('knows what its successes go on to, and through which alias it is scheduled', () => {
    const grants = known(
      evaluator.invokers.map(({ service, sourceArn, sourceAccount }) => ({ service, sourceArn, sourceAccount })),
    );
    const { aliasArn, functionArn } = evaluator.onSuccess ?? { aliasArn: '', functionArn: '' };
    const schedule = evaluator.invokers[0]?.sourceArn;
    expect(onlyWiring({ grants, onSuccess: known(null), deadLetterArn: evaluator.deadLetters.arn })).to.deep.equal([
      `high function-not-run: ${evaluator.name} did not run in the last 0 hours, though it was due. => aws events list-rule-names-by-target --target-arn ${aliasArn} --region us-east-1`,
      `high function-unwired/on success: When ${evaluator.name} has succeeded, ${functionArn} is not started. ${REDEPLOY}`,
      `high function-not-invocable/${evaluator.invokers[0]?.id}: ${evaluator.name} does not let ${schedule} invoke it. ${REDEPLOY}`,
    ]);
    expect(
      onlyWiring({ grants: known([]), onSuccess: denied, deadLetterArn: evaluator.deadLetters.arn }).at(-1),
    ).to.equal(
      `high function-not-invocable/config: ${evaluator.name} does not let config.amazonaws.com in this account invoke it. ${REDEPLOY}`,
    );
  });
});
