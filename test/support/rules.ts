/** Table-driven tests of a rule: resources in, whole verdicts out, no mocks. */
import { expect } from 'chai';

import type { Resource } from '../../src/engine/model.ts';
import type { AnyRule } from '../../src/engine/rule.ts';
import type { Verdict } from '../../src/engine/verdict.ts';

interface Case {
  /** Finishes the sentence "it …". */
  readonly it: string;
  readonly resource: Resource;
  /** Over the rule's defaults. */
  readonly parameters?: object;
  /** What the resource may point at. */
  readonly related?: readonly Resource[];
  /** The whole verdict but its status. */
  readonly gives?: object;
}

export interface RuleCases {
  readonly pass: readonly Case[];
  readonly fail: readonly Case[];
  readonly notApplicable: readonly Case[];
  readonly unknown: readonly Case[];
}

/** Runs every case. Lists may be empty only where the rule cannot give that verdict; say so in a comment there. */
export function testRule(rule: AnyRule, cases: RuleCases): void {
  const lists = { PASS: cases.pass, FAIL: cases.fail, NOT_APPLICABLE: cases.notApplicable, UNKNOWN: cases.unknown };
  describe(rule.id, () => {
    for (const [status, list] of Object.entries(lists)) {
      for (const { it: title, gives = {}, ...given } of list) {
        it(`gives ${status}: ${title}`, () => {
          expect(check(rule, given)).to.deep.equal({ status, ...gives });
        });
      }
    }
  });
}

/** One verdict of a rule, with its parameters parsed as a scan would. */
export function check(rule: AnyRule, { resource, parameters = {}, related = [] }: Omit<Case, 'it'>): Verdict {
  return rule.check(resource, {
    parameters: rule.parameters.parse(parameters),
    // The types are the rule's own; a test hands it what it asks for.
    related: (type, id) => related.find((other) => other.type === type && other.id === id) as never,
  });
}
