/** Reading one fact of a part: an answer, or a gap. */
import type { Clients } from '../aws/clients.ts';
import { awsErrorNamed, failureInRegion } from '../aws/errors.ts';
import { known } from '../engine/model.ts';
import type { Fact } from '../engine/model.ts';
import { gapOf } from '../inventory/gap-log.ts';
import type { GapLog } from '../inventory/gap-log.ts';
import { cutShort } from '../inventory/read.ts';
import type { Place } from '../stack/spec.ts';
import type { HealthCall } from './calls.ts';

export interface Reading {
  readonly clients: Clients;
  readonly place: Place;
  readonly signal: AbortSignal;
  readonly now: Date;
  /** Takes the gap of each call that gave nothing. */
  readonly gaps: GapLog;
}

/** Handed to every call. */
export interface CallOptions {
  readonly abortSignal: AbortSignal;
}

/**
 * What a call gives; `null` where AWS answers that there is none.
 *
 * @param absent the error codes of that answer
 * @throws whatever did not come from a call: a defect of ours
 */
export async function read<T>(
  { place, signal, gaps }: Reading,
  call: HealthCall,
  ask: (options: CallOptions) => Promise<T>,
  absent: readonly string[] = [],
): Promise<Fact<T | null>> {
  try {
    return known(await ask({ abortSignal: signal }));
  } catch (error) {
    if (awsErrorNamed(error, ...absent)) return known(null);
    const failure = failureInRegion(error);
    if (failure === undefined) throw error;
    const why = cutShort(signal) ?? failure;
    gaps.add(gapOf(place, call.service, { ...call, resource: null }, why));
    const { reason } = why;
    return { known: false, reason, ...(reason === 'denied' && { permission: call.action }) };
  }
}

/** The same of what AWS always has, where absence is no answer. */
export async function readAlways<T>(
  reading: Reading,
  call: HealthCall,
  ask: (options: CallOptions) => Promise<T>,
): Promise<Fact<T>> {
  return mapFact(await read(reading, call, ask), (value) => value as T);
}

export function mapFact<From, To>(fact: Fact<From>, change: (value: From) => To): Fact<To> {
  return fact.known ? known(change(fact.value)) : fact;
}
