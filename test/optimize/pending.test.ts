import { expect } from 'chai';

import { pendingChanges } from '../../src/optimize/pending.ts';

describe('what AWS has been told to change', () => {
  it('is named in order, and an empty element is none', () => {
    expect(pendingChanges(undefined)).to.deep.equal([]);
    expect(
      pendingChanges({
        StorageType: 'aurora-iopt1',
        BackupRetentionPeriod: 0,
        IAMDatabaseAuthenticationEnabled: false,
        Iops: undefined,
        EngineVersion: null,
        PendingCloudwatchLogsExports: { LogTypesToEnable: [], LogTypesToDisable: undefined },
        CertificateDetails: { CAIdentifier: 'rds-ca-rsa2048-g1' },
        LogDeliveryConfigurations: [],
      }),
    ).to.deep.equal(['BackupRetentionPeriod', 'CertificateDetails', 'IAMDatabaseAuthenticationEnabled', 'StorageType']);
  });
});
