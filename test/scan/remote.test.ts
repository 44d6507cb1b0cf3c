import { GetFunctionConfigurationCommand, InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import type { GetFunctionConfigurationCommandOutput, InvokeCommandInput } from '@aws-sdk/client-lambda';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { Uint8ArrayBlobAdapter } from '@smithy/core/serde';
import { mockClient } from 'aws-sdk-client-mock';
import { expect } from 'chai';

import type { Evaluation } from '../../src/engine/evaluation.ts';
import { rules as builtIn } from '../../src/engine/rules/index.ts';
import type { ScanHead } from '../../src/engine/scan-document.ts';
import { readEvaluatorEvent } from '../../src/functions/config-evaluator-event.ts';
import { bridgeEvent } from '../../src/functions/event.ts';
import type { ScanAnswer } from '../../src/functions/scan-answer.ts';
import { SCANNERS, TAG_CHECKER } from '../../src/scan/deployed-scanner.ts';
import { judgeOutcome } from '../../src/scan/outcome.ts';
import { reportedStatuses } from '../../src/scan/plan.ts';
import type { RemotePlan } from '../../src/scan/remote-plan.ts';
import { requestRemoteScan, runRemoteScan } from '../../src/scan/remote.ts';
import { BLUEPRINTS } from '../../src/stack/blueprints.ts';
import { networkError, serviceError } from '../support/aws-errors.ts';
import { inMemoryBucket } from '../support/bucket.ts';
import { thrownBy, userErrorOf } from '../support/errors.ts';
import { counts, finding, gap, head } from '../support/scans.ts';
import { storedDocument } from '../support/stored-scans.ts';

const ACCOUNT = '111122223333';
const ID = '6f1ac1f0-4c0e-4b8a-9a52-0d6c6c1d2a11';
const NOW = '2026-11-21T06:00:00.000Z';
const NAME = 'compliance-scanner-dev';
const BUCKET = 'compliance-results-dev';
const WHERE = `${ACCOUNT}/eu-west-1`;
const LOGS = `Its log group says more: aws logs tail /aws/lambda/${NAME} --region eu-west-1`;
const arnOf = (name: string) => `arn:aws:lambda:eu-west-1:${ACCOUNT}:function:${name}`;

const SUMMARY = {
  ...head().summary,
  total_evaluations: 4,
  compliant: 1,
  non_compliant: 1,
  not_applicable: 1,
  unknown: 1,
  score: 50,
};
const CAME_TO = 'The scan was made: score 50.00, 1 FAIL, 1 UNKNOWN, 0 WAIVED, 1 PASS.';
const HEAD: Partial<ScanHead> & Pick<ScanHead, 'scan_id' | 'report_timestamp'> = {
  scan_id: ID,
  report_timestamp: NOW,
  source: 'lambda',
  summary: SUMMARY,
  by_rule: { 'ec2-required-tags': counts({ total: 4, compliant: 1, non_compliant: 1, not_applicable: 1, unknown: 1 }) },
};
const FINDINGS: readonly Evaluation[] = [
  finding({ fingerprint: 'a', facts: [{ key: 'missing/Owner', message: 'The tag Owner is missing.' }] }),
  finding({ fingerprint: 'b', status: 'PASS', message: 'Instance carries the required tags.' }),
  finding({ fingerprint: 'c', status: 'NOT_APPLICABLE' }),
  finding({ fingerprint: 'd', status: 'UNKNOWN', missing_permission: 'ec2:DescribeTags' }),
];
const [KEY, BYTES] = storedDocument(HEAD, FINDINGS);
const DOCUMENT = `s3://${BUCKET}/${KEY}`;

const answer = (changes: Partial<ScanAnswer> = {}): ScanAnswer => ({
  scan_id: ID,
  report_timestamp: NOW,
  environment: 'dev',
  complete: true,
  summary: { ...SUMMARY },
  gaps: 0,
  document: { bucket: BUCKET, key: KEY },
  deliveries: [{ sink: 'results', status: 'delivered' }],
  ...changes,
});
/** The answer of a function that has no bucket. */
const inline = (scan: unknown = { ...head(HEAD), evaluations: FINDINGS }, changes: Partial<ScanAnswer> = {}) => {
  const { document: _, ...rest } = answer({ scan: scan as NonNullable<ScanAnswer['scan']>, ...changes });
  return rest;
};

/** What Lambda gives for an invocation. */
const invoked = (value: unknown, FunctionError?: string) => ({
  StatusCode: 200,
  Payload: Uint8ArrayBlobAdapter.fromString(typeof value === 'string' ? value : JSON.stringify(value)),
  ...(FunctionError !== undefined && { FunctionError }),
});
const thrown = (errorMessage: string, errorType = 'Error') =>
  invoked({ errorType, errorMessage, trace: [] }, 'Unhandled');

const plan = (changes: Partial<RemotePlan> = {}): RemotePlan => ({
  environment: 'dev',
  region: 'eu-west-1',
  scanId: ID,
  now: new Date(NOW),
  reported: reportedStatuses([]),
  limits: { threshold: 80, allowIncomplete: false },
  rules: [],
  notes: [],
  ...changes,
});

const mockLambda = () => mockClient(LambdaClient);
const denied = (action: string) =>
  serviceError(
    'AccessDeniedException',
    403,
    `User: arn:aws:iam::${ACCOUNT}:user/ada is not authorized to perform: ${action}`,
  );
const reset = networkError('ECONNRESET', 'read ECONNRESET');

describe('a scan by a deployed function', () => {
  const bucket = inMemoryBucket();
  let lambda: ReturnType<typeof mockLambda>;
  let restore: () => void;
  let shown: string[];

  /** A function that is deployed. */
  const deployed = (name: string, changes: Partial<GetFunctionConfigurationCommandOutput> = {}) =>
    lambda.on(GetFunctionConfigurationCommand, { FunctionName: name }).resolves({
      FunctionArn: arnOf(name),
      Timeout: 300,
      Environment: { Variables: { BUCKET_NAME: BUCKET } },
      ...changes,
    });
  const withoutBucket = () => deployed(NAME, { Environment: { Variables: { COMPLIANCE_THRESHOLD: '80' } } });
  const notThere = (name: string) =>
    lambda
      .on(GetFunctionConfigurationCommand, { FunctionName: name })
      .rejects(serviceError('ResourceNotFoundException', 404, `Function not found: ${arnOf(name)}`));
  const answering = (value: unknown) => lambda.on(InvokeCommand).resolves(invoked(value));
  const inputs = () => lambda.commandCalls(InvokeCommand).map(({ args: [{ input }] }) => input);
  const eventOf = ({ Payload }: InvokeCommandInput) =>
    JSON.parse(Buffer.from(Payload as Uint8Array).toString()) as Record<string, unknown>;
  const settings = (signal = new AbortController().signal) => ({
    env: { AWS_REGION: 'eu-west-1' },
    signal,
    onProgress: (what: string) => void shown.push(what),
  });
  const run = (changes: Partial<RemotePlan> = {}, signal?: AbortSignal) =>
    runRemoteScan(plan(changes), settings(signal));
  const errorOf = (changes: Partial<RemotePlan> = {}) => userErrorOf(() => run(changes));

  beforeEach(() => {
    const sts = mockClient(STSClient);
    sts.on(GetCallerIdentityCommand).resolves({ Account: ACCOUNT, Arn: `arn:aws:iam::${ACCOUNT}:user/ada` });
    lambda = mockLambda();
    restore = () => {
      sts.restore();
      lambda.restore();
    };
    shown = [];
    for (const { part } of SCANNERS) notThere(`${part}-dev`);
    notThere(`${TAG_CHECKER}-dev`);
    deployed(NAME);
    answering(answer());
    bucket.objects.set(KEY, BYTES);
  });
  afterEach(() => {
    restore();
  });

  describe('the function', () => {
    it('is the scanner, and is given an id and a time', async () => {
      await run();
      expect(inputs().map(({ FunctionName, InvocationType }) => [FunctionName, InvocationType])).to.deep.equal([
        [NAME, 'RequestResponse'],
      ]);
      expect(inputs().map(eventOf)).to.deep.equal([{ scan_id: ID, time: NOW }]);
      expect(shown).to.deep.equal([`Waiting for ${NAME} in ${WHERE}`, 'Reading the scan document']);
    });

    it('is else the Config evaluator, started as its schedule starts it', async () => {
      notThere(NAME);
      deployed('config-evaluator-dev');
      await run();
      expect(inputs().map(({ FunctionName }) => FunctionName)).to.deep.equal(['config-evaluator-dev']);
      const [event] = inputs().map(eventOf);
      expect(event).to.include({ id: ID, time: NOW, source: 'aws.events', account: ACCOUNT, region: 'eu-west-1' });
      expect(readEvaluatorEvent(event)).to.deep.equal({ kind: 'schedule', event: { id: ID, time: NOW } });
      expect(bridgeEvent.safeParse(event).success).to.equal(true);
    });

    it('goes by the names that the presets give', () => {
      for (const { scans, functions } of Object.values(BLUEPRINTS)) {
        if (scans === undefined) expect(functions['tag-checker']).to.equal(TAG_CHECKER);
        else expect(SCANNERS.find(({ id }) => id === scans)?.part).to.equal(functions[scans]);
      }
    });

    it('is asked in AWS’s time, whatever the clock here says', async () => {
      lambda.on(GetFunctionConfigurationCommand, { FunctionName: NAME }).callsFake(async (_input, getClient) => {
        // As the SDK does when it has seen the time of an answer.
        (getClient() as LambdaClient).config.systemClockOffset = -86_400_000;
        return { FunctionArn: arnOf(NAME), Timeout: 300 };
      });
      await run();
      expect(inputs().map(eventOf)).to.deep.equal([{ scan_id: ID, time: '2026-11-20T06:00:00.000Z' }]);
    });

    it('is waited for a little longer than it may take', async () => {
      deployed(NAME, { Timeout: 900 });
      await run();
      const [call] = lambda.commandCalls(InvokeCommand);
      const [, options] = (call?.args ?? []) as unknown[];
      expect(options).to.include({ requestTimeout: 930_000 });
    });

    it('is not there', async () => {
      notThere(NAME);
      expect(await errorOf()).to.deep.equal({
        message: `No scanner is deployed as ${NAME} or config-evaluator-dev in ${WHERE}.`,
        code: 'NOT_DEPLOYED',
        suggestions: [
          'Deploy one: compliancectl deploy -e dev',
          'Run the engine here: compliancectl scan --local',
          'Name the region of the stack with --region, if it lies in another one',
        ],
        exitCode: 2,
      });
    });

    it('is none of a stack that looks at tags alone', async () => {
      notThere(NAME);
      deployed('tag-compliance-checker-dev');
      expect(await errorOf()).to.deep.equal({
        message: `The stack dev in ${WHERE} has no scanner: its function tag-compliance-checker-dev looks at the tags of instances as they change.`,
        code: 'NOT_DEPLOYED',
        suggestions: [
          'Run the engine here: compliancectl scan --local',
          'Deploy a preset that scans, such as standard',
        ],
        exitCode: 2,
      });
    });

    it('is not there either where nobody may ask for the tag checker', async () => {
      notThere(NAME);
      lambda
        .on(GetFunctionConfigurationCommand, { FunctionName: 'tag-compliance-checker-dev' })
        .rejects(denied('lambda:GetFunctionConfiguration'));
      expect((await errorOf()).message).to.equal(
        `No scanner is deployed as ${NAME} or config-evaluator-dev in ${WHERE}.`,
      );
    });

    it('may not be asked for, or called: the action is named', async () => {
      lambda.on(InvokeCommand).rejects(denied('lambda:InvokeFunction'));
      expect(await errorOf()).to.deep.equal({
        message: `AWS denied lambda:InvokeFunction on ${NAME}: User: arn:aws:iam::${ACCOUNT}:user/ada is not authorized to perform: lambda:InvokeFunction.`,
        code: 'SCANNER_DENIED',
        suggestions: [`Allow lambda:InvokeFunction on ${arnOf(NAME)}`],
        exitCode: 3,
      });
      lambda.on(GetFunctionConfigurationCommand).rejects(denied('lambda:GetFunctionConfiguration'));
      expect(await errorOf()).to.deep.equal({
        message: `AWS denied lambda:GetFunctionConfiguration on ${NAME}: User: arn:aws:iam::${ACCOUNT}:user/ada is not authorized to perform: lambda:GetFunctionConfiguration.`,
        code: 'SCANNER_DENIED',
        suggestions: [`Allow lambda:GetFunctionConfiguration on ${arnOf(NAME)}`],
        exitCode: 3,
      });
    });

    it('is throttled to the end', async () => {
      lambda.on(InvokeCommand).rejects(serviceError('TooManyRequestsException', 429, 'Rate Exceeded.'));
      expect(await errorOf()).to.deep.equal({
        message: `Lambda throttled lambda:InvokeFunction on ${NAME} to the end: Rate Exceeded.`,
        code: 'SCANNER_UNREADABLE',
        suggestions: ['Try again when the scans under way have ended'],
        exitCode: 3,
      });
      expect(inputs()).to.have.length(1);
    });

    it('is called again for the same scan where the connection was cut', async () => {
      lambda
        .on(InvokeCommand)
        .rejectsOnce(reset)
        .rejectsOnce(serviceError('ServiceException', 500, 'Internal error'))
        .resolves(invoked(answer()));
      await run();
      expect(inputs().map(eventOf)).to.deep.equal(Array.from({ length: 3 }, () => ({ scan_id: ID, time: NOW })));
    });

    it('is not called again where it has no bucket, and would do all of it twice', async () => {
      withoutBucket();
      lambda.on(InvokeCommand).rejectsOnce(reset).resolves(invoked(inline()));
      expect(await errorOf()).to.deep.equal({
        message: `lambda:InvokeFunction on ${NAME} failed: read ECONNRESET.`,
        code: 'SCANNER_UNREADABLE',
        suggestions: [
          'Check the network, proxies and AWS_ENDPOINT_URL',
          `A scan that has begun goes on in AWS, as ${ID}`,
          `It is stored nowhere, for ${NAME} has no bucket: its alerts and its log group /aws/lambda/${NAME} say what it finds`,
        ],
        exitCode: 3,
      });
      expect(inputs()).to.have.length(1);
    });

    it('is asked for again where that was cut', async () => {
      const { FunctionArn, Timeout } = { FunctionArn: arnOf(NAME), Timeout: 300 };
      lambda
        .on(GetFunctionConfigurationCommand, { FunctionName: NAME })
        .rejectsOnce(reset)
        .resolves({ FunctionArn, Timeout });
      answering(inline());
      expect((await run()).head.scan_id).to.equal(ID);
    });

    it('is described as AWS describes functions: a page of a proxy’s is no function', async () => {
      lambda.on(GetFunctionConfigurationCommand, { FunctionName: NAME }).resolves({});
      expect(await errorOf()).to.deep.equal({
        message: `lambda:GetFunctionConfiguration on ${NAME} failed: The answer has no FunctionArn.`,
        code: 'SCANNER_UNREADABLE',
        suggestions: ['Check the network, proxies and AWS_ENDPOINT_URL'],
        exitCode: 3,
      });
    });

    it('leaves a defect of ours what it is', async () => {
      const defect = new TypeError('x is undefined');
      lambda.on(InvokeCommand).rejects(defect);
      expect(await thrownBy(() => run())).to.equal(defect);
    });
  });

  describe('that fails', () => {
    it('says why, without what could move the cursor', async () => {
      lambda.on(InvokeCommand).resolves(thrown('Nothing could be read:\n every call \u001b[31mfailed'));
      expect(await errorOf()).to.deep.equal({
        message: `${NAME} failed: Nothing could be read: every call [31mfailed.`,
        code: 'SCAN_FAILED',
        suggestions: [LOGS],
        exitCode: 3,
      });
    });

    it('says where its document is, if it has one, where it could not deliver something else', async () => {
      const message = 'The alerts failed: no such topic. Delivered: results.';
      lambda.on(InvokeCommand).resolves(thrown(message, 'DeliveryError'));
      expect(await errorOf()).to.deep.include({
        message: `${NAME} failed: ${message}`,
        suggestions: [LOGS, `The document, if it stored that: ${DOCUMENT}`],
      });
      withoutBucket();
      expect((await errorOf()).suggestions).to.deep.equal([LOGS]);
    });

    for (const text of ['', 'null', '{', '{"errorMessage":1}', '{}']) {
      it(`says that it does not say why, as in ${JSON.stringify(text)}`, async () => {
        lambda.on(InvokeCommand).resolves(invoked(text, 'Unhandled'));
        expect((await errorOf()).message).to.equal(`${NAME} failed: it does not say why.`);
      });
    }

    it('is cut where it says too much', async () => {
      lambda.on(InvokeCommand).resolves(thrown('x'.repeat(10_000)));
      expect((await errorOf()).message).to.equal(`${NAME} failed: ${'x'.repeat(2000)}.`);
    });
  });

  describe('that answers', () => {
    for (const text of ['', '<html></html>', '{"scan_id":']) {
      it(`what is no JSON is not believed: ${JSON.stringify(text)}`, async () => {
        lambda.on(InvokeCommand).resolves(invoked(text));
        expect(await errorOf()).to.deep.equal({
          message: `${NAME} gave an answer that is not JSON, or was cut short.`,
          code: 'BAD_ANSWER',
          suggestions: [`Its log group says more: /aws/lambda/${NAME}`, 'Look for a proxy between here and AWS'],
          exitCode: 3,
        });
      });
    }

    it('without a payload is not believed', async () => {
      lambda.on(InvokeCommand).resolves({ StatusCode: 200 });
      expect((await errorOf()).code).to.equal('BAD_ANSWER');
    });

    for (const value of [null, {}, { statusCode: 200 }, { ...answer(), summary: 'well' }]) {
      it(`something else is not believed: ${JSON.stringify(value).slice(0, 40)}`, async () => {
        answering(value);
        expect(await errorOf()).to.deep.equal({
          message: `${NAME} gave an answer that is none of a scan.`,
          code: 'BAD_ANSWER',
          suggestions: [
            'Deploy the stack again with this version of compliancectl',
            `Its log group says more: /aws/lambda/${NAME}`,
          ],
          exitCode: 3,
        });
      });
    }

    it('neither with a document nor with a scan has nothing to show', async () => {
      answering({ ...answer(), document: undefined });
      expect(await errorOf()).to.deep.equal({
        message: `The answer of ${NAME} holds no scan, and says of none where it lies. ${CAME_TO}`,
        code: 'BAD_ANSWER',
        suggestions: ['Deploy the stack again with this version of compliancectl'],
        exitCode: 3,
      });
    });

    it('with failed deliveries is shown, and they are told', async () => {
      const deliveries = [
        { sink: 'results', status: 'delivered' },
        { sink: 'alerts', status: 'failed', reason: 'no such\ntopic' },
        { sink: 'webhook chat', status: 'failed' },
      ] as const;
      answering(answer({ deliveries: [...deliveries] }));
      expect((await run()).notes).to.deep.equal([
        'The function could not deliver the alerts: no such topic.',
        'The function could not deliver the webhook chat: it does not say why.',
      ]);
    });
  });

  describe('with a document', () => {
    const statuses = async (include: Parameters<typeof reportedStatuses>[0]) =>
      (await run({ reported: reportedStatuses(include) })).evaluations.map(({ status }) => status);

    it('is shown as it was stored, without what nobody asked for', async () => {
      const { head: shownHead, evaluations, readable, omitted, notes } = await run();
      expect(shownHead).to.deep.equal(head(HEAD));
      expect(evaluations).to.deep.equal([FINDINGS[0], FINDINGS[3]]);
      expect({ readable, omitted, notes }).to.deep.equal({ readable: true, omitted: 0, notes: [] });
      expect(await statuses(['pass'])).to.deep.equal(['FAIL', 'PASS', 'UNKNOWN']);
      expect(await statuses(['not-applicable'])).to.deep.equal(['FAIL', 'NOT_APPLICABLE', 'UNKNOWN']);
    });

    it('has the rules of the settings, and built-in ones that have judged beside', async () => {
      const [first, second] = ['s3-bucket-encrypted', 'ec2-required-tags'].map((id) =>
        builtIn.find((rule) => rule.id === id),
      );
      if (first === undefined || second === undefined) throw new Error('The rules have other names.');
      const ids = async (...rules: (typeof first)[]) =>
        (await run({ rules: rules.map((rule) => ({ rule, parameters: {} })) })).rules.map(({ id }) => id);
      expect(await ids(first)).to.deep.equal([first.id, second.id]);
      expect(await ids(second)).to.deep.equal([second.id]);
    });

    it('is read again where the bytes were cut off', async () => {
      bucket.fail('GetObject', reset, { times: 2 });
      expect((await run()).evaluations).to.have.length(2);
    });

    const failing = (error: Error) => {
      bucket.fail('GetObject', error);
      return errorOf();
    };

    it('may be denied: permission and object are named, and what the scan came to', async () => {
      expect(await failing(serviceError('AccessDenied', 403, 'Access Denied'))).to.deep.equal({
        message: `AWS denied s3:GetObject on ${DOCUMENT}. ${CAME_TO}`,
        code: 'DOCUMENT_DENIED',
        suggestions: ['Allow s3:GetObject on the objects of that bucket'],
        exitCode: 3,
      });
    });

    it('may be denied for its key', async () => {
      const message =
        'User: ada is not authorized to perform: kms:Decrypt on the resource associated with this ciphertext';
      expect(await failing(serviceError('AccessDenied', 403, message))).to.deep.equal({
        message: `AWS denied kms:Decrypt on ${DOCUMENT} (${message}). ${CAME_TO}`,
        code: 'DOCUMENT_DENIED',
        suggestions: ['Allow kms:Decrypt on its key'],
        exitCode: 3,
      });
    });

    it('may be gone', async () => {
      bucket.objects.clear();
      const expected = {
        message: `There is no document ${DOCUMENT} any more. ${CAME_TO}`,
        code: 'DOCUMENT_MISSING',
        suggestions: ['Scan again, and look for what deletes from the bucket'],
        exitCode: 3,
      };
      expect(await errorOf()).to.deep.equal(expected);
      expect(await failing(serviceError('NoSuchBucket', 404, 'Gone'))).to.deep.equal(expected);
    });

    it('may be out of reach', async () => {
      expect(await failing(reset)).to.deep.equal({
        message: `${DOCUMENT} could not be read: read ECONNRESET. ${CAME_TO}`,
        code: 'DOCUMENT_UNREADABLE',
        suggestions: ['Read it later: aws s3 cp, and gunzip'],
        exitCode: 3,
      });
    });

    for (const [what, bytes, message, suggestion] of [
      ['truncated', BYTES.subarray(0, BYTES.length - 20), 'The archive ends before its end', 'Scan again'],
      ['no scan', Buffer.from('hello\n'), 'Not a scan document: it does not begin like one', 'Scan again'],
      [
        'of a newer schema',
        storedDocument({ ...HEAD, schema: 'compliancectl.scan/2' as 'compliancectl.scan/1' })[1],
        'The document is of the newer schema compliancectl.scan/2',
        'Use the version of compliancectl that deployed the stack, or a later one',
      ],
    ] as const) {
      it(`may be ${what}`, async () => {
        bucket.objects.set(KEY, bytes);
        expect(await errorOf()).to.deep.equal({
          message: `${message}: ${DOCUMENT}. ${CAME_TO}`,
          code: 'DOCUMENT_UNREADABLE',
          suggestions: [suggestion],
          exitCode: 3,
        });
      });
    }

    it('says what a scan came to that judged nothing, or was cut short', async () => {
      bucket.objects.clear();
      answering(answer({ summary: {}, complete: false }));
      expect((await errorOf()).message).to.equal(
        `There is no document ${DOCUMENT} any more. The scan was made, cut short: score none, 0 FAIL, 0 UNKNOWN, 0 WAIVED, 0 PASS.`,
      );
    });

    it('leaves a defect of ours what it is', async () => {
      const defect = new TypeError('x is undefined');
      bucket.fail('GetObject', defect);
      expect(await thrownBy(() => run())).to.equal(defect);
    });
  });

  describe('without a bucket', () => {
    beforeEach(() => {
      withoutBucket();
      bucket.objects.clear();
    });

    it('is shown from the answer', async () => {
      answering(inline());
      const { head: shownHead, evaluations, notes } = await run();
      expect(shownHead).to.deep.equal(head(HEAD));
      expect(evaluations).to.deep.equal([FINDINGS[0], FINDINGS[3]]);
      expect(notes).to.deep.equal([]);
    });

    it('tells how much had no room in the answer, which may be what --fail-on looks for', async () => {
      answering(inline({ ...head(HEAD), evaluations: [FINDINGS[0]] }, { evaluations_omitted: 3 }));
      const scan = await run();
      expect(scan.notes).to.deep.equal([
        '3 evaluations had no room in the answer of the function, which has no bucket: the score and the counts are of all 4 verdicts, the findings are not all shown.',
      ]);
      expect(judgeOutcome(scan, { threshold: 0, failOn: 'critical', allowIncomplete: false })).to.deep.equal({
        exitCode: 4,
        reasons: ['1 verdict is UNKNOWN.', '3 evaluations are missing, and may be what --fail-on looks for.'],
      });
      expect(judgeOutcome(scan, { threshold: 0, failOn: 'critical', allowIncomplete: true }).exitCode).to.equal(0);
    });

    it('tells that it has nothing that passes to include', async () => {
      const note = 'The function has no bucket, and answers with what is amiss alone: --include adds nothing.';
      answering(inline({ ...head(HEAD), evaluations: [FINDINGS[0], FINDINGS[3]] }));
      const notes = async (...include: Parameters<typeof reportedStatuses>[0]) =>
        (await run({ reported: reportedStatuses(include) })).notes;
      expect(await notes()).to.deep.equal([]);
      expect(await notes('pass')).to.deep.equal([note]);
      expect(await notes('not-applicable')).to.deep.equal([note]);
      answering(inline());
      expect(await notes('pass', 'not-applicable')).to.deep.equal([]);
    });

    for (const [what, scan, message] of [
      ['no scan', { schema: 'x' }, 'Not a scan document: its head is another'],
      [
        'of a newer schema',
        { ...head(), schema: 'compliancectl.scan/2' },
        'The document is of the newer schema compliancectl.scan/2',
      ],
    ] as const) {
      it(`is refused where the answer holds one that is ${what}`, async () => {
        answering(inline(scan));
        expect(await errorOf()).to.deep.include({
          message: `${message}: the answer of ${NAME}. ${CAME_TO}`,
          code: 'DOCUMENT_UNREADABLE',
          exitCode: 3,
        });
      });
    }
  });

  describe('compared with a baseline', () => {
    const earlier = (fingerprint: string, changes: Partial<Evaluation> = {}) => finding({ fingerprint, ...changes });
    const baseline = (...failures: Evaluation[]) => ({
      baseline: { scanId: 'earlier', reportTimestamp: '2026-11-20T06:00:00.000Z', failures },
    });
    const summaryOf = async (changes: Partial<RemotePlan>) => {
      const { head: compared, evaluations } = await run(changes);
      const { fixed = [], not_rechecked: unseen = [], ...rest } = compared.baseline ?? {};
      const ids = (findings: readonly { readonly fingerprint: string }[]) =>
        findings.map(({ fingerprint }) => fingerprint);
      return { ...rest, fixed: ids(fixed), unseen: ids(unseen), changes: evaluations.map(({ change }) => change) };
    };
    const EARLIER = { scan_id: 'earlier', report_timestamp: '2026-11-20T06:00:00.000Z' };

    it('tells what is new', async () => {
      expect(await summaryOf(baseline())).to.deep.equal({
        ...EARLIER,
        new: 1,
        worse: 0,
        unchanged: 0,
        fixed: [],
        unseen: [],
        changes: ['new', undefined],
      });
    });

    it('tells what is fixed where its rule has judged there, and what was not looked at again', async () => {
      const failures = [
        earlier('b'),
        earlier('d'),
        earlier('elsewhere', { region: 'us-east-1' }),
        earlier('other rule', { rule_id: 's3-bucket-encrypted' }),
        earlier('unknown rule', { rule_id: 'gone' }),
      ];
      expect(await summaryOf(baseline(earlier('a', { severity: 'low' }), ...failures))).to.deep.equal({
        ...EARLIER,
        new: 0,
        worse: 1,
        unchanged: 0,
        fixed: ['b'],
        unseen: ['d', 'elsewhere', 'other rule', 'unknown rule'],
        changes: ['worse', undefined],
      });
    });

    it('puts the comparison where a scan here puts it', async () => {
      const keys = Object.keys((await run(baseline())).head);
      expect(keys.slice(-3)).to.deep.equal(['waivers', 'baseline', 'gaps']);
    });

    it('calls nothing fixed where a call could not be answered, or evaluations are missing', async () => {
      const [key, bytes] = storedDocument({ ...HEAD, gaps: [gap()] }, FINDINGS);
      bucket.objects.set(key, bytes);
      expect(await summaryOf(baseline(earlier('b')))).to.deep.include({ fixed: [], unseen: ['b'] });
      answering(inline({ ...head(HEAD), evaluations: FINDINGS }, { evaluations_omitted: 1 }));
      expect(await summaryOf(baseline(earlier('b')))).to.deep.include({ fixed: [], unseen: ['b'] });
    });
  });

  describe('that is interrupted', () => {
    const interrupted = async (at: (interruption: AbortController) => void) => {
      const interruption = new AbortController();
      at(interruption);
      return userErrorOf(() => run({}, interruption.signal));
    };
    const aborted = new DOMException('The operation was aborted', 'AbortError');

    it('before it was asked for has not begun', async () => {
      const error = await interrupted((interruption) => {
        lambda.on(GetFunctionConfigurationCommand).callsFake(async () => {
          interruption.abort('interrupted');
          throw aborted;
        });
      });
      expect(error).to.deep.equal({
        message: 'Interrupted before a scan was asked for.',
        code: 'INTERRUPTED',
        suggestions: [],
        exitCode: 130,
      });
      expect(inputs()).to.deep.equal([]);
    });

    it('while it is waited for goes on in AWS', async () => {
      const whileWaiting = () =>
        interrupted((interruption) => {
          lambda.on(InvokeCommand).callsFake(async () => {
            interruption.abort('interrupted');
            throw aborted;
          });
        });
      expect(await whileWaiting()).to.deep.equal({
        message: `The waiting was ended. A scan that has begun goes on in AWS, as ${ID}.`,
        code: 'INTERRUPTED',
        suggestions: [`Its document will be ${DOCUMENT}`],
        exitCode: 130,
      });
      withoutBucket();
      expect((await whileWaiting()).suggestions).to.deep.equal([
        `It is stored nowhere, for ${NAME} has no bucket: its alerts and its log group /aws/lambda/${NAME} say what it finds`,
      ]);
    });

    it('while it is read is done', async () => {
      const error = await interrupted((interruption) => {
        bucket.during('GetObject', () => {
          interruption.abort('interrupted');
          throw aborted;
        });
      });
      expect(error).to.deep.equal({
        message: `The reading was ended. The scan ${ID} is done.`,
        code: 'INTERRUPTED',
        suggestions: [`It is ${DOCUMENT}`],
        exitCode: 130,
      });
    });
  });

  describe('that is only asked for', () => {
    const ask = (signal?: AbortSignal) => requestRemoteScan(plan(), settings(signal));

    it('is not waited for', async () => {
      lambda.on(InvokeCommand).resolves({ StatusCode: 202 });
      expect(await ask()).to.deep.equal({
        document: {
          schema: 'compliancectl.scan-request/1',
          scan_id: ID,
          report_timestamp: NOW,
          environment: 'dev',
          function_name: NAME,
          function_arn: arnOf(NAME),
          log_group: `/aws/lambda/${NAME}`,
          document: { bucket: BUCKET, key: KEY },
        },
        text: [
          `${NAME} in ${WHERE} was asked for the scan ${ID}.`,
          `Its document will be ${DOCUMENT}.`,
          'To wait for a scan and see it: compliancectl scan -e dev',
          '',
        ].join('\n'),
      });
      expect(inputs().map(({ InvocationType }) => InvocationType)).to.deep.equal(['Event']);
      expect(inputs().map(eventOf)).to.deep.equal([{ scan_id: ID, time: NOW }]);
      expect(bucket.operations.size).to.equal(0);
    });

    it('says so where it will be stored nowhere', async () => {
      withoutBucket();
      lambda.on(InvokeCommand).resolves({ StatusCode: 202 });
      const { document, text } = await ask();
      expect(document).to.not.have.property('document');
      expect(text.split('\n')[1]).to.equal(
        `It is stored nowhere, for ${NAME} has no bucket: its alerts and its log group /aws/lambda/${NAME} say what it finds.`,
      );
    });

    it('may be denied', async () => {
      lambda.on(InvokeCommand).rejects(denied('lambda:InvokeFunction'));
      expect((await userErrorOf(() => ask())).code).to.equal('SCANNER_DENIED');
    });
  });
});
