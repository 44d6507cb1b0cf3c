import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { GetObjectCommand, ListObjectsV2Command, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { sdkStreamMixin } from '@smithy/core/serde';
import { Readable } from 'node:stream';
import { mockClient } from 'aws-sdk-client-mock';
import { expect } from 'chai';

import { auditInBucket } from '../../src/remediate/audit-bucket.ts';
import { auditFolder, auditInFolder } from '../../src/remediate/audit-folder.ts';
import {
  AuditConflictError,
  auditText,
  isAuditId,
  parseAudit,
  plannedRecord,
  runIdOf,
  targetOf,
  withStep,
} from '../../src/remediate/audit.ts';
import type { AuditRecord, AuditStore } from '../../src/remediate/audit.ts';
import { serviceError } from '../support/aws-errors.ts';
import { thrownBy } from '../support/errors.ts';
import { temporaryFolder } from '../support/temporary.ts';

const RUN = '2026-11-21.run';
const AT = new Date('2026-11-21T06:00:00Z');

function record(id = `${RUN}.0001`): AuditRecord {
  return plannedRecord(
    id,
    {
      rule: 's3-bucket-encrypted',
      action: 's3-default-encryption',
      resource: {
        arn: 'arn:aws:s3:::reports',
        id: 'reports',
        type: 'AWS::S3::Bucket',
        accountId: '111122223333',
        region: 'eu-west-1',
      },
      before: { encryption: null },
      after: { encryption: { BucketKeyEnabled: true } },
      permissions: ['s3:PutEncryptionConfiguration'],
      reason: 'Bucket reports has no default encryption.',
      reversible: true,
      cautions: [],
    },
    { runId: RUN, environment: 'dev', actor: 'ada' },
    AT,
  );
}

const applied = (given: AuditRecord) =>
  withStep(given, { status: 'applied', at: AT.toISOString(), actor: 'ada', request_ids: ['r-1'] });

/** What every store does, whatever it keeps records in. */
function behavesAsAStore(open: () => AuditStore): void {
  it('creates a record once', async () => {
    const store = open();
    expect((await store.create(record()))?.record).to.deep.equal(record());
    expect(await store.create({ ...record(), reason: 'Another.' })).to.equal(undefined);
    expect((await store.find(`${RUN}.0001`)).map((one) => one.record)).to.deep.equal([record()]);
  });

  it('completes it as it was last seen, and refuses what someone else has completed', async () => {
    const store = open();
    const stored = (await store.create(record()))!;
    const next = await store.complete(stored, applied(record()));
    expect(next.record.status).to.equal('applied');
    const error = await thrownBy(() => store.complete(stored, { ...record(), status: 'failed' }));
    expect(error).to.be.instanceOf(AuditConflictError);
    const last = await store.complete(next, { ...applied(record()), status: 'undone' });
    expect((await store.find(RUN)).map((one) => one.record)).to.deep.equal([last.record]);
  });

  it('finds a record, or those of a run in their order, and nothing by what is no id', async () => {
    const store = open();
    for (const id of [`${RUN}.0002`, `${RUN}.0001`, `${RUN}-2.0001`, '2026-11-22.run.0001']) {
      await store.create(record(id));
    }
    const found = async (id: string) => (await store.find(id)).map((one) => one.record.id);
    expect(await found(RUN)).to.deep.equal([`${RUN}.0001`, `${RUN}.0002`]);
    expect(await found(`${RUN}.0002`)).to.deep.equal([`${RUN}.0002`]);
    expect(await found('2026-11-20.run')).to.deep.equal([]);
    expect(await found('../2026-11-21.run')).to.deep.equal([]);
  });
}

describe('an audit record', () => {
  it('survives being written and read', () => {
    expect(parseAudit(auditText(applied(record())))).to.deep.equal({
      ...record(),
      status: 'applied',
      request_ids: ['r-1'],
      steps: [
        { status: 'planned', at: '2026-11-21T06:00:00.000Z', actor: 'ada', request_ids: [] },
        { status: 'applied', at: '2026-11-21T06:00:00.000Z', actor: 'ada', request_ids: ['r-1'] },
      ],
    });
    expect(targetOf(record())).to.deep.equal({
      arn: 'arn:aws:s3:::reports',
      id: 'reports',
      type: 'AWS::S3::Bucket',
      accountId: '111122223333',
      region: 'eu-west-1',
    });
  });

  it('is refused where it is not one of ours', () => {
    expect(() => parseAudit('{"schema":"compliancectl.scan/1"}')).to.throw('It is not an audit record');
    expect(() => parseAudit('<html>')).to.throw(SyntaxError);
  });

  it('has an id that tells its day and can be a path', () => {
    expect(runIdOf(AT, '6f9d8f4e/../x')).to.equal('2026-11-21.6f9d8f4e----x');
    expect(['2026-11-21.run', '2026-11-21.run.0001'].map(isAuditId)).to.deep.equal([true, true]);
    expect(['run', '2026-11-21.', '2026-11-21.a/b', '2026-11-21.run.1', '../x'].map(isAuditId)).to.deep.equal(
      Array.from({ length: 5 }, () => false),
    );
  });
});

describe('audit records in a folder', () => {
  const path = temporaryFolder();
  behavesAsAStore(() => auditInFolder(path('audit')));

  it('are readable by the user alone, and leave nothing else behind', async () => {
    const store = auditInFolder(path('audit'));
    expect(store.place).to.equal(path('audit'));
    const stored = (await store.create(record()))!;
    await store.create(record());
    await store.complete(stored, applied(record()));
    const folder = path('audit/2026-11-21');
    expect(readdirSync(folder)).to.deep.equal([`${RUN}.0001.json`]);
    const file = join(folder, `${RUN}.0001.json`);
    expect([file, folder].map((name) => (statSync(name).mode & 0o777).toString(8))).to.deep.equal(['600', '700']);
    expect(readFileSync(file, 'utf8')).to.equal(auditText(applied(record())));
  });

  it('are not taken for whole where one is not', async () => {
    const store = auditInFolder(path('audit'));
    await store.create(record());
    writeFileSync(path(`audit/2026-11-21/${RUN}.0001.json`), '{');
    expect(await thrownBy(() => store.find(RUN))).to.be.instanceOf(SyntaxError);
  });

  it('fail where the folder does not allow it', async () => {
    writeFileSync(path('audit'), '');
    const store = auditInFolder(path('audit'));
    expect(await thrownBy(() => store.create(record()))).to.include({ code: 'ENOTDIR' });
    expect(await thrownBy(() => store.find(RUN))).to.include({ code: 'ENOTDIR' });
  });

  it('lie in the state folder of the user', () => {
    expect(auditFolder({ XDG_STATE_HOME: '/state', HOME: '/home/ada' })).to.equal('/state/compliancectl/audit');
    const usual = '/home/ada/.local/state/compliancectl/audit';
    expect(auditFolder({ HOME: '/home/ada' })).to.equal(usual);
    expect(auditFolder({ XDG_STATE_HOME: 'relative', HOME: '/home/ada' })).to.equal(usual);
    expect(auditFolder({})).to.match(/^\/.*\/\.local\/state\/compliancectl\/audit$/);
  });
});

describe('audit records in S3', () => {
  const s3 = new S3Client({ region: 'eu-west-1' });
  const aws = mockClient(s3);
  const { signal } = new AbortController();
  const open = () => auditInBucket(s3, 'compliance-audit-dev', signal);
  const objects = new Map<string, string>();
  const body = (text: string) => sdkStreamMixin(Readable.from([text]));
  const etag = (text: string) => `"${text.length}-${text.slice(-200)}"`;

  beforeEach(() => {
    objects.clear();
    aws.reset();
    aws.on(PutObjectCommand).callsFake(({ Key, Body, IfNoneMatch, IfMatch }) => {
      const there = objects.get(Key);
      const refused = IfNoneMatch === '*' ? there !== undefined : there === undefined || etag(there) !== IfMatch;
      if (refused) throw serviceError('PreconditionFailed', 412, 'At least one of the pre-conditions did not hold');
      objects.set(Key, Body);
      return { ETag: etag(Body) };
    });
    aws.on(GetObjectCommand).callsFake(({ Key }) => {
      const text = objects.get(Key) ?? '';
      return { Body: body(text), ETag: etag(text) };
    });
    aws.on(ListObjectsV2Command).callsFake(({ Prefix }) => {
      const keys = [...objects.keys()].filter((key) => key.startsWith(Prefix)).toSorted();
      return { KeyCount: keys.length, ...(keys.length > 0 && { Contents: keys.map((Key) => ({ Key })) }) };
    });
  });

  behavesAsAStore(open);

  it('lie under the day that they are of, created where there is none and completed as last seen', async () => {
    const store = open();
    expect(store.place).to.equal('s3://compliance-audit-dev/audit');
    const stored = (await store.create(record()))!;
    await store.complete(stored, applied(record()));
    const common = {
      Bucket: 'compliance-audit-dev',
      Key: `audit/2026-11-21/${RUN}.0001.json`,
      ContentType: 'application/json',
    };
    expect(aws.commandCalls(PutObjectCommand).map(({ args }) => args[0].input)).to.deep.equal([
      { ...common, Body: auditText(record()), IfNoneMatch: '*' },
      { ...common, Body: auditText(applied(record())), IfMatch: stored.version },
    ]);
  });

  it('count as written where only the answer was lost', async () => {
    const store = open();
    const stored = (await store.create(record()))!;
    expect(await store.create(record())).to.deep.equal(stored);
    const next = await store.complete(stored, applied(record()));
    expect(await store.complete(stored, applied(record()))).to.deep.equal(next);
  });

  it('fail as their calls do', async () => {
    const store = open();
    const stored = (await store.create(record()))!;
    const denied = serviceError('AccessDenied', 403, 'Access Denied');
    aws.on(PutObjectCommand).rejects(denied);
    expect(await thrownBy(() => store.create(record(`${RUN}.0002`)))).to.equal(denied);
    expect(await thrownBy(() => store.complete(stored, applied(record())))).to.equal(denied);
    aws.on(PutObjectCommand).resolves({});
    expect(await thrownBy(() => store.create(record(`${RUN}.0003`)))).to.have.property(
      'message',
      'The answer has no ETag',
    );
    aws.on(ListObjectsV2Command).resolves({});
    expect(await thrownBy(() => store.find(RUN))).to.have.property('message', 'The answer has no KeyCount');
  });
});
