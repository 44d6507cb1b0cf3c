import { expect } from 'chai';

import { tagMetrics } from '../../src/publish/tag-metrics.ts';

describe('the metrics of a check of tags', () => {
  it('are both, 1 and 0, each as S3 names it and with the environment (S3-6)', () => {
    const count = (name: string, value: number) => ({ namespace: 'TagCompliance', name, value, unit: 'Count' });
    const dimensions = { Environment: 'dev' };
    for (const compliant of [true, false]) {
      const [one, other] = [
        count('CompliantInstances', compliant ? 1 : 0),
        count('NonCompliantInstances', compliant ? 0 : 1),
      ];
      expect(tagMetrics(compliant, 'dev')).to.deep.equal([
        one,
        other,
        { ...one, dimensions },
        { ...other, dimensions },
      ]);
    }
  });
});
