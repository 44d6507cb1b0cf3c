import type { RetryErrorInfo, SdkError, StandardRetryToken } from '@smithy/types';
import { expect } from 'chai';
import { stub } from 'sinon';
import type { SinonStub } from 'sinon';

import {
  InterruptibleRetryStrategy,
  maxAttempts,
  patience,
  throughCuts,
  TurnedAwayRetryStrategy,
} from '../../src/aws/retry.ts';
import { networkError, serviceError } from '../support/aws-errors.ts';
import { fakeClock } from '../support/clock.ts';
import { thrownBy } from '../support/errors.ts';

const THROTTLED: RetryErrorInfo = { errorType: 'THROTTLING' };
const CUT: RetryErrorInfo = { errorType: 'TRANSIENT' };
const never = () => new AbortController().signal;

describe('the attempts a call may take', () => {
  it('are eight, where the environment says nothing or nothing sensible', () => {
    for (const AWS_MAX_ATTEMPTS of [undefined, '', '0', '-1', '2.5', 'many']) {
      expect(maxAttempts({ AWS_MAX_ATTEMPTS }), String(AWS_MAX_ATTEMPTS)).to.equal(8);
    }
  });

  it('are those that the environment asks for', () => {
    expect(maxAttempts({ AWS_MAX_ATTEMPTS: '1' })).to.equal(1);
    expect(maxAttempts({ AWS_MAX_ATTEMPTS: '20' })).to.equal(20);
  });
});

describe('the retry strategy', () => {
  const clock = fakeClock();
  let random: SinonStub<[], number>;
  beforeEach(() => {
    random = stub(Math, 'random').returns(0.5);
  });
  afterEach(() => {
    random.restore();
  });

  /** Milliseconds waited before each attempt but the first, until the strategy gives up. */
  async function waits(
    attempts: number,
    info: RetryErrorInfo,
    Strategy: typeof InterruptibleRetryStrategy = InterruptibleRetryStrategy,
  ): Promise<number[]> {
    const strategy = new Strategy({ signal: never() }, attempts);
    let token: StandardRetryToken = await strategy.acquireInitialRetryToken('scope');
    const waited: number[] = [];
    for (;;) {
      const before = clock().now;
      const outcome = await settled(strategy.refreshRetryTokenForRetry(token, info));
      if (outcome === undefined) return waited;
      token = outcome;
      waited.push(clock().now - before);
    }
  }

  /** The next token as soon as the clock lets it come, or `undefined` where there is none. */
  async function settled(next: Promise<StandardRetryToken>): Promise<StandardRetryToken | undefined> {
    const outcome = next.then(
      (token) => token,
      () => undefined,
    );
    await clock().runAllAsync();
    return outcome;
  }

  it('waits longer from time to time where AWS throttles, up to twenty seconds', async () => {
    expect(await waits(8, THROTTLED)).to.deep.equal([500, 1000, 2000, 4000, 8000, 10_000, 10_000]);
  });

  it('waits shortly where a connection was cut', async () => {
    expect(await waits(5, CUT)).to.deep.equal([25, 50, 100, 200]);
  });

  it('makes one attempt where it may make one', async () => {
    expect(await waits(1, THROTTLED)).to.deep.equal([]);
  });

  it('gives up at once where another attempt would end like this one', async () => {
    expect(await waits(8, { errorType: 'CLIENT_ERROR' })).to.deep.equal([]);
  });

  it('waits as long as the service asks for, up to five seconds more than it would by itself', async () => {
    const asking = (milliseconds: number): RetryErrorInfo => ({
      ...THROTTLED,
      retryAfterHint: new Date(clock().now + milliseconds),
    });
    expect(await waits(2, asking(3000))).to.deep.equal([3000]);
    expect(await waits(2, asking(3_600_000))).to.deep.equal([5500]);
    expect(await waits(2, asking(-1000))).to.deep.equal([500]);
  });

  it('spreads its callers over the whole of the delay', async () => {
    random.returns(0);
    expect(await waits(3, THROTTLED)).to.deep.equal([0, 0]);
    random.returns(0.999);
    expect(await waits(3, THROTTLED)).to.deep.equal([999, 1998]);
  });

  it('tries again what was turned away, and not what AWS may have begun with, where that matters', async () => {
    const answered = (name: string, status: number) => serviceError(name, status, 'No') as SdkError;
    const skewed = answered('InvalidSignatureException', 403);
    const broken = answered('ServiceException', 500);
    const cases: readonly (readonly [info: RetryErrorInfo, waits: readonly number[]])[] = [
      [THROTTLED, [500, 1000]],
      [{ ...THROTTLED, error: answered('EC2ThrottledException', 502) }, [500, 1000]],
      [{ ...CUT, error: skewed }, [25, 50]],
      [{ ...CUT, error: broken }, []],
      [{ ...CUT, error: networkError('ECONNRESET', 'read ECONNRESET') as SdkError }, []],
      [CUT, []],
      [{ errorType: 'CLIENT_ERROR', error: skewed }, []],
    ];
    for (const [info, expected] of cases) {
      expect(await waits(3, info, TurnedAwayRetryStrategy)).to.deep.equal(expected);
    }
  });

  it('ends its waiting where it is interrupted, and leaves no timer behind', async () => {
    const interruption = new AbortController();
    const strategy = new InterruptibleRetryStrategy(interruption, 8);
    const token = await strategy.acquireInitialRetryToken('scope');
    const waiting = thrownBy(() => strategy.refreshRetryTokenForRetry(token, THROTTLED));
    await clock().tickAsync(1);
    interruption.abort('interrupted');
    expect(await waiting).to.have.property('name', 'AbortError');
    expect(clock().countTimers()).to.equal(0);
    expect(clock().now).to.equal(1);
  });
});

describe('patience', () => {
  const clock = fakeClock();
  let random: SinonStub<[], number>;
  beforeEach(() => {
    random = stub(Math, 'random').returns(1);
  });
  afterEach(() => {
    random.restore();
  });

  const waitBefore = async (round: number): Promise<number> => {
    const before = clock().now;
    const waiting = patience(round, never());
    await clock().runAllAsync();
    await waiting;
    return clock().now - before;
  };

  it('waits not at all before the first round, then up to twice as long each time, 3.2 s at most', async () => {
    const waits: number[] = [];
    for (let round = 0; round < 9; round += 1) waits.push(await waitBefore(round));
    expect(waits).to.deep.equal([0, 100, 200, 400, 800, 1600, 3200, 3200, 3200]);
  });

  it('spreads its callers over the whole of the delay', async () => {
    random.returns(0);
    expect(await waitBefore(5)).to.equal(0);
    random.returns(0.5);
    expect(await waitBefore(5)).to.equal(800);
  });

  it('ends its waiting where it is interrupted, and leaves no timer behind', async () => {
    const interruption = new AbortController();
    const waiting = thrownBy(() => patience(1, interruption.signal));
    await clock().tickAsync(1);
    interruption.abort('interrupted');
    expect(await waiting).to.have.property('name', 'AbortError');
    expect([clock().countTimers(), clock().now]).to.deep.equal([0, 1]);
  });
});

describe('work that may be done twice', () => {
  const clock = fakeClock();
  let random: SinonStub<[], number>;
  beforeEach(() => {
    random = stub(Math, 'random').returns(1);
  });
  afterEach(() => {
    random.restore();
  });

  /** Works of which each ends with the next of these; gives what came of it, and how long it took. */
  async function through(errors: readonly Error[], signal = never()) {
    const left = [...errors];
    const before = clock().now;
    const outcome = throughCuts(async () => {
      const error = left.shift();
      if (error !== undefined) throw error;
      return 'done';
    }, signal).catch((error: unknown) => error);
    await clock().runAllAsync();
    return [await outcome, left.length, clock().now - before];
  }
  const reset = networkError('ECONNRESET', 'read ECONNRESET');
  const broken = serviceError('ServiceException', 500, 'Internal error');

  it('is done at once where nothing is in the way', async () => {
    expect(await through([])).to.deep.equal(['done', 0, 0]);
  });

  it('is done again where the network cut it off, or AWS failed at it', async () => {
    expect(await through([reset])).to.deep.equal(['done', 0, 100]);
    expect(await through([broken, reset])).to.deep.equal(['done', 0, 300]);
  });

  it('is given up after the third time', async () => {
    expect(await through([reset, broken, reset, reset])).to.deep.equal([reset, 1, 300]);
  });

  it('is given up at once where it would end like this again', async () => {
    for (const error of [serviceError('AccessDeniedException', 403, 'No'), new TypeError('A defect'), new Error('x')]) {
      expect(await through([error, reset])).to.deep.equal([error, 1, 0]);
    }
  });

  it('is given up where it is interrupted', async () => {
    const [error, left] = await through([reset], AbortSignal.abort('interrupted'));
    expect(error).to.have.property('name', 'AbortError');
    expect(left).to.equal(0);
  });
});
