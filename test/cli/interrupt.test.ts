import { expect } from 'chai';

import { runScript } from '../support/process.ts';

describe('an interruption', function () {
  this.timeout(20_000);

  for (const signal of ['SIGINT', 'SIGTERM']) {
    it(`by ${signal} sets off the signal, and the process goes on`, async () => {
      const outcome = await runScript(`
        import { interruptSignal } from 'SRC/cli/interrupt.ts';
        const signal = interruptSignal();
        const alive = setInterval(() => {}, 1000);
        signal.addEventListener('abort', () => {
          clearInterval(alive);
          process.stdout.write(String(signal.reason));
        });
        process.kill(process.pid, '${signal}');
      `);
      expect(outcome).to.deep.include({ stdout: 'interrupted', stderr: '', exitCode: 0, signal: null });
    });

    it(`by a second ${signal} ends the process at once`, async () => {
      const outcome = await runScript(`
        import { interruptSignal } from 'SRC/cli/interrupt.ts';
        const signal = interruptSignal();
        setInterval(() => {}, 1000);
        signal.addEventListener('abort', () => {
          process.stdout.write('once');
          setTimeout(() => process.kill(process.pid, '${signal}'), 10);
        });
        process.kill(process.pid, '${signal}');
      `);
      expect(outcome).to.deep.include({ stdout: 'once', stderr: '', exitCode: null, signal });
    });
  }

  it('has not come where nothing came', async () => {
    const outcome = await runScript(`
      import { interruptSignal } from 'SRC/cli/interrupt.ts';
      process.stdout.write(String(interruptSignal().aborted));
    `);
    expect(outcome).to.deep.include({ stdout: 'false', exitCode: 0 });
  });
});
