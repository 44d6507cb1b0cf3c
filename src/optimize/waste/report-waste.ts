/** `optimize --waste`: what an account has in a region that costs money for nothing. It reads and shows, and changes nothing. */
import { openOwnAccount } from '../../aws/accounts.ts';
import { createClients } from '../../aws/clients.ts';
import { priceCacheFolder } from '../../prices/price-cache.ts';
import type { Prices } from '../../prices/price.ts';
import { openPrices } from '../../prices/prices.ts';
import type { WasteDocument } from '../../report/waste-document.ts';
import { EXIT, UserError } from '../../user-error.ts';
import type { ExitCode } from '../../user-error.ts';
import { optimizePolicy } from '../policy-text.ts';
import type { Surroundings, WasteRequest } from '../request.ts';
import { addressWaste } from './address-waste.ts';
import { readIdleAddresses } from './addresses.ts';
import { WASTE_CALLS } from './calls.ts';
import { wasteDocument } from './document.ts';
import { logGroupWaste } from './log-group-waste.ts';
import { readLogGroups } from './log-groups.ts';
import type { IdleAddress, LogGroup, Volume } from './model.ts';
import type { Reading, ReadingContext } from './reading.ts';
import { volumeWaste } from './volume-waste.ts';
import { readVolumes } from './volumes.ts';

/** What the report has of the process. */
export interface WasteSurroundings extends Pick<Surroundings, 'env' | 'clock' | 'tell' | 'stop' | 'onProgress'> {
  /** Shows the document as it was asked for: on stdout, to files. */
  readonly show: (document: WasteDocument) => Promise<void>;
}

/**
 * @returns 0 where everything was read, whatever was found; 4 where something was not; 3 where nothing was
 * @throws UserError as `openOwnAccount` does, where the credentials are no good; `INTERRUPTED`
 */
export async function reportWaste(request: WasteRequest, here: WasteSurroundings): Promise<ExitCode> {
  const { region, note, quiet, prices: mode } = request;
  const { env, clock, tell, stop, onProgress, show } = here;
  if (note !== undefined && !quiet) tell(`${note}\n`);
  onProgress('Asking AWS who this is');
  const { accountId, partition, credentials } = await openOwnAccount({ region, env, signal: stop });
  // Ends the waiting before another attempt of calls that nobody waits for any more.
  const done = new AbortController();
  const signal = AbortSignal.any([stop, done.signal]);
  const clients = createClients({ region, credentials, env, signal });
  try {
    const now = clock();
    const read = await readEverything({ clients, accountId, partition, region, signal: stop, onProgress });
    if (stop.aborted) throw interrupted();
    onProgress('Asking for prices');
    const prices = openPrices({ mode, clients, cacheFolder: priceCacheFolder(env), now, signal: stop });
    const judged = await judgeEverything(read, prices, now);
    if (stop.aborted) throw interrupted();
    const readings = [read.volumes, read.addresses, read.logGroups];
    const gaps = readings.flatMap(({ gap }) => gap ?? []);
    await show(wasteDocument({ at: now, accountId, region, ...judged, gaps }));
    if (!readings.some(({ answered }) => answered)) return EXIT.failed;
    return gaps.length > 0 ? EXIT.incomplete : EXIT.ok;
  } finally {
    done.abort();
    clients.destroy();
  }
}

interface Everything {
  readonly volumes: Reading<Volume>;
  readonly addresses: Reading<IdleAddress>;
  readonly logGroups: Reading<LogGroup>;
}

async function readEverything(context: ReadingContext): Promise<Everything> {
  const [volumes, addresses, logGroups] = await Promise.all([
    readVolumes(context),
    readIdleAddresses(context),
    readLogGroups(context),
  ]);
  return { volumes, addresses, logGroups };
}

async function judgeEverything({ volumes, addresses, logGroups }: Everything, prices: Prices, now: Date) {
  const ofVolumes = await volumeWaste(volumes.found, prices);
  const others = [await addressWaste(addresses.found, prices), await logGroupWaste(logGroups.found, prices, now)];
  return { findings: [...ofVolumes.findings, ...others.flat()], kept: ofVolumes.kept };
}

/** The least policy for whoever makes the report. */
export function wastePolicy({ region, prices }: WasteRequest): string {
  return optimizePolicy({ region, prices, calls: WASTE_CALLS });
}

function interrupted(): UserError {
  return new UserError('Interrupted before everything was read; nothing is ever changed here.', {
    code: 'INTERRUPTED',
    exitCode: EXIT.interrupted,
  });
}
