/** Client-side limits a little under AWS's own, so that a scan never eats the quota its estate lives on. */
import { setTimeout as sleep } from 'node:timers/promises';

import { TokenBucket } from 'limiter';

interface Quota {
  /** Requests that may come at once. */
  readonly burst: number;
  /** Requests a second after that. */
  readonly perSecond: number;
}

/**
 * Three quarters of what AWS grants an account, region and API: EC2's paginated reads have a bucket of 100 that refills
 * at 20 a second (docs.aws.amazon.com/ec2/latest/devguide/ec2-api-throttling.html). For S3's and RDS's control planes
 * AWS publishes nothing; these are what practice shows to be safe. DynamoDB takes what its table takes, CloudWatch 500
 * PutMetricData a second (docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_limits.html).
 */
const QUOTAS: Readonly<Record<string, Quota>> = {
  CloudWatch: { burst: 100, perSecond: 100 },
  DynamoDB: { burst: 2000, perSecond: 2000 },
  EC2: { burst: 75, perSecond: 15 },
  S3: { burst: 100, perSecond: 100 },
  RDS: { burst: 20, perSecond: 10 },
};
const DEFAULT_QUOTA: Quota = { burst: 20, perSecond: 10 };

/** One token bucket an API: made for one account, region and service. */
export class RateLimit {
  readonly #quota: Quota;
  readonly #buckets = new Map<string, TokenBucket>();

  constructor(service: string) {
    this.#quota = QUOTAS[service] ?? DEFAULT_QUOTA;
  }

  /**
   * Waits until a call of this operation may leave.
   *
   * @throws an AbortError as soon as `signal` ends the waiting: thousands may be in the queue
   */
  async acquire(operation: string, signal: AbortSignal): Promise<void> {
    const bucket = this.#bucketOf(operation);
    // Once aborted, the sleep throws: no call leaves, not even one that a token is at hand for.
    while (signal.aborted || !bucket.tryRemoveTokens(1)) {
      await sleep(Math.ceil(bucket.getWaitTime(1)), undefined, { signal });
    }
  }

  #bucketOf(operation: string): TokenBucket {
    let bucket = this.#buckets.get(operation);
    if (bucket === undefined) {
      bucket = new TokenBucket({
        bucketSize: this.#quota.burst,
        tokensPerInterval: this.#quota.perSecond,
        interval: 'second',
      });
      bucket.content = this.#quota.burst;
      this.#buckets.set(operation, bucket);
    }
    return bucket;
  }
}
