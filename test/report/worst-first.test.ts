import { expect } from 'chai';

import { worstFirst } from '../../src/report/worst-first.ts';
import { finding } from '../support/scans.ts';

describe('worstFirst', () => {
  it('puts failures by severity before what is unknown and what is waived, and leaves the rest out', () => {
    const waived = finding({ status: 'WAIVED', severity: 'critical' });
    const unknown = finding({ status: 'UNKNOWN', severity: 'critical' });
    const info = finding({ severity: 'info' });
    const first = finding({ severity: 'high', resource_id: 'i-1' });
    const second = finding({ severity: 'high', resource_id: 'i-2' });
    const rest = [finding({ status: 'PASS' }), finding({ status: 'NOT_APPLICABLE' })];
    expect(worstFirst([...rest, waived, unknown, info, first, second])).to.deep.equal([
      first,
      second,
      info,
      unknown,
      waived,
    ]);
  });
});
