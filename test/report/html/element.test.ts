import { expect } from 'chai';

import { element, isolated, toHtml } from '../../../src/report/html/element.ts';

describe('toHtml', () => {
  it('writes text as text, and values of attributes as values', () => {
    const content = element('p', { class: `"a" 'b'`, id: '<&>' }, `<b> & "c" 'd'`, [element('b', {}, 'x'), 'y']);
    expect(toHtml(content)).to.equal(
      '<p class="&quot;a&quot; &#39;b&#39;" id="&lt;&amp;&gt;">&lt;b&gt; &amp; &quot;c&quot; &#39;d&#39;<b>x</b>y</p>',
    );
  });

  it('leaves out attributes that are not set, and closes no element that has no end', () => {
    const attributes = { type: 'checkbox', hidden: true, tabindex: 0, class: undefined, 'aria-busy': false } as const;
    expect(toHtml([element('input', attributes), element('td')])).to.equal(
      '<input type="checkbox" hidden="" tabindex="0"><td></td>',
    );
  });

  it('removes what turns the reading direction, and half characters', () => {
    expect(toHtml(isolated('a\u202Eb\u0000c\uD800d'))).to.equal('<bdi>abc\uFFFDd</bdi>');
    expect(toHtml(element('a', { 'aria-label': 'x\u2066y' }))).to.equal('<a aria-label="xy"></a>');
  });
});
