import { expect } from 'chai';

import { renderJson } from '../../src/report/json.ts';
import { finding, gap, head } from '../support/scans.ts';

const textOf = (...arguments_: Parameters<typeof renderJson>) => [...renderJson(...arguments_)].join('');

describe('the JSON document', () => {
  it('holds the head and the evaluations, which come last', () => {
    const scan = { head: head({ gaps: [gap()] }), evaluations: [finding(), finding({ resource_id: 'i-2' })] };
    const document = JSON.parse(textOf(scan)) as Record<string, unknown>;
    expect(document).to.deep.equal({ ...scan.head, evaluations: scan.evaluations });
    expect(Object.keys(document).at(-1)).to.equal('evaluations');
  });

  it('has one evaluation a line, and ends with a line break', () => {
    const evaluations = [finding({ resource_id: 'i-1' }), finding({ resource_id: 'i-2' })];
    const lines = textOf({ head: head(), evaluations }).split('\n');
    const start = lines.indexOf('  "evaluations": [');
    expect(lines.slice(start + 1)).to.deep.equal([
      `    ${JSON.stringify(evaluations[0])},`,
      `    ${JSON.stringify(evaluations[1])}`,
      '  ]',
      '}',
      '',
    ]);
  });

  it('has an empty list where nothing was found', () => {
    const text = textOf({ head: head(), evaluations: [] });
    expect(text.endsWith('\n  "evaluations": []\n}\n')).to.equal(true);
    expect(JSON.parse(text)).to.deep.equal({ ...head(), evaluations: [] });
  });

  it('comes in pieces, one an evaluation, and asks for no more than is taken', () => {
    let asked = 0;
    const evaluations = new Proxy([finding(), finding(), finding()], {
      get: (target, key, receiver) => {
        if (typeof key === 'string' && /^\d+$/.test(key)) asked += 1;
        return Reflect.get(target, key, receiver) as unknown;
      },
    });
    const pieces = renderJson({ head: head(), evaluations });
    pieces.next();
    pieces.next();
    expect(asked).to.equal(1);
  });

  it('is sound whatever the names in it', () => {
    const hostile = finding({ resource_id: '"}],\n\u001b[31m\u2028\ud800</script>', message: '__proto__' });
    const document = JSON.parse(textOf({ head: head(), evaluations: [hostile] })) as { evaluations: unknown };
    expect(document.evaluations).to.deep.equal([hostile]);
  });
});
