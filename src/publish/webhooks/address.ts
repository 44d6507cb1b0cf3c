/** Where a webhook may lie: addresses that secrets and findings can be sent to. */

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/;

/** What is wrong with an address, as the end of a sentence that does not repeat it: the address may be a secret. */
export function addressProblem(text: string): string | undefined {
  if (!URL.canParse(text)) return 'is not a URL';
  const url = new URL(text);
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && isLoopback(text)))
    return 'does not begin with https://';
  if (url.username !== '' || url.password !== '') return 'holds a user or a password, which belong in credentialsFrom';
  return undefined;
}

/** True for an address of this very machine. */
export function isLoopback(text: string): boolean {
  return URL.canParse(text) && LOOPBACK.test(new URL(text).hostname);
}

/** An address with a path behind it, its own path and query kept. */
export function addressOf(base: string, path = ''): URL {
  const url = new URL(base);
  if (path !== '') url.pathname = url.pathname.replace(/\/+$/, '') + path;
  return url;
}

/** The parts of an address that may be a secret: a Slack webhook is nothing else. */
export function secretsInAddress(base: string): readonly string[] {
  const { pathname, search, searchParams } = new URL(base);
  const long = [...pathname.split('/'), ...searchParams.values()].filter((part) => part.length >= SECRET_LENGTH);
  return [pathname + search, pathname, search, ...long].filter((part) => part.length > 1);
}

/** Shorter parts of a path are words: `rest`, `table`. */
const SECRET_LENGTH = 8;
