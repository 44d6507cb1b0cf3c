/** A resource's inputs as a person reads them: policies, alarms, lifecycles and dashboards in one line each. */
import { functionConfiguration } from '../../src/functions/configuration.ts';
import type { GraphResource } from './pulumi-mocks.ts';

type Fields = Readonly<Record<string, unknown>>;

/**
 * The inputs, JSON documents parsed, and what is longwinded said in lines: how the golden tables have it.
 *
 * | type | field | reads |
 * | --- | --- | --- |
 * | whatever has a policy | `policy`, `assumeRolePolicy` | as `statementLines` |
 * | `MetricAlarm` | `when` | `Sum of AWS/Lambda Errors[FunctionName=f] > 0, 1 x 300 s, missing notBreaching -> arn:...` |
 * | `BucketLifecycleConfiguration` | `rules` | `expire of scans/: expires after 30 days, old versions after 1 day` |
 * | `Rule` of AWS Config | `triggers` | `ScheduledNotification every Six_Hours` |
 * | `Function` | `environment`, `bundle`, `config` | its variables, its code, what its `config.json` comes to |
 * | `EventTarget` | `inputTransformer` | its template as what it makes: `{ kind: weekly, time: <time> }` |
 * | `Dashboard` | `widgets` | by title: metrics, lines, log groups |
 */
export function readableInputs({ type, inputs }: Pick<GraphResource, 'type' | 'inputs'>): Fields {
  const fields = parsed(inputs) as Fields;
  switch (type) {
    case 'aws:cloudwatch/metricAlarm:MetricAlarm':
      return { ...fields, when: alarmLine(fields) };
    case 'aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration':
      return { ...fields, rules: list(fields['rules']).map((rule) => lifecycleLine(object(rule))) };
    case 'aws:cfg/rule:Rule': {
      const { sourceDetails, ...source } = object(fields['source']);
      return { ...fields, source, triggers: list(sourceDetails).map((detail) => triggerLine(object(detail))) };
    }
    case 'aws:lambda/function:Function':
      return functionFields(fields);
    case 'aws:lambda/permission:Permission':
      return { ...fields, function: functionName(fields['function']) };
    case 'aws:lambda/alias:Alias':
    case 'aws:lambda/eventSourceMapping:EventSourceMapping':
    case 'aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig':
      return { ...fields, functionName: functionName(fields['functionName']) };
    case 'aws:cloudwatch/eventTarget:EventTarget': {
      const { inputTemplate, ...transformer } = object(fields['inputTransformer']);
      const template = inputTemplate === undefined ? {} : { inputTemplate: templateOf(text(inputTemplate)) };
      return { ...fields, inputTransformer: { ...transformer, ...template } };
    }
    case 'aws:cloudwatch/dashboard:Dashboard':
      return { ...fields, widgets: widgetsOf(object(fields['dashboardBody'])) };
    default:
      return Object.fromEntries(
        Object.entries(fields).map(([field, value]) =>
          field === 'policy' || field === 'assumeRolePolicy' ? [field, statementLines(value)] : [field, value],
        ),
      );
  }
}

/** Strings that hold a JSON object or list are what they hold. */
function parsed(value: unknown): unknown {
  if (typeof value === 'string' && /^\s*[[{]/.test(value)) {
    try {
      return JSON.parse(value);
    } catch {
      return value;
    }
  }
  if (Array.isArray(value)) return value.map(parsed);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, parsed(part)]));
}

/** An input template is JSON but for its `<variables>`, which stand for a whole value. */
function templateOf(template: string): unknown {
  return parsed(template.replaceAll(/<\w+>/g, '"$&"'));
}

/**
 * Every permission of a policy document on its own: `s3:GetObject @ arn:... if aws:SourceAccount = 1111`, and where the policy
 * is a resource's own `allow sns.amazonaws.com: ...` or `deny everyone: ...` before it.
 */
export function statementLines(document: unknown): string[] {
  return list(object(document)['Statement']).flatMap((statement) => {
    const { Sid: _, Effect, Principal, Action, Resource, Condition, ...other } = object(statement);
    const whose =
      Principal === undefined
        ? [Effect === 'Allow' ? '' : 'deny ']
        : principals(Principal).map((principal) => `${Effect === 'Allow' ? 'allow' : 'deny'} ${principal}: `);
    const conditions = conditionText(object(Condition));
    const unread = Object.entries(other).map(([key, value]) => ` [${key} ${JSON.stringify(value)}]`);
    const where = Resource === undefined ? [''] : list(Resource).map((resource) => ` @ ${text(resource)}`);
    return whose.flatMap((who) =>
      list(Action ?? 'no action').flatMap((action) =>
        where.map((on) => [who, text(action), on, conditions, ...unread].join('')),
      ),
    );
  });
}

function principals(principal: unknown): string[] {
  if (principal === '*') return ['everyone'];
  return Object.entries(object(principal)).flatMap(([kind, who]) =>
    list(who).map((one) => {
      if (kind === 'AWS' && one === '*') return 'everyone';
      const account = kind === 'AWS' ? /^(?:arn:[\w-]+:iam::)?(\d{12})(?::root)?$/.exec(text(one))?.[1] : undefined;
      if (account !== undefined) return `account ${account}`;
      return kind === 'Service' ? text(one) : `${kind} ${text(one)}`;
    }),
  );
}

/** Sorted, so that the same conditions read the same; `like` where the value is a pattern, `=` where it is none. */
function conditionText(conditions: Fields): string {
  const parts = Object.entries(conditions).flatMap(([operator, keys]) =>
    Object.entries(object(keys)).map(([key, values]) => {
      const texts = list(values).map(text).toSorted();
      return `${key} ${comparison(operator, texts)} ${texts.join(' or ')}`;
    }),
  );
  return parts.length === 0 ? '' : ` if ${parts.toSorted().join(' and ')}`;
}

function comparison(operator: string, values: readonly string[]): string {
  if (operator === 'StringEquals') return '=';
  if (operator === 'Bool') return 'is';
  // IAM treats both operators for ARNs alike: docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
  if (!['ArnEquals', 'ArnLike', 'StringLike'].includes(operator)) return operator;
  return values.some((value) => /[*?]/.test(value)) ? 'like' : '=';
}

const COMPARISONS: Readonly<Record<string, string>> = {
  GreaterThanThreshold: '>',
  GreaterThanOrEqualToThreshold: '>=',
  LessThanThreshold: '<',
  LessThanOrEqualToThreshold: '<=',
};

function alarmLine(alarm: Fields): string {
  const { statistic, namespace, metricName, dimensions, comparisonOperator, threshold } = alarm;
  const { evaluationPeriods, period, treatMissingData, alarmActions } = alarm;
  const metric = `${text(namespace)} ${text(metricName)}${dimensionText(object(dimensions))}`;
  const test = `${COMPARISONS[text(comparisonOperator)] ?? text(comparisonOperator)} ${text(threshold)}`;
  const actions = list(alarmActions).map(text).toSorted().join(', ');
  return [
    `${text(statistic)} of ${metric} ${test}`,
    `${text(evaluationPeriods)} x ${text(period)} s`,
    `missing ${text(treatMissingData)} -> ${actions}`,
  ].join(', ');
}

function dimensionText(dimensions: Fields): string {
  const parts = Object.entries(dimensions).map(([name, value]) => `${name}=${text(value)}`);
  return parts.length === 0 ? '' : `[${parts.toSorted().join(',')}]`;
}

function lifecycleLine(rule: Fields): string {
  const { id, status, filter, prefix, expiration, transitions, noncurrentVersionExpiration, ...rest } = rule;
  const { abortIncompleteMultipartUpload, ...unread } = rest;
  const { prefix: filtered, ...narrower } = object(filter);
  const { days: expires, ...otherExpiration } = object(expiration);
  const { noncurrentDays, ...otherVersions } = object(noncurrentVersionExpiration);
  const { daysAfterInitiation } = object(abortIncompleteMultipartUpload);
  const does = [
    ...list(transitions).map((transition) => {
      const { storageClass, days, ...other } = object(transition);
      return `to ${text(storageClass)} after ${dayText(days)}${unreadText(other)}`;
    }),
    ...(expires === undefined ? [] : [`expires after ${dayText(expires)}`]),
    ...(noncurrentDays === undefined ? [] : [`old versions after ${dayText(noncurrentDays)}`]),
    ...(daysAfterInitiation === undefined ? [] : [`unfinished uploads after ${dayText(daysAfterInitiation)}`]),
  ];
  const of = text(filtered ?? prefix ?? '') || 'everything';
  const off = status === 'Enabled' ? '' : ` (${text(status)})`;
  const others = unreadText({ ...narrower, ...otherExpiration, ...otherVersions, ...unread });
  return `${text(id)} of ${of}: ${does.join(', ')}${off}${others}`;
}

function dayText(days: unknown): string {
  return days === 1 ? '1 day' : `${text(days)} days`;
}

/** What no sentence has a word for is shown as it is: it must not get lost. */
function unreadText(fields: Fields): string {
  return Object.keys(fields).length === 0 ? '' : ` ${JSON.stringify(fields)}`;
}

function triggerLine({ messageType, maximumExecutionFrequency, eventSource = 'aws.config' }: Fields): string {
  const often = maximumExecutionFrequency === undefined ? '' : ` every ${text(maximumExecutionFrequency)}`;
  return `${eventSource === 'aws.config' ? '' : `${text(eventSource)} `}${text(messageType)}${often}`;
}

function functionFields(fields: Fields): Fields {
  const variables = object(object(fields['environment'])['variables']);
  const { 'config.json': config, '.': bundle } = object(object(fields['code'])['archive']);
  // Read as the function reads it: one that it would not start with must not pass here.
  const texts = Object.fromEntries(Object.entries(variables).map(([name, value]) => [name, text(value)]));
  const decided = config === undefined ? undefined : functionConfiguration(JSON.stringify(config), texts);
  return {
    ...fields,
    environment: variables,
    bundle: text(object(bundle)['path']).split('/').at(-1),
    ...(decided !== undefined && {
      config: {
        ...decided,
        rules: decided.rules.map(({ rule }) => rule.id),
        parameters: Object.fromEntries(decided.rules.map(({ rule, parameters }) => [rule.id, parameters])),
      },
    }),
  };
}

function functionName(nameOrArn: unknown): unknown {
  return typeof nameOrArn === 'string' ? nameOrArn.replace(/^arn:[^:]*:lambda:[^:]*:[^:]*:function:/, '') : nameOrArn;
}

function widgetsOf(body: Fields): Fields {
  const titles = new Map<string, Fields>();
  for (const [index, widget] of list(body['widgets']).entries()) {
    const { type, properties } = object(widget);
    const shown = object(properties);
    const title = text(shown['title'] ?? `untitled ${type === undefined ? '' : text(type)} ${index}`);
    titles.set(titles.has(title) ? `${title}, again` : title, widgetFields(shown));
  }
  return Object.fromEntries(titles);
}

function widgetFields({ metrics, stat, period, annotations, query, region, view }: Fields): Fields {
  const rows = expandRows(list(metrics));
  const statistics = rows.map(({ options }) => options['stat'] ?? stat).filter((one) => one !== undefined);
  const periods = rows.map(({ options }) => options['period'] ?? period).filter((one) => one !== undefined);
  return {
    metrics: rows.map(({ line }) => line),
    statistics: [...new Set(statistics)],
    periods: [...new Set(periods)],
    lines: list(object(annotations)['horizontal']).map((line) => object(line)['value']),
    logs: typeof query === 'string' ? [...query.matchAll(/SOURCE\s+'([^']+)'/g)].map(([, group]) => group) : [],
    ...(region !== undefined && { region }),
    ...(view !== undefined && { view }),
  };
}

interface MetricRow {
  readonly line: string;
  readonly options: Fields;
}

/** A dot stands for what the row above has in that place. */
function expandRows(rows: readonly unknown[]): MetricRow[] {
  let above: readonly unknown[] = [];
  return rows.map((row) => {
    const parts = list(row);
    const last = parts.at(-1);
    const options = typeof last === 'object' ? object(last) : {};
    const named = typeof last === 'object' ? parts.slice(0, -1) : parts;
    if (named.includes('...'))
      throw new Error('a row of a dashboard with "...": write it out, or teach this to read it');
    above = named.map((part, place) => (part === '.' ? above[place] : part));
    const { expression } = options;
    if (typeof expression === 'string') return { line: searchLine(expression), options };
    const [namespace, metric, ...dimensions] = above.map(text);
    const pairs = dimensions.flatMap((name, place) =>
      place % 2 === 0 ? [[name, dimensions[place + 1]] as const] : [],
    );
    return { line: `${namespace} ${metric}${dimensionText(Object.fromEntries(pairs))}`, options };
  });
}

/** `SEARCH('{Namespace,Dimension} MetricName="M" Other="o"', 'Average')` without its quotes, its terms sorted. */
function searchLine(expression: string): string {
  const [, schema, terms] = /^SEARCH\(\s*'\{([^}]*)\}([^']*)'/.exec(expression) ?? [];
  if (schema === undefined || terms === undefined) return expression;
  const [namespace = '', ...dimensions] = schema.split(',').map((part) => part.trim().replaceAll('"', ''));
  const words = [...terms.matchAll(/([\w.]+)\s*=\s*"([^"]*)"|(\S+)/g)].map(([, key, value, word]) =>
    key === undefined ? text(word) : `${key}=${text(value)}`,
  );
  return `search ${namespace}{${dimensions.toSorted().join(',')}} ${words.toSorted().join(' ')}`;
}

/** What may be one or many is many. */
function list(value: unknown): readonly unknown[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? value : [value];
}

function object(value: unknown): Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {};
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? 'nothing');
}
