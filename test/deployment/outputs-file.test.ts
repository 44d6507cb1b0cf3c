import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';

import { expect } from 'chai';

import { prepareOutputsFile, removeOutputsFile, writeOutputsFile } from '../../src/deployment/outputs-file.ts';
import { userErrorOf } from '../support/errors.ts';
import { temporaryFolder } from '../support/temporary.ts';

const OUTPUTS = { snsTopicArn: 'arn:aws:sns:us-east-1:111122223333:compliance-alerts-dev', bucketName: 'results' };

describe('the file of outputs', () => {
  const path = temporaryFolder();

  it('is flat JSON, in a folder that is made for it', async () => {
    const file = path('cfn-outputs/flat-outputs.json');
    await prepareOutputsFile(file);
    await writeOutputsFile(file, OUTPUTS);
    expect(readFileSync(file, 'utf8')).to.equal(`${JSON.stringify(OUTPUTS, null, 2)}\n`);
  });

  it('is known to be writable before anything is deployed', async () => {
    writeFileSync(path('cfn-outputs'), 'a file where the folder should be');
    expect(await userErrorOf(() => prepareOutputsFile(path('cfn-outputs/flat-outputs.json')))).to.include({
      code: 'CANNOT_WRITE',
      exitCode: 2,
    });
  });

  it('goes with the stack that it tells of', async () => {
    const file = path('outputs.json');
    await writeOutputsFile(file, OUTPUTS);
    await removeOutputsFile(file, OUTPUTS);
    expect(existsSync(file)).to.equal(false);
  });

  it('stays where it tells of another stack, or is no such file', async () => {
    const file = path('outputs.json');
    await removeOutputsFile(file, OUTPUTS);
    await writeOutputsFile(file, { ...OUTPUTS, bucketName: 'of another' });
    await removeOutputsFile(file, OUTPUTS);
    expect(existsSync(file)).to.equal(true);
    writeFileSync(file, 'not JSON');
    await removeOutputsFile(file, OUTPUTS);
    expect(readFileSync(file, 'utf8')).to.equal('not JSON');
  });

  it('is not looked for in a folder that nobody may read', async () => {
    mkdirSync(path('closed'));
    chmodSync(path('closed'), 0o000);
    await removeOutputsFile(path('closed/outputs.json'), OUTPUTS);
    chmodSync(path('closed'), 0o700);
  });
});
