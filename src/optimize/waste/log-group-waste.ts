/** What log groups cost that keep everything for ever. Pure but for the prices, which it asks for. */
import type { Prices } from '../../prices/price.ts';
import { shellText } from '../../shell-text.ts';
import { cents, count, dollars, LIST_PRICE, plain, unknown } from '../savings/saving-parts.ts';
import type { Saving } from '../saving.ts';
import type { LogGroup, WasteFinding } from './model.ts';

/** The retention that is proposed. */
const DAYS = 30;

const DAY = 86_400_000;

/** Of the Price List: larger than it would be in GiB, so that no less is stored than is said. */
const GB = 1e9;

/**
 * The saving is the most that there can be: aws.amazon.com/cloudwatch/pricing counts compressed bytes, which AWS's own calculator takes
 * for 15 % of what comes in, and "Optimize storage costs with Amazon CloudWatch Logs Intelligent Tiering" has two cheaper tiers.
 */
const AT_MOST = [
  'At most: the bill counts compressed bytes, and DescribeLogGroups does not say that it does.',
  'At most: where Intelligent Tiering is on, older events are billed at less.',
];

export async function logGroupWaste(groups: readonly LogGroup[], prices: Prices, now: Date): Promise<WasteFinding[]> {
  const findings: WasteFinding[] = [];
  for (const group of groups) {
    const { name, arn, createdAt, storedBytes, accountPolicy } = group;
    findings.push({
      what: 'log-group-without-retention',
      type: 'AWS::Logs::LogGroup',
      id: name,
      name: null,
      arn,
      details: detailsOf(group),
      storedBytes,
      since: createdAt,
      advice:
        accountPolicy === null
          ? `Let its events expire after ${DAYS} days, or as many as you need: PutRetentionPolicy.`
          : `The account’s policy ${accountPolicy} keeps it for ever, perhaps on purpose. It holds for other groups too, and a number of days there overrides theirs: leave it unless you know why it is there.`,
      commands: accountPolicy === null ? [retentionCommand(group)] : [],
      cautions: ['What is older than the retention is deleted within days, and does not come back: export it first.'],
      saving: await savingOf(group, prices, now),
    });
  }
  return findings;
}

function detailsOf({ storedBytes, createdAt, logClass }: LogGroup): string {
  const ofClass = logClass === 'STANDARD' ? '' : `, class ${logClass}`;
  return `${sizeText(storedBytes)} stored${ofClass}, created ${createdAt.toISOString().slice(0, 10)}`;
}

const UNITS = [
  { bytes: 1e12, name: 'TB' },
  { bytes: GB, name: 'GB' },
  { bytes: 1e6, name: 'MB' },
  { bytes: 1e3, name: 'kB' },
] as const;

function sizeText(bytes: number): string {
  const unit = UNITS.find((candidate) => bytes >= candidate.bytes);
  return unit === undefined ? `${bytes} bytes` : `${plain(Number((bytes / unit.bytes).toPrecision(3)))} ${unit.name}`;
}

/** A name may begin with a hyphen, which would be read as the name of an option. */
function retentionCommand({ name, region }: LogGroup): string {
  const named = name.startsWith('-') ? [`--log-group-name=${name}`] : ['--log-group-name', name];
  const days = ['--retention-in-days', plain(DAYS)];
  return shellText(['aws', '--region', region, 'logs', 'put-retention-policy', ...named, ...days]);
}

async function savingOf(group: LogGroup, prices: Prices, now: Date): Promise<Saving> {
  const { createdAt, storedBytes, logClass, region } = group;
  const age = Math.max(1, Math.floor((now.getTime() - createdAt.getTime()) / DAY));
  // The formula shows as much of it as the amount goes by.
  const stored = Math.round((storedBytes / GB) * 1e4) / 1e4;
  const share = Math.max(0, 1 - DAYS / age);
  const old = share > 0 ? `(1 - ${DAYS} / ${age} days)` : `0, at an age of ${count(age, 'day')}`;
  const formula = `${plain(stored)} GB x ${old}`;
  const assumptions = [
    `It has grown evenly since it was made, and its events are to be kept for ${DAYS} days.`,
    ...AT_MOST,
    LIST_PRICE,
  ];
  if (stored * share === 0) return { known: true, amount: 0, formula, prices: [], assumptions };
  // Whether other classes are stored at the same price is not written where it could be checked.
  if (logClass !== 'STANDARD') return unknown(`What storage costs in the class ${logClass} is not known.`);
  const answer = await prices.find({ item: 'log-storage', region });
  if (!answer.known) return answer;
  const { price } = answer;
  return {
    known: true,
    amount: cents(stored * share * price.amount),
    formula: `${formula} x ${dollars(price)}`,
    prices: [price],
    assumptions,
  };
}
