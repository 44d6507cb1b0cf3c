import { S3Client } from '@aws-sdk/client-s3';
import { expect } from 'chai';

import { bucketOf, openLedger, requireLedger } from '../../src/optimize/open-ledger.ts';
import { userErrorOf } from '../support/errors.ts';
import { SCOPE } from '../support/scaled-estate.ts';

const INSIDE = '111122223333/eu-west-1/dev';
const ENV = { HOME: '/home/ada', XDG_STATE_HOME: '/state' };

/** Where entries are kept, and whether a client was asked for. */
async function opened(place: string | undefined, env: NodeJS.ProcessEnv = ENV): Promise<[string, boolean]> {
  let asked = false;
  const s3 = async () => {
    asked = true;
    return new S3Client({ region: 'eu-west-1' });
  };
  const { place: shown } = await openLedger(place, SCOPE, { env, s3, signal: new AbortController().signal });
  return [shown, asked];
}

describe('the place of the ledger', () => {
  for (const [given, shown] of [
    [undefined, `/state/compliancectl/ledger/${INSIDE}`],
    ['/srv/ledger/', `/srv/ledger/${INSIDE}`],
    ['ledger', `${process.cwd()}/ledger/${INSIDE}`],
    ['~/ledger', `/home/ada/ledger/${INSIDE}`],
    ['~', `/home/ada/${INSIDE}`],
    ['~ada/ledger', `${process.cwd()}/~ada/ledger/${INSIDE}`],
  ] as const) {
    it(`is a folder for ${given ?? 'none'}`, async () => {
      expect(await opened(given)).to.deep.equal([shown, false]);
    });
  }

  it('is in the home that the system knows where HOME is not set', async () => {
    expect((await opened('~/ledger', {}))[0]).to.match(/^\/.*\/ledger\/111122223333\/eu-west-1\/dev$/);
  });

  for (const [given, shown] of [
    ['s3://state', `s3://state/${INSIDE}`],
    ['s3://state/', `s3://state/${INSIDE}`],
    ['s3://state/team//ledger/', `s3://state/team/ledger/${INSIDE}`],
    ['S3://my.state-1/x', `s3://my.state-1/x/${INSIDE}`],
  ] as const) {
    it(`is a bucket for ${given}`, async () => {
      expect(await opened(given)).to.deep.equal([shown, true]);
    });
  }

  for (const given of [
    's3://',
    's3:///prefix',
    's3://a',
    's3://_state/x',
    'https://example.com',
    'file:///srv/ledger',
  ]) {
    it(`is refused for ${given}`, async () => {
      expect(await userErrorOf(() => opened(given))).to.deep.equal({
        code: 'BAD_LEDGER',
        exitCode: 2,
        message: 'The place of the ledger is no bucket of S3, and no folder.',
        suggestions: ['Give a bucket, as in s3://bucket/prefix', 'Give a folder, as in /srv/ledger'],
      });
    });
  }

  it('is refused where it is empty', async () => {
    expect((await userErrorOf(() => opened(' '))).message).to.equal('No place was named for the ledger.');
  });

  it('is told by its bucket and prefix', () => {
    expect(bucketOf('s3://state/team/ledger')).to.deep.equal({ bucket: 'state', prefix: 'team/ledger' });
    expect(bucketOf('/srv/ledger')).to.equal(undefined);
  });
});

describe('a ledger in CI', () => {
  it('must be named', async () => {
    expect(await userErrorOf(() => requireLedger(undefined, { CI: 'true' }))).to.deep.equal({
      code: 'NO_LEDGER',
      exitCode: 2,
      message: 'CI is set, and a ledger on this disk would be lost with the runner.',
      suggestions: ['Pass --ledger s3://bucket/prefix, or set optimize.ledger in the configuration'],
    });
    expect(() => requireLedger(undefined, {})).not.to.throw();
    expect(() => requireLedger('s3://state', { CI: 'true' })).not.to.throw();
  });
});
