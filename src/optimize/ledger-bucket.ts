/** The ledger in S3, written only where it is as it was last seen: `{prefix}/{account}/{region}/{environment}/open.json`. */
import type { S3Client } from '@aws-sdk/client-s3';

import type { Call } from '../aws/call.ts';
import { awsErrorNamed, failureOf, present } from '../aws/errors.ts';
import { getText, uriOf } from '../aws/s3-objects.ts';
import { ledgerFailure } from './ledger-failure.ts';
import { entryText, isEntryId, parseEntry } from './ledger-entry.ts';
import { LedgerConflictError } from './ledger.ts';
import type { LedgerEntry, LedgerScope, LedgerStore, StoredEntry } from './ledger.ts';

export const PUT_LEDGER: Call = {
  operation: 'PutObject',
  action: 's3:PutObject',
  resource: 'arn:{partition}:s3:::{bucket}/{prefix}*',
};
/** For restoring and resuming; and S3 asks for it where an entry is replaced as it was last seen (If-Match). */
export const GET_LEDGER: Call = { ...PUT_LEDGER, operation: 'GetObject', action: 's3:GetObject' };
/** Nothing is listed: without it, S3 says of an entry that is not there yet that access is denied. */
export const LIST_LEDGER: Call = {
  operation: 'ListObjectsV2',
  action: 's3:ListBucket',
  resource: 'arn:{partition}:s3:::{bucket}',
};

/** Someone was faster: https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html */
const CONFLICTS = ['PreconditionFailed', 'ConditionalRequestConflict', 'NoSuchKey'];

export interface LedgerBucket {
  readonly bucket: string;
  /** Without a slash at either end; may be empty. */
  readonly prefix: string;
}

/**
 * @param client of the bucket's region
 * @param signal ends calls; not the one that Ctrl-C sets off, for what was done is written down all the same
 */
export function ledgerInBucket(
  client: S3Client,
  { bucket, prefix }: LedgerBucket,
  scope: LedgerScope,
  signal: AbortSignal,
): LedgerStore {
  const parts = [prefix, scope.accountId, scope.region, scope.environment];
  const folder = parts.filter((part) => part !== '').join('/');
  const open = `${folder}/open.json`;

  const get = async (key: string): Promise<StoredEntry | undefined> => {
    const object = { bucket, key };
    const found = await saying('read', object, () => getText(client, object, signal));
    return found === undefined
      ? undefined
      : { entry: parseEntry(found.text, scope, uriOf(object)), version: found.etag };
  };

  const put = async (key: string, text: string, condition: Condition): Promise<string> => {
    const { PutObjectCommand } = await import('@aws-sdk/client-s3');
    const request = new PutObjectCommand({
      Bucket: bucket,
      Key: key,
      Body: text,
      ContentType: 'application/json',
      ...condition,
    });
    const { ETag } = await client.send(request, { abortSignal: signal });
    return present(ETag, 'ETag');
  };

  /** What was sent may be there although the answer says no, or never came: then it is ours, and all is well. */
  const write = async (entry: LedgerEntry, condition: Condition): Promise<StoredEntry> => {
    const text = entryText(entry);
    try {
      return { entry, version: await put(open, text, condition) };
    } catch (error) {
      const there = await getText(client, { bucket, key: open }, signal).catch(() => undefined);
      if (there?.text === text) return { entry, version: there.etag };
      if (awsErrorNamed(error, ...CONFLICTS))
        throw new LedgerConflictError(`${entry.id} has been changed`, { cause: error });
      throw inWords('write', { bucket, key: open }, error);
    }
  };

  return {
    place: `s3://${bucket}/${folder}`,

    async readOpen() {
      const stored = await get(open);
      return stored?.entry.status === 'open' ? stored : undefined;
    },

    async read(id) {
      if (!isEntryId(id)) return undefined;
      const latest = await get(open);
      // A run that died between the two has left an archived one that is not the last word.
      if (latest?.entry.id === id) return latest.entry;
      return (await get(`${folder}/${id}.json`))?.entry;
    },

    async create(entry) {
      const there = await get(open);
      if (there === undefined) return write(entry, { IfNoneMatch: '*' });
      if (there.entry.status === 'open') throw new LedgerConflictError(`${there.entry.id} is open`);
      return write(entry, { IfMatch: there.version });
    },

    async replace({ version }, entry) {
      if (entry.status === 'closed') {
        const object = { bucket, key: `${folder}/${entry.id}.json` };
        await saying('write', object, () => put(object.key, entryText(entry), {}));
      }
      return write(entry, { IfMatch: version });
    },
  };
}

type Condition = { readonly IfNoneMatch: '*' } | { readonly IfMatch: string } | Record<string, never>;

async function saying<T>(
  doing: 'read' | 'write',
  object: { readonly bucket: string; readonly key: string },
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw inWords(doing, object, error);
  }
}

/** The error itself where it is a defect of ours. */
function inWords(
  doing: 'read' | 'write',
  object: { readonly bucket: string; readonly key: string },
  error: unknown,
): unknown {
  const failure = failureOf(error);
  if (failure === undefined) return error;
  return ledgerFailure(doing, uriOf(object), failure.detail, {
    suggestions: suggestionsFor(doing, object.bucket, error, failure.reason === 'denied'),
    cause: error,
  });
}

function suggestionsFor(doing: 'read' | 'write', bucket: string, error: unknown, denied: boolean): string[] {
  if (awsErrorNamed(error, 'NoSuchBucket')) return [`Make the bucket ${bucket}, or name another with --ledger`];
  if (awsErrorNamed(error, 'PermanentRedirect', 'AuthorizationHeaderMalformed'))
    return [
      `The bucket ${bucket} is in another region: run with -r of that region, or name another bucket with --ledger`,
    ];
  if (!denied) return ['Nothing more is changed without it; try again when S3 can be reached'];
  return doing === 'write'
    ? [`Allow ${PUT_LEDGER.action} and ${GET_LEDGER.action} on the objects of ${bucket}`]
    : [
        `Allow ${GET_LEDGER.action} on the objects of ${bucket}, and ${LIST_LEDGER.action} on the bucket: without the latter S3 says the same of an entry that is not there yet`,
      ];
}
