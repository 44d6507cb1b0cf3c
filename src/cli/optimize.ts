/** What `optimize` has of the process: a terminal to ask at, a line that shows what goes on, places to show the result. */
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';

import type { Surroundings } from '../optimize/request.ts';
import { pauseFor } from '../optimize/run.ts';
import type { OptimizeDocument } from '../report/optimize-document.ts';
import { savingsJson, savingsMarkdown, savingsTable } from '../report/savings.ts';
import type { WasteDocument } from '../report/waste-document.ts';
import { wasteJson, wasteMarkdown, wasteTable } from '../report/waste.ts';
import { writeFileAtomically } from '../result-files.ts';
import { ask, canAsk } from './confirm.ts';
import { interruptSignal } from './interrupt.ts';
import { writeStdout } from './output.ts';
import { filesFirst } from './outputs.ts';
import type { OutputTarget } from './outputs.ts';
import { startStatus } from './status-line.ts';
import { colourFor } from './terminal.ts';

export type OptimizeFormat = 'table' | 'json' | 'markdown';

export interface OptimizeTerminalFlags {
  readonly quiet: boolean;
  readonly json: boolean;
  readonly 'show-math': boolean;
}

type AnyDocument = OptimizeDocument | WasteDocument;

export interface OpenedSurroundings extends Surroundings {
  readonly show: (document: AnyDocument) => Promise<void>;
  /** Ends the line on stderr, whatever came of the work. */
  close(): void;
}

export function openSurroundings(
  flags: OptimizeTerminalFlags,
  targets: readonly OutputTarget<OptimizeFormat>[],
): OpenedSurroundings {
  const status = startStatus({ shown: !flags.quiet && !flags.json, terminal: process.stderr.isTTY });
  const options = { showMath: flags['show-math'] };
  const textOf = (document: AnyDocument, { format, file }: OutputTarget<OptimizeFormat>): string => {
    const chalk = colourFor(
      file === undefined ? 'stdout' : 'stderr',
      file === undefined ? process.env : { NO_COLOR: '1' },
    );
    const view = { width: process.stdout.columns || 80, ...options };
    if (document.schema === 'compliancectl.waste/1') {
      if (format === 'json') return wasteJson(document);
      return format === 'markdown' ? wasteMarkdown(document) : wasteTable(document, chalk, view);
    }
    if (format === 'json') return savingsJson(document);
    return format === 'markdown' ? savingsMarkdown(document) : savingsTable(document, chalk, view);
  };
  return {
    env: process.env,
    directory: process.cwd(),
    clock: () => new Date(),
    pause: pauseFor,
    host: hostname(),
    pid: process.pid,
    runId: randomUUID(),
    canAsk: canAsk(),
    ask: (question) => {
      status.clear();
      return ask(question);
    },
    tell: (text) => {
      status.clear();
      process.stderr.write(text);
    },
    show: async (document) => {
      status.clear();
      for (const target of filesFirst(targets)) {
        const pieces = [textOf(document, target)];
        await (target.file === undefined ? writeStdout(pieces) : writeFileAtomically(target.file, pieces));
      }
    },
    save: async (file, text) => writeFileAtomically(file, [text]),
    tableOf: (document) =>
      savingsTable(document, colourFor('stderr', process.env), { width: process.stderr.columns || 80, ...options }),
    stop: interruptSignal(),
    onProgress: status.show,
    close: status.clear,
  };
}
