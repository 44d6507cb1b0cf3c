import { expect } from 'chai';

import { readReporterEvent } from '../../src/functions/reporter-event.ts';
import { userErrorOf } from '../support/errors.ts';
import { invocation } from '../support/invocation.ts';

const startedAt = new Date('2026-11-21T07:08:09.010Z');
const requestId = '6f9d8f4e-0000-4000-8000-000000000001';
const read = (event: unknown) => readReporterEvent(event, invocation({}, { startedAt }));

const scheduled = {
  version: '0',
  id: 'e1',
  'detail-type': 'Scheduled Event',
  source: 'aws.events',
  account: '111122223333',
  time: '2026-11-21T00:00:00Z',
  region: 'eu-west-1',
  resources: ['arn:aws:events:eu-west-1:111122223333:rule/compliance-reporter-schedule-dev'],
  detail: {},
};

describe('what starts the reporter', () => {
  it('is a schedule: the day before it, in UTC (S1-3)', () => {
    const dateOf = (time: string) => read({ ...scheduled, time });
    expect(dateOf('2026-11-21T00:00:00Z')).to.deep.equal({ kind: 'daily', id: 'e1', date: '2026-11-20' });
    expect(dateOf('2026-11-20T23:59:59.999Z')).to.deep.include({ date: '2026-11-19' });
    expect(dateOf('2026-11-21T00:30:00+02:00')).to.deep.include({ date: '2026-11-19' });
    expect(dateOf('2027-01-01T00:00:00Z')).to.deep.include({ date: '2026-12-31' });
    expect(dateOf('2028-03-01T00:00:00Z')).to.deep.include({ date: '2028-02-29' });
  });

  it('is a schedule that names a kind: Monday’s week ends on Sunday', () => {
    const monday = { ...scheduled, time: '2026-11-23T01:00:00Z' };
    expect(read({ ...monday, kind: 'weekly' })).to.deep.equal({ kind: 'weekly', id: 'e1', date: '2026-11-22' });
    expect(read({ ...monday, detail: { kind: 'executive' } })).to.deep.equal({
      kind: 'executive',
      id: 'e1',
      date: '2026-11-22',
    });
    expect(read({ ...monday, kind: 'aggregate' })).to.deep.equal({
      kind: 'aggregate',
      id: 'e1',
      asOf: '2026-11-23T01:00:00.000Z',
    });
  });

  it('is a request: what is not given is the invocation’s own', () => {
    expect(read({})).to.deep.equal({ kind: 'daily', id: requestId, date: '2026-11-20' });
    expect(read({ kind: 'weekly', date: '2026-10-04' })).to.deep.equal({
      kind: 'weekly',
      id: requestId,
      date: '2026-10-04',
    });
    expect(read({ kind: 'aggregate' })).to.deep.equal({
      kind: 'aggregate',
      id: requestId,
      asOf: '2026-11-21T07:08:09.010Z',
    });
    expect(read({ kind: 'aggregate', date: '2026-10-04' })).to.deep.include({ asOf: '2026-10-04T23:59:59.999Z' });
  });

  describe('is a function that has ended well (S2-5)', () => {
    const ended = {
      version: '1.0',
      timestamp: '2026-11-20T12:00:41.123Z',
      requestContext: {
        requestId: 'r1',
        functionArn: 'arn:aws:lambda:eu-west-1:111122223333:function:config-evaluator-dev:$LATEST',
        condition: 'Success',
        approximateInvokeCount: 1,
      },
      requestPayload: scheduled,
      responseContext: { statusCode: 200, executedVersion: '$LATEST' },
      responsePayload: { complete: true },
    };

    it('as of the event that it had', () => {
      expect(read(ended)).to.deep.equal({ kind: 'aggregate', id: 'r1', asOf: '2026-11-21T00:00:00.000Z' });
    });

    it('as of its end, where its event had no time', () => {
      const expected = { kind: 'aggregate', id: 'r1', asOf: '2026-11-20T12:00:41.123Z' };
      expect(read({ ...ended, requestPayload: { rules: ['a'] } })).to.deep.equal(expected);
      expect(read({ ...ended, requestPayload: null })).to.deep.equal(expected);
    });
  });

  it('is nothing else', async () => {
    const refusal = async (event: unknown) => {
      const { code, message } = await userErrorOf(() => read(event));
      return [code, message];
    };
    const sentence = (why: string) => [
      'BAD_EVENT',
      `The event is not a schedule’s, nor a request for a report: ${why}.`,
    ];
    expect(await refusal({ kind: 'daily', date: '20.11.2026' })).to.deep.equal(
      sentence('date: is not a day such as 2026-11-20'),
    );
    expect(await refusal({ date: '2026-02-30' })).to.deep.equal(sentence('date: is not a day such as 2026-11-20'));
    expect((await refusal({ kind: 'monthly' }))[0]).to.equal('BAD_EVENT');
    expect((await refusal({ time: 'yesterday' }))[0]).to.equal('BAD_EVENT');
    expect((await refusal('daily'))[0]).to.equal('BAD_EVENT');
    expect((await refusal(undefined))[0]).to.equal('BAD_EVENT');
  });
});
