/** What went wrong, out of what providers, the engine and downloads write around it. */

/** The first line that says something, without a full stop. */
export function firstLine(text: string): string {
  const line = text
    .split('\n')
    .map((one) => one.trim())
    .find((one) => one !== '');
  return (line ?? 'no reason was given').replace(/\.$/, '');
}

/**
 * AWS's own words of what the AWS provider reports: one line, without the count of errors, the file of the provider's
 * source and the ids of the request.
 */
export function providerWords(message: string): string {
  const line = message
    .split('\n')
    .map((line) => line.replace(/^\s*(?:\*\s+)?/, '').trim())
    .find((line) => line !== '' && !/^\d+ errors? occurred:$/.test(line));
  return firstLine(line ?? '')
    .replace(/^sdk-v2\/\S+\.go:\d+:\s*(?:sdk\.helper_schema:\s*)?/, '')
    .replace(/: provider=\S+$/, '')
    .replace(/https response error StatusCode: \d+, (?:RequestID: [^,]*, )?(?:HostID: [^,]*, )?(?:api error )?/, '')
    .replace(/\.$/, '');
}
