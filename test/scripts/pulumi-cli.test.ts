import { mkdirSync, writeFileSync } from 'node:fs';

import { expect } from 'chai';

import { builtPulumi, pinnedPulumi } from '../../scripts/pulumi-cli/location.ts';
import { pulumiPrograms } from '../support/pulumi.ts';
import { temporaryFolder } from '../support/temporary.ts';

describe('the Pulumi CLI of the tests', () => {
  const folder = temporaryFolder();

  /** A folder that has the program. */
  function withProgram(name: string, mode = 0o755): string {
    mkdirSync(folder(name));
    writeFileSync(folder(`${name}/pulumi`), '#!/bin/sh\n', { mode });
    return folder(name);
  }

  it('is of the release that go.mod requires', () => {
    expect(pinnedPulumi('go 1.26\n\nrequire github.com/pulumi/pulumi/pkg/v3 v3.1.2\n')).to.equal('3.1.2');
    expect(builtPulumi()).to.match(new RegExp(`/\\.cache/pulumi/${pinnedPulumi()}$`));
  });

  it('is of no release where go.mod requires it among others', () => {
    expect(() => pinnedPulumi('require (\n\tgithub.com/pulumi/pulumi/pkg/v3 v3.1.2\n)\n')).to.throw(
      'scripts/pulumi-cli/go.mod does not require pkg/v3 on a line of its own.',
    );
  });

  it('is the one on the PATH, else the one that was built', () => {
    const built = withProgram('built');
    const installed = withProgram('installed');
    const PATH = `${folder('nowhere')}:${withProgram('unusable', 0o644)}:${installed}`;
    expect(pulumiPrograms({ PATH }, built)).to.equal(installed);
    expect(pulumiPrograms({ PATH: folder('nowhere') }, built)).to.equal(built);
  });

  it('may lack, but not in CI', () => {
    expect(pulumiPrograms({ PATH: '' }, folder('nowhere'))).to.equal(undefined);
    expect(() => pulumiPrograms({ PATH: '', CI: 'true' }, folder('nowhere'))).to.throw(
      'There is no pulumi CLI: put one on the PATH, or build it with `npx node scripts/build-pulumi.ts`.',
    );
  });
});
