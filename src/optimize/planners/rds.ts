/** How an instance of RDS is stopped. Pure. */
import type { DatabaseInstance } from '../model.ts';
import type { PlannedRow } from './row-parts.ts';

export function planDatabaseInstance(_resource: DatabaseInstance, _options: { readonly now: Date }): PlannedRow {
  throw new Error('to be written');
}
