import { expect } from 'chai';

import { RateLimit } from '../../src/aws/rate-limit.ts';
import { fakeClock } from '../support/clock.ts';
import { thrownBy } from '../support/errors.ts';

describe('the rate limit', () => {
  const clock = fakeClock();
  const never = new AbortController().signal;

  /** When each of so many calls may leave, in milliseconds. */
  async function departures(service: string, calls: number, operation = 'Describe'): Promise<number[]> {
    const limit = new RateLimit(service);
    const left: number[] = [];
    const all = Array.from({ length: calls }, async () => {
      await limit.acquire(operation, never);
      left.push(clock().now);
    });
    await clock().tickAsync(3000);
    await Promise.all(all);
    return left;
  }

  const quotas: readonly (readonly [service: string, burst: number, perSecond: number])[] = [
    ['EC2', 75, 15],
    ['S3', 100, 100],
    ['RDS', 20, 10],
    ['Other', 20, 10],
  ];
  for (const [service, burst, perSecond] of quotas) {
    it(`lets ${burst} calls of ${service} leave at once, then ${perSecond} a second`, async () => {
      const left = await departures(service, burst + 2 * perSecond);
      expect(left.filter((time) => time === 0)).to.have.length(burst);
      // One more may fall on the second itself.
      const withinSecond = left.filter((time) => time > 0 && time <= 1000).length;
      expect(withinSecond).to.be.within(perSecond - 1, perSecond);
      expect(left.at(-1)).to.be.within(2000, 2100);
    });
  }

  it('counts each operation for itself', async () => {
    const limit = new RateLimit('RDS');
    for (let call = 0; call < 20; call += 1) await limit.acquire('DescribeDBInstances', never);
    await limit.acquire('DescribeDBClusters', never);
    expect(clock().now).to.equal(0);
  });

  it('ends the waiting of all at once where it is interrupted', async () => {
    const limit = new RateLimit('RDS');
    const interruption = new AbortController();
    for (let call = 0; call < 20; call += 1) await limit.acquire('Describe', interruption.signal);
    const waiting = Array.from({ length: 1000 }, () => thrownBy(() => limit.acquire('Describe', interruption.signal)));
    interruption.abort('interrupted');
    const errors = (await Promise.all(waiting)) as Error[];
    expect(errors.map(({ name }) => name)).to.deep.equal(Array.from({ length: 1000 }, () => 'AbortError'));
    expect(clock().now).to.equal(0);
  });

  it('lets no call leave after an interruption, though there are tokens', async () => {
    const error = await thrownBy(() => new RateLimit('EC2').acquire('Describe', AbortSignal.abort('interrupted')));
    expect(error).to.have.property('name', 'AbortError');
  });
});
