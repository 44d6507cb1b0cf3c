import { expect } from 'chai';

import { isAmong, keyList, keyParameter } from '../../src/engine/kms-key.ts';

const ID = '1234abcd-12ab-34cd-56ef-1234567890ab';
const ARN = `arn:aws:kms:eu-west-1:111122223333:key/${ID}`;
const OTHER_REGION = `arn:aws:kms:us-east-1:111122223333:key/${ID}`;

describe('comparing KMS keys', () => {
  for (const [what, configured, allowed, result] of [
    ['the same ARN', ARN, [ARN], true],
    ['an ARN by its id', ARN, [ID], true],
    ['an id by its ARN', ID, [ARN], true],
    ['the same id', ID, [ID], true],
    ['the second of two', ARN, ['mrk-0', ARN], true],
    ['not the same id in another region, where both name one', ARN, [OTHER_REGION], false],
    ['not an id that is only the end of another', ARN, ['1234567890ab'], false],
    ['nothing by an alias', 'alias/data', [ARN], undefined],
    ["nothing by an alias's ARN", 'arn:aws:kms:eu-west-1:111122223333:alias/data', [ARN], undefined],
  ] as const) {
    it(`recognises ${what}`, () => {
      expect(isAmong(configured, allowed)).to.equal(result);
    });
  }

  it('makes a list of one', () => {
    expect(keyList(ID)).to.deep.equal([ID]);
    expect(keyList([ID, ARN])).to.deep.equal([ID, ARN]);
  });
});

describe('the parameter that names KMS keys', () => {
  for (const [what, value] of [
    ['an ARN', ARN],
    ['an ARN of another partition', `arn:aws-us-gov:kms:us-gov-west-1:111122223333:key/${ID}`],
    ['an id', ID],
    ['the id of a multi-region key', 'mrk-1234abcd12ab34cd56ef1234567890ab'],
    ['a list', [ID, ARN]],
  ] as const) {
    it(`takes ${what}`, () => {
      expect(keyParameter.parse(value)).to.deep.equal(value);
    });
  }

  for (const [what, value, path] of [
    ['an alias', 'alias/data', []],
    ["an alias's ARN", 'arn:aws:kms:eu-west-1:111122223333:alias/data', []],
    ['an ARN that is no key', 'arn:aws:s3:::reports', []],
    ['an empty string', '', []],
    ['a list with an alias in it', [ID, 'alias/data'], [1]],
  ] as const) {
    it(`refuses ${what}`, () => {
      expect(keyParameter.safeParse(value).error?.issues[0]).to.deep.include({
        path,
        message: 'is neither the ARN nor the id of a KMS key; an alias may point at another key tomorrow',
      });
    });
  }

  it('refuses an empty list', () => {
    expect(keyParameter.safeParse([]).error?.issues[0]).to.deep.include({ path: [], code: 'too_small' });
  });
});
