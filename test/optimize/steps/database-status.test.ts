import { expect } from 'chai';

import { runningOf } from '../../../src/optimize/steps/database-status.ts';

describe('the status of a database', () => {
  for (const [status, reading] of [
    ['available', { numbers: { running: 1 } }],
    ['stopped', { numbers: { running: 0 } }],
    ['stopping', { numbers: { running: 0 }, busy: 'is stopping' }],
    ['starting', { numbers: { running: 1 }, busy: 'is starting' }],
    ['modifying', { numbers: { running: 1 }, busy: 'is modifying' }],
    ['backing-up', { numbers: { running: 1 }, busy: 'is backing-up' }],
    ['storage-optimization', { numbers: { running: 1 }, busy: 'is storage-optimization' }],
    ['failing-over', { numbers: { running: 1 }, busy: 'is failing-over' }],
    ['deleting', undefined],
    ['deleted', undefined],
  ] as const) {
    it(`tells whether it runs: ${status}`, () => {
      expect(runningOf('db', status)).to.deep.equal(reading);
    });
  }

  for (const status of [
    'failed',
    'migration-failed',
    'restore-error',
    'storage-full',
    'insufficient-capacity',
    'incompatible-parameters',
    'incompatible-network',
    'inaccessible-encryption-credentials',
    'inaccessible-encryption-credentials-recoverable',
  ]) {
    it(`is neither that it runs nor that it is stopped: ${status}`, () => {
      expect(() => runningOf('db', status)).to.throw(
        Error,
        new RegExp(`^db is ${status}, which is neither running as it should nor stopped$`),
      );
    });
  }
});
