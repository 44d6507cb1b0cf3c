import type { ChalkInstance } from 'chalk';

import type { Severity } from '../engine/verdict.ts';

/** How a severity is painted, for people at a terminal. */
export function severityColour(severity: Severity, chalk: ChalkInstance): (text: string) => string {
  switch (severity) {
    case 'critical':
      return chalk.bold.red;
    case 'high':
      return chalk.red;
    case 'medium':
      return chalk.yellow;
    case 'low':
    case 'info':
      return String;
  }
}
