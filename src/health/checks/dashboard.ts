/** The dashboard: can it be drawn, and does it show what it should. */
import type { DashboardSpec } from '../../stack/spec.ts';
import { finding } from '../finding.ts';
import type { Checking, Finding } from '../finding.ts';
import { parsedJson } from './json-text.ts';

export interface DashboardSeen {
  /** JSON, or what stands where it should. */
  readonly body: string;
}

export function checkDashboard({ name, widgets }: DashboardSpec, { body }: DashboardSeen, { redeploy }: Checking) {
  const parsed = parsedJson(body);
  const there = isObject(parsed) ? parsed['widgets'] : undefined;
  if (!Array.isArray(there)) {
    return [finding('dashboard-unreadable', `The body of ${name} is no dashboard: it lists no widgets.`, redeploy)];
  }
  const shown = new Set(there.flatMap(sourcesOf));
  return [...new Set(widgets.flatMap(sourcesOf))]
    .filter((source) => !shown.has(source))
    .map((source): Finding =>
      finding('dashboard-incomplete', `${name} does not show ${source}.`, redeploy, { subject: source }),
    );
}

/** What a widget draws: metrics by namespace, name and dimensions, expressions, and the queries of logs. */
function sourcesOf(widget: unknown): string[] {
  const properties = isObject(widget) ? widget['properties'] : undefined;
  if (!isObject(properties)) return [];
  const { metrics, query } = properties;
  return [...(Array.isArray(metrics) ? expanded(metrics) : []), ...(typeof query === 'string' ? [query] : [])];
}

/** A dashboard may say `...` for the beginning of the metric before, and `.` for one word of it. */
function expanded(metrics: readonly unknown[]): string[] {
  let before: string[] = [];
  return metrics.flatMap((metric) => {
    const parts = [metric].flat();
    const words: string[] = parts.filter((part) => typeof part === 'string');
    if (words.length === 0) {
      const [first] = parts;
      return isObject(first) && typeof first['expression'] === 'string' ? [first['expression']] : [];
    }
    const [head, ...rest] = words;
    before =
      head === '...'
        ? [...before.slice(0, Math.max(0, before.length - rest.length)), ...rest]
        : words.map((word, index) => (word === '.' ? (before[index] ?? word) : word));
    return [before.join(' ')];
  });
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
