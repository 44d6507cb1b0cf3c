import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

import { PublishCommand } from '@aws-sdk/client-sns';
import { Client } from '@smithy/core/client';
import type { Context } from 'aws-lambda';
import { expect } from 'chai';
import { stub } from 'sinon';

import type { Invocation } from '../../src/functions/invocation.ts';
import { openFunction } from '../../src/functions/lambda.ts';
import type { Run } from '../../src/functions/lambda.ts';
import { thrownBy, userErrorOf } from '../support/errors.ts';
import { temporaryFolder } from '../support/temporary.ts';

const CONFIG = { schema: 'compliancectl.function/1', environment: 'dev', settings: {} };
const ENV = {
  AWS_REGION: 'eu-west-1',
  AWS_ACCESS_KEY_ID: 'ASIATEST',
  AWS_SECRET_ACCESS_KEY: 'secret',
  AWS_SESSION_TOKEN: 'token',
};

function context(changes: Partial<Context> = {}): Context {
  return {
    callbackWaitsForEmptyEventLoop: true,
    functionName: 'compliance-scanner-dev',
    functionVersion: '$LATEST',
    invokedFunctionArn: 'arn:aws-cn:lambda:cn-north-1:111122223333:function:compliance-scanner-dev',
    memoryLimitInMB: '512',
    awsRequestId: '6f9d8f4e-0000-4000-8000-000000000001',
    logGroupName: '/aws/lambda/compliance-scanner-dev',
    logStreamName: '2026/11/21/[$LATEST]1',
    getRemainingTimeInMillis: () => 300_000,
    done: () => {},
    fail: () => {},
    succeed: () => {},
    ...changes,
  };
}

/** What one call writes to standard output and error, which Lambda puts into one log, as lines of JSON. */
async function linesOf(call: () => Promise<unknown>): Promise<Record<string, unknown>[]> {
  let written = '';
  const write = (text: string | Uint8Array): boolean => {
    written += String(text);
    return true;
  };
  const stubs = [stub(process.stdout, 'write').callsFake(write), stub(process.stderr, 'write').callsFake(write)];
  try {
    await call();
  } finally {
    for (const stubbed of stubs) stubbed.restore();
  }
  return written
    .trim()
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

describe('a function', () => {
  const folder = temporaryFolder();
  const bundle = () => pathToFileURL(join(folder(), 'index.mjs')).href;
  const open = (env: NodeJS.ProcessEnv = ENV): Run => {
    writeFileSync(join(folder(), 'config.json'), JSON.stringify(CONFIG));
    return openFunction(bundle(), env);
  };
  const invocationOf = (run: Run, told: Context = context()) => run(told, async (invocation) => invocation);

  it('does not start without a configuration', async () => {
    expect(await thrownBy(() => openFunction(bundle(), ENV))).to.include({ code: 'ENOENT' });
  });

  it('does not start with one that is none', async () => {
    writeFileSync(join(folder(), 'config.json'), '{}');
    expect(await userErrorOf(() => openFunction(bundle(), ENV))).to.include({ code: 'FUNCTION_CONFIG' });
  });

  it('is told what Lambda knows', async () => {
    const invocation = await invocationOf(open());
    const { configuration, account, region, requestId, env } = invocation;
    expect({ environment: configuration.environment, region, requestId, env }).to.deep.equal({
      environment: 'dev',
      region: 'eu-west-1',
      requestId: '6f9d8f4e-0000-4000-8000-000000000001',
      env: ENV,
    });
    expect(account).to.deep.include({ accountId: '111122223333', partition: 'aws-cn' });
    expect(await account.credentials()).to.deep.equal({
      accessKeyId: 'ASIATEST',
      secretAccessKey: 'secret',
      sessionToken: 'token',
    });
    expect(invocation.remaining()).to.equal(300_000);
    expect(invocation.startedAt).to.be.instanceOf(Date);
  });

  it('runs where its ARN says, with the keys there are', async () => {
    const { account, region } = await invocationOf(open({}));
    expect(region).to.equal('cn-north-1');
    expect(await account.credentials()).to.deep.equal({ accessKeyId: '', secretAccessKey: '' });
  });

  it('makes nothing of an ARN that is none', async () => {
    const { account, region } = await invocationOf(open({}), context({ invokedFunctionArn: 'arn' }));
    expect({ region, accountId: account.accountId, partition: account.partition }).to.deep.equal({
      region: '',
      accountId: '',
      partition: 'aws',
    });
  });

  it('keeps its clients, whose calls the time of the invocation at hand ends', async () => {
    const run = open();
    const late = await invocationOf(run, context({ getRemainingTimeInMillis: () => 1000 }));
    expect(late.signal).to.include({ aborted: true, reason: 'deadline' });
    // Past what other tests stub upon the clients' own `send`.
    const sns = await late.clients.sns();
    const message = new PublishCommand({ TopicArn: 'arn:alerts', Message: 'late' });
    const send = () =>
      (Client.prototype.send as (this: object, command: object) => Promise<unknown>).call(sns, message);
    expect(await thrownBy(send)).to.include({ name: 'AbortError' });
    const { clients, signal } = await invocationOf(run);
    expect(await clients.sns()).to.equal(sns);
    expect(signal.aborted).to.equal(false);
  });

  it('logs one line of JSON an event, with the request it belongs to', async () => {
    process.env['POWERTOOLS_LOG_LEVEL'] = 'DEBUG';
    const run = open({ ...ENV, AWS_LAMBDA_FUNCTION_NAME: 'compliance-scanner-dev' });
    const lines = await linesOf(() =>
      run(context(), async ({ log }: Invocation) => {
        log.info('Scan started', { scan_id: 'scan-1' });
        log.debug('Page read', { resources: 500 });
        log.warn('Slow');
      }),
    );
    delete process.env['POWERTOOLS_LOG_LEVEL'];
    expect(
      lines.map(({ level, message, scan_id, service, function_request_id }) => [
        level,
        message,
        scan_id,
        service,
        function_request_id,
      ]),
    ).to.deep.equal([
      ['INFO', 'Scan started', 'scan-1', 'compliance-scanner-dev', '6f9d8f4e-0000-4000-8000-000000000001'],
      ['DEBUG', 'Page read', undefined, 'compliance-scanner-dev', '6f9d8f4e-0000-4000-8000-000000000001'],
      ['WARN', 'Slow', undefined, 'compliance-scanner-dev', '6f9d8f4e-0000-4000-8000-000000000001'],
    ]);
  });

  for (const [name, error, message] of [
    ['an error', new Error('Access Denied'), 'Access Denied'],
    ['what is none', 'gone', 'Failed'],
  ] as const) {
    it(`logs and throws ${name} (S1-5)`, async () => {
      const run = open();
      let thrown: unknown;
      const lines = await linesOf(async () => {
        thrown = await thrownBy(() =>
          run(context(), async () => {
            throw error;
          }),
        );
      });
      expect(thrown).to.equal(error);
      expect(lines.map(({ level, message }) => [level, message])).to.deep.equal([['ERROR', message]]);
    });
  }
});
