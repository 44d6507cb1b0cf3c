import { expect } from 'chai';

import { diffProperties, shown, valueAt } from '../../src/infra/property-diff.ts';

// As the engine's events hold them.
const secret = { '4dabf18193072939515e22adb298388d': '1b47061264138c4ac30d75fd1eb44270', ciphertext: '[secret]' };
const archive = (hash: string) => ({
  '4dabf18193072939515e22adb298388d': '0def7320c3a5731c473e5ecbe6d01bc7',
  assets: { 'a.mjs': { '4dabf18193072939515e22adb298388d': 'c44067f5952c0a294b673a41bacd8c17', text: '<elided>' } },
  hash,
});
const unknown = '04da6b54-80e4-46f7-96ec-b56ff0331ba9';

describe('diffProperties', () => {
  for (const [what, before, after, changes] of [
    ['nothing', { a: 1, b: [1, { c: 2 }] }, { b: [1, { c: 2 }], a: 1 }, []],
    [
      'values, new ones and old ones',
      { size: 1, old: 'x', same: null },
      { size: 2, fresh: false, same: null },
      [
        { path: 'size', before: 1, after: 2 },
        { path: 'old', before: 'x' },
        { path: 'fresh', after: false },
      ],
    ],
    [
      'what lies within',
      { environment: { variables: { A: '1' } }, list: [1, 2] },
      { environment: { variables: { A: '2', 'b.c': '3' } }, list: [1] },
      [
        { path: 'environment.variables.A', before: '1', after: '2' },
        { path: 'environment.variables["b.c"]', after: '3' },
        { path: 'list[1]', before: 2 },
      ],
    ],
    [
      'documents by what they say',
      { policy: '{"Statement":[{"Action":"s3:GetObject","Effect":"Allow"}]}', spaced: '{ "a": 1 }' },
      { policy: '{"Statement":[{"Effect":"Allow","Action":["s3:GetObject"]}]}', spaced: '{"a":1}' },
      [{ path: 'policy.Statement[0].Action', before: 's3:GetObject', after: ['s3:GetObject'] }],
    ],
    [
      'text that is no document',
      { text: '{not json', flag: 'true' },
      { text: '[not json', flag: 'false' },
      [
        { path: 'text', before: '{not json', after: '[not json' },
        { path: 'flag', before: 'true', after: 'false' },
      ],
    ],
    [
      'code by its hash',
      { code: archive('8866af1239bb0af39876d63532179b14') },
      { code: archive('a9cdecb64e4caa28963fe5102db17669') },
      [{ path: 'code', before: 'code 8866af1239bb', after: 'code a9cdecb64e4c' }],
    ],
    ['of a secret that it is there', { a: secret }, { a: secret, b: secret }, [{ path: 'b', after: '[secret]' }]],
    [
      'that AWS has yet to say a value',
      { arn: 'arn:aws:sns:::old' },
      { arn: unknown },
      [{ path: 'arn', before: 'arn:aws:sns:::old', after: '(known after deployment)' }],
    ],
    ['nothing of what the provider adds itself', { __defaults: ['a'] }, { __defaults: [] }, []],
  ] as const) {
    it(`tells ${what}`, () => {
      expect(diffProperties(before, after)).to.deep.equal(changes);
    });
  }
});

describe('shown', () => {
  it('masks what is secret at any depth, in documents too', () => {
    expect(shown({ list: [{ key: secret }], other: `{"a":"${unknown}"}` })).to.deep.equal({
      list: [{ key: '[secret]' }],
      other: { a: '(known after deployment)' },
    });
  });
});

describe('valueAt', () => {
  const properties = { tags: { 'a.b': 'dotted', 'say "x"': 1 }, list: [{ size: 5 }] };
  for (const [path, value] of [
    ['tags["a.b"]', 'dotted'],
    ['list[0].size', 5],
    ['list[1].size', undefined],
    ['tags', properties.tags],
    ['tags.none.deeper', undefined],
  ] as const) {
    it(`finds ${path}`, () => {
      expect(valueAt(properties, path)).to.deep.equal(value);
    });
  }
});
