/** What the tests know of an emulator of AWS, whichever it is. */

export interface Emulator {
  readonly url: string;
  /** Forgets everything that was created. */
  reset(): Promise<void>;
  stop(): Promise<void>;
}

/** Starts an emulator before the tests of the `describe` it is called in, empty before each; without it they are skipped. */
export function withEmulator(name: string, start: () => Promise<Emulator | undefined>): () => Emulator {
  let emulator: Emulator | undefined;
  before(async function () {
    this.timeout(300_000);
    emulator = await start();
    if (emulator !== undefined) return;
    process.stderr.write(`\nSKIPPED, for want of ${name}: ${this.test?.parent?.title}\n\n`);
    this.skip();
  });
  beforeEach(async () => emulator?.reset());
  after(async () => emulator?.stop());
  return () => {
    if (emulator === undefined) throw new Error(`${name} has not been started.`);
    return emulator;
  };
}
