import { expect } from 'chai';

import { markdownCommands } from '../../src/report/sections.ts';

describe('markdownCommands', () => {
  it('shows commands as they are to be copied, a line each', () => {
    expect(markdownCommands([`id=$(aws x | y 'a&b') &&`, 'aws "$id" *_<b>_*'])).to.equal(
      '```sh\nid=$(aws x | y \'a&b\') &&\naws "$id" *_<b>_*\n```\n',
    );
  });

  it('has a fence that nothing within ends', () => {
    for (const [command, fence] of [
      ['a', '```'],
      ['`id` ``', '```'],
      ['x\n```\n<script>', '````'],
      ['```` ` `````', '``````'],
    ] as const) {
      const lines = markdownCommands([command, command]).split('\n');
      expect([lines[0], lines[3], lines.length], command).to.deep.equal([`${fence}sh`, fence, 5]);
    }
  });

  it('lets no control character through, and no half of a character', () => {
    expect(markdownCommands(['a\u001B[31m\u202Eb\r\nc\uD800'])).to.equal('```sh\na[31mb c\uFFFD\n```\n');
  });
});
