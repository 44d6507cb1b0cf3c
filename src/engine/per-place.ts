export interface Whereabouts {
  readonly accountId: string;
  readonly region: string;
}

/**
 * One value for each account and region, made when first asked for: ids are unique only there. Resources of one place
 * follow each other, so that the last place is nearly always the next, and no key is built for it.
 */
export class PerPlace<Value> {
  readonly #make: () => Value;
  readonly #values = new Map<string, Value>();
  #accountId = '';
  #region = '';
  #last: Value | undefined;

  constructor(make: () => Value) {
    this.#make = make;
  }

  of({ accountId, region }: Whereabouts): Value {
    if (this.#last !== undefined && region === this.#region && accountId === this.#accountId) return this.#last;
    const key = `${accountId}/${region}`;
    let value = this.#values.get(key);
    if (value === undefined) {
      value = this.#make();
      this.#values.set(key, value);
    }
    this.#accountId = accountId;
    this.#region = region;
    this.#last = value;
    return value;
  }

  values(): Iterable<Value> {
    return this.#values.values();
  }

  *entries(): Generator<{ readonly place: Whereabouts; readonly held: Value }> {
    for (const [key, held] of this.#values) {
      const [accountId = '', region = ''] = key.split('/');
      yield { place: { accountId, region }, held };
    }
  }
}
