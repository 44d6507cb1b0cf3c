import { expect } from 'chai';
import * as z from 'zod';

import { bridgeEvent, eventId, eventTime, parseEvent } from '../../src/functions/event.ts';
import { userErrorOf } from '../support/errors.ts';

const SCHEDULED = {
  version: '0',
  id: '53dc4d37-cffa-4f76-80c9-8b7d4a4d2eaa',
  'detail-type': 'Scheduled Event',
  source: 'aws.events',
  account: '111122223333',
  time: '2026-11-21T06:00:00Z',
  region: 'eu-west-1',
  resources: ['arn:aws:events:eu-west-1:111122223333:rule/compliance-scanner-schedule-dev'],
  detail: {},
};

describe('an event of EventBridge', () => {
  it('is told by its id, time, source and type', () => {
    expect(bridgeEvent.parse(SCHEDULED)).to.deep.equal({
      id: '53dc4d37-cffa-4f76-80c9-8b7d4a4d2eaa',
      time: '2026-11-21T06:00:00Z',
      source: 'aws.events',
      'detail-type': 'Scheduled Event',
    });
  });

  for (const key of ['id', 'time', 'source', 'detail-type']) {
    it(`is none without ${key}`, () => {
      expect(bridgeEvent.safeParse({ ...SCHEDULED, [key]: undefined }).success).to.equal(false);
    });
  }
});

describe('an id', () => {
  for (const id of ['a', '53dc4d37-cffa-4f76-80c9-8b7d4a4d2eaa', 'nightly_2026.11.21', 'x'.repeat(64)]) {
    it(`may be ${id}`, () => {
      expect(eventId.safeParse(id).success).to.equal(true);
    });
  }
  for (const id of ['', '../latest', 'a/b', 'a b', 'a#b', 'ä', 'x'.repeat(65), 7]) {
    it(`may not be ${JSON.stringify(id)}`, () => {
      expect(eventId.safeParse(id).success).to.equal(false);
    });
  }
});

describe('parseEvent', () => {
  const schema = z.strictObject({ time: eventTime });

  it('gives the event', () => {
    expect(parseEvent({ time: '2026-11-21T06:00:00+01:00' }, schema, 'a request')).to.deep.equal({
      time: '2026-11-21T06:00:00+01:00',
    });
  });

  const sentences: readonly [event: unknown, message: string][] = [
    [{ time: 'noon' }, 'The event is not a request: time: is not a time such as 2026-11-21T06:00:00Z.'],
    [{}, 'The event is not a request: time: is not a time such as 2026-11-21T06:00:00Z.'],
    [null, 'The event is not a request: Invalid input: expected object, received null.'],
    ['scan', 'The event is not a request: Invalid input: expected object, received string.'],
    [[], 'The event is not a request: Invalid input: expected object, received array.'],
    [{ time: '2026-11-21T06:00:00Z', tiem: 1 }, 'The event is not a request: Unrecognized key: "tiem".'],
  ];
  for (const [event, message] of sentences) {
    it(`says what is wrong with ${JSON.stringify(event)}`, async () => {
      expect(await userErrorOf(() => parseEvent(event, schema, 'a request'))).to.deep.equal({
        message,
        code: 'BAD_EVENT',
        suggestions: ['docs/functions.md shows the events that each function takes'],
        exitCode: 2,
      });
    });
  }
});
