/** What idle addresses cost. Pure but for the prices, which it asks for. */
import type { Prices } from '../../prices/price.ts';
import { shellText } from '../../shell-text.ts';
import { cents, dollars, LIST_PRICE, unknown } from '../savings/saving-parts.ts';
import { HOURS_PER_MONTH } from '../saving.ts';
import type { Saving } from '../saving.ts';
import type { IdleAddress, WasteFinding } from './model.ts';

export async function addressWaste(addresses: readonly IdleAddress[], prices: Prices): Promise<WasteFinding[]> {
  const findings: WasteFinding[] = [];
  for (const address of addresses) {
    const { id, name, arn, publicIp } = address;
    findings.push({
      what: 'idle-address',
      type: 'AWS::EC2::EIP',
      id,
      name,
      arn,
      details: publicIp,
      since: null,
      advice: 'Release it, if nobody goes by it.',
      commands: [releaseCommand(address)],
      cautions: [
        'An address that is released belongs to the next one who asks: look for it in DNS records and allow-lists first.',
      ],
      saving: await savingOf(address, prices),
    });
  }
  return findings;
}

/** ReleaseAddress takes an address for one of the region, unless it is told the group that it is advertised from. */
function releaseCommand({ id, region, borderGroup }: IdleAddress): string {
  const words = ['aws', '--region', region, 'ec2', 'release-address', '--allocation-id', id];
  return shellText(borderGroup === region ? words : [...words, '--network-border-group', borderGroup]);
}

async function savingOf({ region, borderGroup }: IdleAddress, prices: Prices): Promise<Saving> {
  if (borderGroup !== region) {
    return unknown(`It lies in ${borderGroup}, whose prices are not those of the region.`);
  }
  const answer = await prices.find({ item: 'idle-address', region });
  if (!answer.known) return answer;
  const { price } = answer;
  return {
    known: true,
    amount: cents(price.amount * HOURS_PER_MONTH),
    formula: `1 address x ${dollars(price)} x ${HOURS_PER_MONTH} h`,
    prices: [price],
    assumptions: [LIST_PRICE],
  };
}
