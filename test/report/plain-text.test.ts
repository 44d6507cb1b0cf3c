import { expect } from 'chai';

import { plainLine, plainText } from '../../src/report/plain-text.ts';

describe('plain text', () => {
  const hostile: Record<string, readonly [text: string, gives: string]> = {
    'a colour': ['\u001b[31mred\u001b[0m', '[31mred[0m'],
    'a link': ['\u001b]8;;https://evil.example\u0007click\u001b]8;;\u0007', ']8;;https://evil.exampleclick]8;;'],
    'the eight-bit start of a sequence': ['\u009b31mred', '31mred'],
    'a return to the start of the line': ['fine\rEVIL', 'fineEVIL'],
    backspaces: ['abc\b\b\bxyz', 'abcxyz'],
    'a bell, a null, a delete': ['a\u0007b\u0000c\u007fd', 'abcd'],
    'a tabulator': ['a\tb', 'ab'],
    'marks that turn the direction': ['\u202egnp.exe\u202c \u2066x\u2069 \u200fy', 'gnp.exe x y'],
    'what has no width': ['ad\u200bmin\u200d\ufeff\u2060', 'admin'],
    'letters that only a machine reads': ['a\u{e0041}\u{e0042}b', 'ab'],
    'line and paragraph separators': ['a\u2028b\u2029c', 'abc'],
  };
  for (const [what, [text, gives]] of Object.entries(hostile)) {
    it(`is without ${what}`, () => {
      expect(plainText(text)).to.equal(gives);
    });
  }

  it('keeps line breaks, and the letters of every language', () => {
    const text = 'Grüße\n日本語 العربية हिन्दी 😀';
    expect(plainText(text)).to.equal(text);
  });
});

describe('a plain line', () => {
  it('has every kind of white space as one space', () => {
    expect(plainLine('a \t\r\n  b\u2028c\u00a0d\v')).to.equal('a b c d ');
  });

  it('is without control characters', () => {
    expect(plainLine('a\u001b[2K\nb')).to.equal('a[2K b');
  });
});
