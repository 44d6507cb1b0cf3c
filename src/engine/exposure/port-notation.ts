/** How people write ports in parameters: `22`, `tcp/22`, `udp/53`, and ranges such as `8000-8100` or `udp/8000-8100`. */
import * as z from 'zod';

import { LAST_PORT } from './ports.ts';
import type { PortRange, Transport } from './ports.ts';

/** Ports of one protocol. */
export interface TransportPorts extends PortRange {
  readonly transport: Transport;
}

const NOTATION = /^(?:(?:tcp|udp)\/)?\d{1,5}(?:-\d{1,5})?$/;

const notation = z.union([z.number(), z.string()]);

/** One port; without a protocol it is TCP. */
export const portNotation = notation.refine((value) => isPorts(value) && !String(value).includes('-'), {
  error: 'is not a port such as 22, tcp/22 or udp/53',
});

/** One port or a range of them; without a protocol they are TCP. */
export const portsNotation = notation.refine(isPorts, {
  error: 'is not a port or a range such as 443, tcp/8000-8100 or udp/53',
});

/** The ports that are meant; `value` is one that the schemas here let through. */
export function parsePorts(value: number | string): TransportPorts {
  const [ports = '', transport = 'tcp'] = String(value).split('/').toReversed();
  const [from = '', to = from] = ports.split('-');
  return { transport: transport as Transport, from: Number(from), to: Number(to) };
}

function isPorts(value: number | string): boolean {
  const { from, to } = parsePorts(value);
  return NOTATION.test(String(value)) && from <= to && to <= LAST_PORT;
}
