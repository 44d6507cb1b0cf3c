/** Services that answer on the API of RDS, and are CloudFormation types of their own: `AWS::Neptune::*`, `AWS::DocDB::*`. */
const FOREIGN: ReadonlySet<string | undefined> = new Set(['neptune', 'docdb']);

/** True for a database that RDS lists but that is not RDS's. */
export function isForeignEngine(engine: string | undefined): boolean {
  return FOREIGN.has(engine);
}
