/** The S3 sink: an object written once, or only where it is new. */
import type { S3Client } from '@aws-sdk/client-s3';

import type { Call } from '../aws/call.ts';

export const PUT_OBJECT: Call = {
  operation: 'PutObject',
  action: 's3:PutObject',
  resource: 'arn:{partition}:s3:::{bucket}/*',
};

export interface StoredObject {
  readonly bucket: string;
  readonly key: string;
}

export interface ObjectBody {
  readonly body: string | Uint8Array;
  readonly contentType: string;
  readonly contentEncoding?: 'gzip';
}

export interface PutOptions {
  readonly signal: AbortSignal;
  /** Leave alone what is there already. */
  readonly ifAbsent?: boolean;
}

/**
 * @returns false where it was to be written only if absent, and was there
 * @throws what the call throws
 */
export async function putObject(
  s3: S3Client,
  { bucket, key }: StoredObject,
  { body, contentType, contentEncoding }: ObjectBody,
  { signal, ifAbsent = false }: PutOptions,
): Promise<boolean> {
  const { PutObjectCommand } = await import('@aws-sdk/client-s3');
  const request = new PutObjectCommand({
    Bucket: bucket,
    Key: key,
    Body: body,
    ContentType: contentType,
    ...(contentEncoding !== undefined && { ContentEncoding: contentEncoding }),
    ...(ifAbsent && { IfNoneMatch: '*' }),
  });
  try {
    await s3.send(request, { abortSignal: signal });
    return true;
  } catch (error) {
    // 412: it is there. 409: another is writing it this moment, and one of the two will have.
    if (ifAbsent && error instanceof Error && ALREADY_THERE.has(error.name)) return false;
    throw error;
  }
}

const ALREADY_THERE = new Set(['PreconditionFailed', 'ConditionalRequestConflict']);

export function uriOf({ bucket, key }: StoredObject): string {
  return `s3://${bucket}/${key}`;
}
