import { expect } from 'chai';

import { parsePorts, portNotation, portsNotation } from '../../../src/engine/exposure/port-notation.ts';

describe('ports as people write them', () => {
  for (const { value, transport, from, to } of [
    { value: 22, transport: 'tcp', from: 22, to: 22 },
    { value: 0, transport: 'tcp', from: 0, to: 0 },
    { value: '22', transport: 'tcp', from: 22, to: 22 },
    { value: 'tcp/65535', transport: 'tcp', from: 65_535, to: 65_535 },
    { value: 'udp/53', transport: 'udp', from: 53, to: 53 },
  ]) {
    it(`may be one port: ${JSON.stringify(value)}`, () => {
      expect(portNotation.safeParse(value).success).to.equal(true);
      expect(portsNotation.safeParse(value).success).to.equal(true);
      expect(parsePorts(value)).to.deep.equal({ transport, from, to });
    });
  }

  for (const { value, transport, from, to } of [
    { value: '8000-8100', transport: 'tcp', from: 8000, to: 8100 },
    { value: 'tcp/0-65535', transport: 'tcp', from: 0, to: 65_535 },
    { value: 'udp/53-53', transport: 'udp', from: 53, to: 53 },
  ]) {
    it(`may be a range where ranges are allowed: ${value}`, () => {
      expect(portsNotation.safeParse(value).success).to.equal(true);
      expect(parsePorts(value)).to.deep.equal({ transport, from, to });
      expect(portNotation.safeParse(value).error?.issues.map(({ message }) => message)).to.deep.equal([
        'is not a port such as 22, tcp/22 or udp/53',
      ]);
    });
  }

  for (const value of [
    [-1, 22.5, 65_536, Infinity],
    ['', 'ssh', 'icmp/8', 'TCP/22', 'tcp/', 'tcp/22/23', '22-', '-22', '23-22', '1-65536', '1e3', ' 22', '22,23'],
  ].flat()) {
    it(`are not ${JSON.stringify(value)}`, () => {
      expect(portNotation.safeParse(value).success).to.equal(false);
      expect(portsNotation.safeParse(value).success).to.equal(false);
    });
  }

  it('say what is wrong', () => {
    expect(portsNotation.safeParse('ssh').error?.issues.map(({ message }) => message)).to.deep.equal([
      'is not a port or a range such as 443, tcp/8000-8100 or udp/53',
    ]);
  });
});
