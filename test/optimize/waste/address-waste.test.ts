import { expect } from 'chai';

import { addressWaste } from '../../../src/optimize/waste/address-waste.ts';
import { idleAddress, wastePrices } from '../../support/waste.ts';

describe('addressWaste', () => {
  it('says what an address costs in a month', async () => {
    const prices = wastePrices();
    const [finding, ...others] = await addressWaste([idleAddress({ id: 'eipalloc-1', name: 'nat' })], prices);
    expect(others).to.deep.equal([]);
    expect(finding).to.deep.include({
      what: 'idle-address',
      type: 'AWS::EC2::EIP',
      id: 'eipalloc-1',
      name: 'nat',
      arn: 'arn:aws:ec2:us-east-1:111122223333:elastic-ip/eipalloc-1',
      details: '203.0.113.7',
      since: null,
      commands: ['aws --region us-east-1 ec2 release-address --allocation-id eipalloc-1'],
    });
    expect(finding?.saving).to.deep.include({ known: true, amount: 3.65, formula: '1 address x $0.005 x 730 h' });
    expect(prices.asked).to.deep.equal([{ item: 'idle-address', region: 'us-east-1' }]);
  });

  it('is released from where it is advertised, where that is not the region', async () => {
    const [finding] = await addressWaste(
      [idleAddress({ id: 'eipalloc-1', borderGroup: 'us-east-1-bos-1' })],
      wastePrices(),
    );
    expect(finding?.commands).to.deep.equal([
      'aws --region us-east-1 ec2 release-address --allocation-id eipalloc-1 --network-border-group us-east-1-bos-1',
    ]);
  });

  it('is unknown where the price is', async () => {
    const [finding] = await addressWaste([idleAddress()], wastePrices('idle-address'));
    expect(finding?.saving).to.deep.equal({
      known: false,
      reason: 'No price of idle-address comes with this version.',
      permission: 'pricing:GetProducts',
    });
  });

  it('does not know the prices of a Local Zone', async () => {
    const [finding] = await addressWaste([idleAddress({ borderGroup: 'us-east-1-bos-1' })], wastePrices());
    expect(finding?.saving).to.deep.equal({
      known: false,
      reason: 'It lies in us-east-1-bos-1, whose prices are not those of the region.',
    });
  });
});
