/** What the terminal at hand can show. */
import { Chalk, supportsColor, supportsColorStderr } from 'chalk';
import type { ChalkInstance } from 'chalk';

/** Colour for a stream: none where it is no terminal or where `NO_COLOR` is set (no-color.org), `FORCE_COLOR` aside. */
export function colourFor(stream: 'stdout' | 'stderr', env: NodeJS.ProcessEnv): ChalkInstance {
  const asked = env['FORCE_COLOR'] !== undefined;
  const refused = env['NO_COLOR'] !== undefined && env['NO_COLOR'] !== '';
  const supported = stream === 'stdout' ? supportsColor : supportsColorStderr;
  const capable = supported !== false && (asked || process[stream].isTTY);
  return new Chalk({ level: refused || !capable ? 0 : supported.level });
}
