/** What a function that scans answers: for its caller, and for its own memory of what it has done. */
import * as z from 'zod';

import type { ScanDocument } from '../engine/scan-document.ts';

const deliverySchema = z.object({
  sink: z.string(),
  status: z.enum(['delivered', 'repeated', 'failed']),
  reason: z.string().optional(),
});

/** What the scanner answers, as it is read back when the same event comes again, and by who has called it. */
export const scanAnswer = z.object({
  scan_id: z.string(),
  report_timestamp: z.string(),
  environment: z.string(),
  complete: z.boolean(),
  summary: z.record(z.string(), z.number().nullable()),
  /** Calls that gave nothing. */
  gaps: z.number(),
  /** Where the scan document lies. */
  document: z.object({ bucket: z.string(), key: z.string() }).optional(),
  deliveries: z.array(deliverySchema),
  /** Without a bucket: the document itself. */
  scan: z.custom<ScanDocument>().optional(),
  /** Evaluations that the document had to leave out, to fit into an answer. */
  evaluations_omitted: z.number().optional(),
});

export type ScanAnswer = z.output<typeof scanAnswer>;
