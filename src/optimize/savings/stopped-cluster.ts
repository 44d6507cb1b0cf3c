/** What a provisioned Aurora cluster saves that is stopped, with all its instances. */
import type { Prices } from '../../prices/price.ts';
import type { DatabaseCluster } from '../model.ts';
import type { Saving } from '../saving.ts';
import { isPriced, STOPPED_DATABASE, unpriced } from './database-hours.ts';
import { savingOfHours } from './instance-hours.ts';
import { count, unknown, unread } from './saving-parts.ts';

export async function savingOfStoppedCluster(cluster: DatabaseCluster, prices: Prices): Promise<Saving> {
  const { engine, storage, region, memberClasses } = cluster;
  if (!isPriced(engine, ['aurora-mysql', 'aurora-postgresql'])) return unpriced(engine);
  if (!memberClasses.known) return unread('The class of its instances', memberClasses);
  const members = memberClasses.value;
  const provisioned = members.filter((instanceClass) => instanceClass !== 'db.serverless');
  if (provisioned.length === 0) {
    return unknown(
      members.length === 0
        ? 'It has no instances: only its storage is billed, stopped or not.'
        : 'Its instances are serverless: they cost what capacity they use, which is not estimated.',
    );
  }
  return savingOfHours(
    provisioned.map((instanceClass) => ({
      item: 'db-instance',
      engine,
      instanceClass,
      multiAz: false,
      storage,
      region,
    })),
    prices,
    [...serverlessSaid(members.length - provisioned.length, members.length), ...STOPPED_DATABASE],
  );
}

function serverlessSaid(serverless: number, members: number): string[] {
  if (serverless === 0) return [];
  const [verb, subject] = serverless === 1 ? ['is', 'it costs'] : ['are', 'they cost'];
  return [`${serverless} of its ${count(members, 'instance')} ${verb} serverless; what ${subject} is not counted.`];
}
