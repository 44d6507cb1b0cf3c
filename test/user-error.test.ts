import { expect } from 'chai';

import { systemReason, UserError } from '../src/user-error.ts';

describe('UserError', () => {
  it('says what was typed to the person, and leaves it out where it may be kept', () => {
    const error = new UserError({ typed: 'a', say: (file) => `There is a bad file ${file}.` }, { code: 'BAD' });
    expect(error.message).to.equal('There is a bad file a.');
    expect(error.echoFree).to.equal('There is a bad file ….');
  });

  it('says the same to both where nothing was typed', () => {
    const { message, echoFree } = new UserError('No region was given.', { code: 'NO_REGION' });
    expect([message, echoFree]).to.deep.equal(['No region was given.', 'No region was given.']);
  });
});

describe('systemReason', () => {
  const reasons: Readonly<Record<string, string>> = {
    "EACCES: permission denied, open '/a/it's, b'": 'EACCES: permission denied',
    "EISDIR: illegal operation on a directory, rename '/a' -> '/b'": 'EISDIR: illegal operation on a directory',
    'EISDIR: illegal operation on a directory, read': 'EISDIR: illegal operation on a directory',
    'unexpected end of file': 'unexpected end of file',
  };
  for (const [message, reason] of Object.entries(reasons)) {
    it(`is "${reason}" of: ${message}`, () => {
      expect(systemReason(new Error(message))).to.equal(reason);
    });
  }
});
