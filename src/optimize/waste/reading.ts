/** Reading all of one kind, however much of it AWS gives. */
import type { Call } from '../../aws/call.ts';
import type { Clients } from '../../aws/clients.ts';
import { whyNot } from '../discover/findings.ts';
import { requireFailure } from '../discover/read-fact.ts';
import type { WasteGap, WasteKind } from './model.ts';

export interface ReadingContext {
  readonly clients: Clients;
  readonly accountId: string;
  readonly partition: string;
  readonly region: string;
  /** Ends calls; what was not read for that is a gap. */
  readonly signal: AbortSignal;
  /** Is told how far it has come: a line, without a full stop. */
  readonly onProgress?: (line: string) => void;
}

export interface Reading<Found> {
  /** Of what was read those that are of interest, in the order of AWS. */
  readonly found: readonly Found[];
  /** How many were read. */
  readonly seen: number;
  /** Why it is not all there is. */
  readonly gap?: WasteGap;
  /** False where AWS answered nothing at all. */
  readonly answered: boolean;
}

export interface Listing<Listed, Found> {
  readonly kind: WasteKind;
  readonly call: Call;
  /** What people call them: `volumes`. */
  readonly things: string;
  readonly pages: () => AsyncIterable<readonly Listed[]>;
  /** Undefined for one that is of no interest. */
  readonly take: (listed: Listed) => Found | undefined;
}

/**
 * Reads page after page. A call that fails ends it: what was read before is kept, and the gap says why there is no more.
 *
 * @throws what did not come from a call: a defect of ours
 */
export async function readAll<Listed, Found>(
  { kind, call, things, pages, take }: Listing<Listed, Found>,
  { signal, onProgress }: Pick<ReadingContext, 'signal' | 'onProgress'>,
): Promise<Reading<Found>> {
  const found: Found[] = [];
  let seen = 0;
  let answered = false;
  try {
    for await (const page of pages()) {
      found.push(...page.map(take).filter((taken) => taken !== undefined));
      answered = true;
      seen += page.length;
      onProgress?.(`${seen} ${things} seen`);
    }
    return { found, seen, answered };
  } catch (error) {
    const failure = requireFailure(error, signal);
    const { reason } = failure;
    const gap: WasteGap = {
      kind,
      operation: call.operation,
      ...(reason === 'denied' && { permission: call.action }),
      reason,
      message: `Which ${things} there are is not known: ${whyNot(call, failure)}.`,
    };
    return { found, seen, answered, gap };
  }
}

/** The tag Name, or null where there is none, or an empty one. */
export function nameTag(tags: readonly { readonly Key?: string | undefined; readonly Value?: string | undefined }[]) {
  return tags.find(({ Key }) => Key === 'Name')?.Value || null;
}
