/** A list rendered once and handed out in pages without touching it again. */

export interface Page {
  readonly body: Buffer;
  /** Where the next page starts; `undefined` after the last. */
  readonly next: number | undefined;
}

export class Shelf {
  readonly #bytes: Buffer;
  /** Where each item starts, and in the end where the last one ends. */
  readonly #starts: readonly number[];

  constructor(items: Iterable<string>) {
    const starts = [0];
    const rendered: Buffer[] = [];
    let end = 0;
    for (const item of items) {
      const bytes = Buffer.from(item);
      rendered.push(bytes);
      end += bytes.length;
      starts.push(end);
    }
    this.#bytes = Buffer.concat(rendered, end);
    this.#starts = starts;
  }

  get length(): number {
    return this.#starts.length - 1;
  }

  /** At most `size` items from the `start`-th on: a view, not a copy. */
  page(start: number, size: number): Page {
    const end = Math.min(start + size, this.length);
    return {
      body: this.#bytes.subarray(this.#starts[start], this.#starts[end]),
      next: end < this.length ? end : undefined,
    };
  }
}
