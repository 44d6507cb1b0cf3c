/** The values of `src/report/html/element.ts` as nodes: text is set as text, so that nothing in it is ever markup. */
import { attributesOf, isElement, shownText } from '../src/report/html/element.ts';
import type { Content } from '../src/report/html/element.ts';

export function toNode(content: Content): Node {
  if (typeof content === 'string') return document.createTextNode(shownText(content));
  if (!isElement(content)) {
    const fragment = document.createDocumentFragment();
    fragment.append(...content.map(toNode));
    return fragment;
  }
  const node = document.createElement(content.tag);
  for (const [name, value] of attributesOf(content.attributes)) node.setAttribute(name, value);
  node.append(...content.content.map(toNode));
  return node;
}
