/** Unit prices, by the hour or the month, asked for one at a time. Money is in US dollars. */

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
    }
  | {
      /** An hour of an instance with shared tenancy. */
      readonly item: 'ec2-instance';
      readonly instanceType: string;
      /** As EC2 says it (`UsageOperation`), for the operating system and its licence: `RunInstances`, `RunInstances:0002`. */
      readonly operation: string;
      readonly region: string;
    }
  | {
      /** An hour of an instance of RDS, Aurora's among them. */
      readonly item: 'db-instance';
      readonly instanceClass: string;
      readonly engine: 'aurora-mysql' | 'aurora-postgresql' | 'mysql' | 'postgres' | 'mariadb';
      /** Always false for Aurora: its instances are billed one by one. */
      readonly multiAz: boolean;
      /** Other than `standard` for Aurora alone. */
      readonly storage: 'standard' | 'io-optimized';
      readonly region: string;
    }
  | {
      /** A GB for a month. */
      readonly item: 'volume-storage';
      readonly volumeType: VolumeType;
      readonly region: string;
    }
  | {
      /**
       * For a month: one that is provisioned; of gp3 beyond what is included. Of io2 the first 32,000 of a volume: beyond them AWS has
       * two lower prices (aws.amazon.com/ebs/pricing), which nobody asks for.
       */
      readonly item: 'volume-iops';
      readonly volumeType: 'gp3' | 'io1' | 'io2';
      readonly region: string;
    }
  | {
      /** A MiB/s for a month, beyond what is included. */
      readonly item: 'volume-throughput';
      readonly volumeType: 'gp3';
      readonly region: string;
    }
  | {
      /** A GB for a month of snapshots of volumes, in the standard tier. */
      readonly item: 'snapshot-storage';
      readonly region: string;
    }
  | {
      /** An hour of a public IPv4 address that nothing uses. */
      readonly item: 'idle-address';
      readonly region: string;
    }
  | {
      /** A GB for a month in CloudWatch Logs. */
      readonly item: 'log-storage';
      readonly region: string;
    };

/** Of EBS; `standard` is magnetic. */
export type VolumeType = 'gp2' | 'gp3' | 'io1' | 'io2' | 'st1' | 'sc1' | 'standard';

export interface UnitPrice {
  /** For one unit. */
  readonly amount: number;
  /** As the Price List says: `ACU-Hr`, `Hrs`, `hours`, `vCPU-Hours`, `GB-Hours`, `GB-Mo`, `IOPS-Mo`. `MiBps-mo` is its `GiBps-mo` by 1024. */
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
