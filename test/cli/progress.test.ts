import { expect } from 'chai';

import { describeProgress } from '../../src/cli/progress.ts';
import { runScript } from '../support/process.ts';

describe('progress', function () {
  this.timeout(20_000);

  it('is counted in words', () => {
    expect(describeProgress({ accounts: 1, regions: 1, resources: 1, lanesDone: 0, lanes: 3 })).to.equal(
      'Reading 1 account, 1 region: 1 resource so far (0 %)',
    );
    expect(describeProgress({ accounts: 2, regions: 17, resources: 0, lanesDone: 2, lanes: 3 })).to.equal(
      'Reading 2 accounts, 17 regions: 0 resources so far (66 %)',
    );
    expect(describeProgress({ accounts: 1, regions: 0, resources: 5, lanesDone: 0, lanes: 0 })).to.equal(
      'Reading 1 account, 0 regions: 5 resources so far (100 %)',
    );
  });

  const script = (shown: boolean) => `
    import { startProgress } from 'SRC/cli/progress.ts';
    const progress = startProgress(${shown});
    await new Promise((done) => setTimeout(done, 150));
    progress.update({ accounts: 1, regions: 2, resources: 3, lanesDone: 1, lanes: 2 });
    progress.update({ accounts: 1, regions: 2, resources: 4, lanesDone: 1, lanes: 2 });
    progress.stop();
  `;

  it('writes nothing at all where it is not shown', async () => {
    expect(await runScript(script(false))).to.deep.include({ stdout: '', stderr: '', exitCode: 0 });
  });

  it('is one line on stderr that is written over, not too often, and gone in the end', async () => {
    const { stdout, stderr, exitCode } = await runScript(script(true));
    const [start, clear] = ['\u001B[1G', '\u001B[0K'];
    expect({ stdout, stderr, exitCode }).to.deep.equal({
      stdout: '',
      stderr: [
        `${start}Asking AWS who this is${clear}`,
        `${start}Reading 1 account, 2 regions: 3 resources so far (50 %)${clear}`,
        `${start}${clear}`,
      ].join(''),
      exitCode: 0,
    });
  });
});
