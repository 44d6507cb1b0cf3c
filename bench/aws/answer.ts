/** What the server says, in the shapes of the three protocols it speaks. */

export interface Answer {
  readonly status: number;
  /** Sent one after another: what was rendered before is not copied into a new string. */
  readonly parts: readonly (string | Buffer)[];
}

export type Service = 'ec2' | 'rds' | 's3' | 'sts';

export interface Request {
  readonly service: Service;
  readonly region: string;
  /** As the SDK names it: `DescribeInstances`. */
  readonly operation: string;
  readonly parameters: URLSearchParams;
  /** For S3's calls about one bucket. */
  readonly bucket?: string;
}

const REQUEST_ID = '7a62c49f-347e-4fc4-9331-6e8eEXAMPLE';

export function ok(...parts: readonly (string | Buffer)[]): Answer {
  return { status: 200, parts: [DECLARATION, ...parts] };
}

const DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n';

/** EC2's answers carry the id first, and no wrapper. */
export function ec2Answer(operation: string, ...parts: readonly (string | Buffer)[]): Answer {
  const open = `<${operation}Response xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"><requestId>${REQUEST_ID}</requestId>`;
  return ok(open, ...parts, `</${operation}Response>`);
}

/** The query protocol of RDS and STS wraps the result, and puts the id last. */
export function queryAnswer(service: 'rds' | 'sts', operation: string, ...parts: readonly (string | Buffer)[]): Answer {
  const namespace = `https://${service}.amazonaws.com/doc/${service === 'rds' ? '2014-10-31' : '2011-06-15'}/`;
  return ok(
    `<${operation}Response xmlns="${namespace}"><${operation}Result>`,
    ...parts,
    `</${operation}Result><ResponseMetadata><RequestId>${REQUEST_ID}</RequestId></ResponseMetadata></${operation}Response>`,
  );
}

export function failed(service: Service, status: number, code: string, message: string): Answer {
  return { status, parts: [DECLARATION, errorBody(service, code, message)] };
}

/** Each service throttles in its own words, and with its own status. */
export function throttled(service: Service): Answer {
  switch (service) {
    case 'ec2':
      return failed(service, 503, 'RequestLimitExceeded', 'Request limit exceeded.');
    case 's3':
      return failed(service, 503, 'SlowDown', 'Please reduce your request rate.');
    case 'rds':
    case 'sts':
      return failed(service, 400, 'Throttling', 'Rate exceeded');
  }
}

function errorBody(service: Service, code: string, message: string): string {
  const error = `<Code>${code}</Code><Message>${message}</Message>`;
  switch (service) {
    case 'ec2':
      return `<Response><Errors><Error>${error}</Error></Errors><RequestID>${REQUEST_ID}</RequestID></Response>`;
    case 's3':
      return `<Error>${error}<RequestId>${REQUEST_ID}</RequestId></Error>`;
    case 'rds':
    case 'sts':
      return `<ErrorResponse><Error><Type>Sender</Type>${error}</Error><RequestId>${REQUEST_ID}</RequestId></ErrorResponse>`;
  }
}

/** An element; nothing where there is no value. */
export function element(name: string, value: string | number | boolean | null | undefined): string {
  return value === null || value === undefined ? '' : `<${name}>${value}</${name}>`;
}

/** A list as EC2 writes them, with `item` for each; other services have names of their own. */
export function list(name: string, items: readonly string[], each = 'item'): string {
  return `<${name}>${items.map((item) => `<${each}>${item}</${each}>`).join('')}</${name}>`;
}
