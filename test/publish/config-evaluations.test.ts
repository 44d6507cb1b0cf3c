import { ConfigServiceClient, PutEvaluationsCommand } from '@aws-sdk/client-config-service';
import type { Evaluation } from '@aws-sdk/client-config-service';
import { mockClient } from 'aws-sdk-client-mock';
import { expect } from 'chai';

import { PUT_EVALUATIONS, putEvaluations } from '../../src/publish/config-evaluations.ts';
import type { ConfigVerdict } from '../../src/publish/config-evaluations.ts';
import { serviceError } from '../support/aws-errors.ts';
import { handedOn } from '../support/collect.ts';
import { thrownBy } from '../support/errors.ts';

const AT = new Date('2026-11-20T06:00:00Z');

function verdict(changes: Partial<ConfigVerdict> = {}): ConfigVerdict {
  return {
    resourceType: 'AWS::EC2::Instance',
    resourceId: 'i-0123456789abcdef0',
    compliance: 'COMPLIANT',
    annotation: 'EC2 instance carries the required tags.',
    ...changes,
  };
}

const evaluation: Evaluation = {
  ComplianceResourceType: 'AWS::EC2::Instance',
  ComplianceResourceId: 'i-0123456789abcdef0',
  ComplianceType: 'COMPLIANT',
  Annotation: 'EC2 instance carries the required tags.',
  OrderingTimestamp: AT,
};

describe('putting evaluations to AWS Config', () => {
  const config = new ConfigServiceClient({ region: 'eu-west-1' });
  const aws = mockClient(config);
  const { signal } = new AbortController();
  beforeEach(() => {
    aws.reset();
    aws.on(PutEvaluationsCommand).resolves({});
  });

  const put = (verdicts: readonly ConfigVerdict[], resultToken = 'token') =>
    putEvaluations(config, verdicts, { resultToken, orderingTimestamp: AT, signal });
  const inputs = () => aws.commandCalls(PutEvaluationsCommand).map(({ args }) => args[0].input);

  it('puts each with its type, id, verdict, annotation and moment', async () => {
    await put([
      verdict(),
      verdict({ resourceId: 'i-2', compliance: 'NON_COMPLIANT', annotation: 'Instance i-2 lacks.' }),
    ]);

    expect(inputs()).to.deep.equal([
      {
        Evaluations: [
          evaluation,
          {
            ...evaluation,
            ComplianceResourceId: 'i-2',
            ComplianceType: 'NON_COMPLIANT',
            Annotation: 'Instance i-2 lacks.',
          },
        ],
        ResultToken: 'token',
      },
    ]);
    expect(handedOn(signal, aws)).to.deep.equal([true]);
    expect(PUT_EVALUATIONS.action).to.equal('config:PutEvaluations');
  });

  it('puts a hundred at a time', async () => {
    await put(Array.from({ length: 201 }, (_, index) => verdict({ resourceId: `i-${index}` })));

    const ids = inputs().map(({ Evaluations = [] }) => Evaluations.map((each) => each.ComplianceResourceId));
    expect(ids.map((each) => [each.length, each[0], each.at(-1)])).to.deep.equal([
      [100, 'i-0', 'i-99'],
      [100, 'i-100', 'i-199'],
      [1, 'i-200', 'i-200'],
    ]);
  });

  it('makes no call where there is nothing to put', async () => {
    await put([]);
    expect(aws.calls()).to.have.length(0);
  });

  it('says that it is a test where the token does', async () => {
    await put([verdict()], 'TESTMODE');
    expect(inputs()).to.deep.equal([{ Evaluations: [evaluation], ResultToken: 'TESTMODE', TestMode: true }]);
  });

  it('puts again what Config did not take', async () => {
    const refused = { ...evaluation, ComplianceResourceId: 'i-2' };
    aws
      .on(PutEvaluationsCommand)
      .resolvesOnce({ FailedEvaluations: [refused] })
      .resolves({ FailedEvaluations: [] });

    await put([verdict(), verdict({ resourceId: 'i-2' })]);
    expect(inputs().map(({ Evaluations }) => Evaluations)).to.deep.equal([[evaluation, refused], [refused]]);
  });

  it('throws what Config refuses to the end, when every batch has been put', async () => {
    const refused = { ...evaluation, ComplianceResourceId: 'i-7' };
    aws
      .on(PutEvaluationsCommand)
      .resolves({ FailedEvaluations: [refused] })
      .on(PutEvaluationsCommand, { Evaluations: [{ ...evaluation, ComplianceResourceId: 'i-100' }] })
      .resolves({});

    const error = await thrownBy(() =>
      put(Array.from({ length: 101 }, (_, index) => verdict({ resourceId: `i-${index}` }))),
    );
    expect((error as Error).message).to.equal('AWS Config did not take 1 of 101 evaluations, that of i-7 first.');
    expect(inputs().map(({ Evaluations = [] }) => Evaluations.length)).to.deep.equal([100, 1, 1, 1]);
  });

  for (const [name, status] of [
    ['ThrottlingException', 400],
    ['AccessDeniedException', 400],
    ['InvalidResultTokenException', 400],
  ] as const) {
    it(`throws ${name} on`, async () => {
      const refusal = serviceError(name, status, 'No');
      aws.on(PutEvaluationsCommand).rejects(refusal);
      expect(await thrownBy(() => put([verdict()]))).to.equal(refusal);
    });
  }

  for (const [what, annotation, expected] of [
    ['one line of several', 'One\r\n\ttwo\u2028three', 'One two three'],
    ['no control characters', 'Tag \u001B[31mred\u202E', 'Tag [31mred'],
    ['something where there is nothing', ' \n ', '-'],
    ['256 characters whole', 'x'.repeat(256), 'x'.repeat(256)],
    ['256 characters of more', 'x'.repeat(257), `${'x'.repeat(255)}…`],
    ['no half of a character', `${'x'.repeat(254)}😀😀`, `${'x'.repeat(254)}…`],
  ] as const) {
    it(`makes an annotation ${what}`, async () => {
      await put([verdict({ annotation })]);
      expect(inputs()[0]?.Evaluations?.[0]?.Annotation).to.equal(expected);
    });
  }
});
