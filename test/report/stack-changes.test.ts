import { Chalk } from 'chalk';
import { expect } from 'chai';

import { countsOf, effectiveChanges, renderStackChanges, shortType } from '../../src/report/stack-changes.ts';
import type { StackChange } from '../../src/report/stack-changes.ts';

const plain = new Chalk({ level: 0 });
const TARGET = { environment: 'dev', preset: 'standard', accountId: '111122223333', region: 'eu-west-1' };
const change = (
  operation: StackChange['operation'],
  type: string,
  name: string,
  ...properties: StackChange['properties']
): StackChange => ({
  operation,
  type,
  name,
  properties,
});
const text = (...changes: StackChange[]) => [...renderStackChanges(changes, TARGET, plain)].join('');

describe('the changes of a stack', () => {
  it('are shown with what is lost first, within 80 columns', () => {
    const shown = text(
      change('create', 'aws:sns/topic:Topic', 'compliance-alerts-dev'),
      change('same', 'aws:iam/role:Role', 'compliance-scanner-role-dev'),
      change(
        'update',
        'aws:lambda/function:Function',
        'compliance-scanner-dev',
        {
          path: 'timeout',
          before: 300,
          after: 600,
        },
        { path: 'environment.variables', after: { A: 'x'.repeat(200) } },
      ),
      change('replace', 'aws:s3/bucket:Bucket', 'compliance-results-dev-111122223333-eu-west-1-an', {
        path: 'bucket',
        before: 'old',
        after: 'new',
      }),
      change('delete', 'aws:cloudwatch/metricAlarm:MetricAlarm', 'scan-missing-dev'),
      change('create', 'aws:cloudwatch/logGroup:LogGroup', '/aws/lambda/compliance-scanner-dev'),
    );
    expect(shown).to.equal(`Stack dev (preset standard) in account 111122223333, eu-west-1
1 to replace, 1 to delete, 1 to change, 2 to create, 1 unchanged

! s3.Bucket
    compliance-results-dev-111122223333-eu-west-1-an
    bucket: old -> new

- cloudwatch.MetricAlarm         scan-missing-dev

~ lambda.Function                compliance-scanner-dev
    timeout: 300 -> 600
    environment.variables: (none) ->
      {"A":"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx
      xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…

+ cloudwatch.LogGroup            /aws/lambda/compliance-scanner-dev
+ sns.Topic                      compliance-alerts-dev
`);
    for (const line of shown.split('\n')) expect(line.length, line).to.be.at.most(80);
  });

  it('are nothing of an empty stack', () => {
    expect(text()).to.equal('Stack dev (preset standard) in account 111122223333, eu-west-1\nNothing in it\n');
    expect(countsOf([], plain)).to.equal('Nothing in it');
  });

  it('are those that do anything', () => {
    const same = change('same', 'aws:iam/role:Role', 'r');
    const made = change('create', 'aws:iam/role:Role', 's');
    expect(effectiveChanges([same, made])).to.deep.equal([made]);
  });

  it('move no cursor, whatever a value holds', () => {
    const shown = text(
      change('update', 'aws:sns/topic:Topic', 'a\u001B[2Jb', {
        path: 'tags.x',
        before: 'a\u001B]0;x\u0007',
        after: '\u202Eevil\nline',
      }),
    );
    expect(shown).to.include('tags.x: a]0;x -> evil line');
    for (const mark of ['\u001B', '\u0007', '\u202E']) expect(shown).to.not.include(mark);
  });

  it('are coloured by what they do', () => {
    const colours = new Chalk({ level: 1 });
    const mark = (operation: StackChange['operation']) =>
      [...renderStackChanges([change(operation, 'aws:sns/topic:Topic', 't')], TARGET, colours)].at(-1)?.slice(0, 5);
    expect(mark('create')).to.equal('\u001B[32m');
    expect(mark('update')).to.equal('\u001B[33m');
    expect(mark('delete')).to.equal('\u001B[31m');
    expect(mark('replace')).to.equal('\u001B[31m');
  });

  it('name types as Pulumi’s users write them', () => {
    expect(shortType('aws:lambda/function:Function')).to.equal('lambda.Function');
    expect(shortType('pulumi:providers:aws')).to.equal('providers.aws');
    expect(shortType('anything')).to.equal('anything');
  });
});
