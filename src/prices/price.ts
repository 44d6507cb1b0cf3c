/** Unit prices by the hour, asked for one at a time. Money is in US dollars. */

export type PriceQuestion =
  | {
      readonly item: 'aurora-capacity';
      readonly engine: 'aurora-mysql' | 'aurora-postgresql';
      readonly storage: 'standard' | 'io-optimized';
      readonly region: string;
    }
  | {
      readonly item: 'cache-node';
      readonly engine: 'redis' | 'valkey';
      readonly nodeType: string;
      readonly region: string;
    }
  | {
      readonly item: 'fargate-vcpu' | 'fargate-memory' | 'fargate-ephemeral';
      readonly architecture: 'X86_64' | 'ARM64';
      readonly region: string;
    };

export interface UnitPrice {
  /** For one unit. */
  readonly amount: number;
  /** As the Price List says: `ACU-Hr`, `Hrs`, `hours`, `vCPU-Hours`, `GB-Hours`. */
  readonly unit: string;
  /** As a bill says: `Aurora:ServerlessV2Usage`. */
  readonly usageType: string;
  readonly region: string;
  readonly source: 'live' | 'cached' | 'bundled';
  /** Where it was read: `AWS Price List`, or a page's address. */
  readonly origin: string;
  /** When it was read, `2026-11-21`. */
  readonly date: string;
  readonly sku?: string;
}

export type PriceAnswer =
  | { readonly known: true; readonly price: UnitPrice }
  | {
      readonly known: false;
      /** A sentence. */
      readonly reason: string;
      readonly permission?: string;
    };

export interface Prices {
  /** Never throws for a price that is not to be had: the answer says so. */
  find(question: PriceQuestion): Promise<PriceAnswer>;
}
