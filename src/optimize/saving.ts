/** What a change saves a month, with all that the number rests on. Money is in US dollars, a month has 730 hours. */
import type { UnitPrice } from '../prices/price.ts';

export const HOURS_PER_MONTH = 730;

export type Saving =
  | {
      readonly known: true;
      /** A month; at idle, where use decides. */
      readonly amount: number;
      /** `(2 - 0.5) ACU x 1 instance x $0.12 x 730 h`. */
      readonly formula: string;
      readonly prices: readonly UnitPrice[];
      /** Sentences. */
      readonly assumptions: readonly string[];
      /** The same at the use that CloudWatch has measured, where it could be read. */
      readonly measured?: { readonly amount: number; readonly formula: string };
    }
  | {
      readonly known: false;
      /** A sentence. */
      readonly reason: string;
      /** The IAM action that would settle it. */
      readonly permission?: string;
    };
