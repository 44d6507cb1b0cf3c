/** Audit records in S3: `audit/YYYY-MM-DD/{id}.json`, created once, and completed only as they were last seen. */
import type { S3Client } from '@aws-sdk/client-s3';

import type { Call } from '../aws/call.ts';
import { awsErrorNamed, present } from '../aws/errors.ts';
import { listKeys } from '../aws/s3-objects.ts';
import { AuditConflictError, auditText, dayOf, isAuditId, isOf, parseAudit } from './audit.ts';
import type { AuditRecord, AuditStore, StoredRecord } from './audit.ts';

const PREFIX = 'audit';

export const PUT_AUDIT: Call = {
  operation: 'PutObject',
  action: 's3:PutObject',
  resource: 'arn:{partition}:s3:::{bucket}/audit/*',
};
/** For undoing; and S3 asks for it where a record is completed as it was last seen (If-Match). */
export const GET_AUDIT: Call = { ...PUT_AUDIT, operation: 'GetObject', action: 's3:GetObject' };
export const LIST_AUDIT: Call = {
  operation: 'ListObjectsV2',
  action: 's3:ListBucket',
  resource: 'arn:{partition}:s3:::{bucket}',
};

/** Someone was faster: https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html */
const CONFLICTS = ['PreconditionFailed', 'ConditionalRequestConflict'];

/** @param client of the bucket's region */
export function auditInBucket(client: S3Client, bucket: string, signal: AbortSignal): AuditStore {
  const keyOf = (id: string) => `${PREFIX}/${dayOf(id)}/${id}.json`;

  const put = async (
    record: AuditRecord,
    condition: { readonly IfNoneMatch: '*' } | { readonly IfMatch: string },
  ): Promise<StoredRecord> => {
    const { PutObjectCommand } = await import('@aws-sdk/client-s3');
    const request = new PutObjectCommand({
      Bucket: bucket,
      Key: keyOf(record.id),
      Body: auditText(record),
      ContentType: 'application/json',
      ...condition,
    });
    const { ETag } = await client.send(request, { abortSignal: signal });
    return { record, version: present(ETag, 'ETag') };
  };

  const read = async (key: string): Promise<StoredRecord> => {
    const { GetObjectCommand } = await import('@aws-sdk/client-s3');
    const request = new GetObjectCommand({ Bucket: bucket, Key: key });
    const { Body, ETag } = await client.send(request, { abortSignal: signal });
    const text = await present(Body, 'Body').transformToString();
    return { record: parseAudit(text), version: present(ETag, 'ETag') };
  };

  return {
    place: `s3://${bucket}/${PREFIX}`,

    async create(record) {
      try {
        return await put(record, { IfNoneMatch: '*' });
      } catch (error) {
        if (!awsErrorNamed(error, ...CONFLICTS)) throw error;
      }
      // The SDK tries again where an answer was lost: the record that is there may be the one that was just sent.
      const there = await read(keyOf(record.id));
      return auditText(there.record) === auditText(record) ? there : undefined;
    },

    async complete({ version }, record) {
      try {
        return await put(record, { IfMatch: version });
      } catch (error) {
        if (!awsErrorNamed(error, ...CONFLICTS)) throw error;
        const there = await read(keyOf(record.id));
        if (auditText(there.record) === auditText(record)) return there;
        throw new AuditConflictError(`${record.id} has been changed`, { cause: error });
      }
    },

    async find(id) {
      if (!isAuditId(id)) return [];
      const keys = await listKeys(client, bucket, `${PREFIX}/${dayOf(id)}/${id}`, signal);
      const wanted = keys.filter((key) => isOf(id, key.slice(key.lastIndexOf('/') + 1, -'.json'.length)));
      return Promise.all(wanted.map(read));
    },
  };
}
