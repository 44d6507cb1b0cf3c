import { expect } from 'chai';

import { factsNeeded } from '../../../src/engine/needs.ts';
import { STREAM_ORDER } from '../../../src/engine/model.ts';
import { rules } from '../../../src/engine/rules/index.ts';
import { collectors } from '../../../src/inventory/collectors/index.ts';

describe('the list of collectors', () => {
  it('is in stream order, each type once', () => {
    const types = collectors.map(({ resourceType }) => resourceType);

    expect(types).to.deep.equal(STREAM_ORDER.filter((type) => types.includes(type)));
  });

  it('has a source for every fact that a rule needs', () => {
    const collected = new Map(collectors.flatMap(({ types }) => Object.entries(types)));
    const needed = factsNeeded(rules.map((rule) => ({ rule, parameters: undefined })));
    const missing = [...needed].flatMap(([type, facts]) =>
      [...facts].filter((fact) => collected.get(type)?.[fact] === undefined).map((fact) => `${type} ${fact}`),
    );

    expect([...needed.keys()].filter((type) => !collected.has(type))).to.deep.equal([]);
    expect(missing).to.deep.equal([]);
  });
});
