import { Client } from 'pg';

import { Database } from '../../src/database/database.js';
import type { Statement } from '../../src/database/statement.js';
import * as accounts from '../../src/database/statements/platform-accounts.js';
import * as carrier from '../../src/database/statements/platform-carrier.js';
import * as handover from '../../src/database/statements/platform-handover.js';
import * as intake from '../../src/database/statements/platform-intake.js';
import * as ledger from '../../src/database/statements/platform-ledger.js';
import * as parked from '../../src/database/statements/platform-parked.js';
import * as push from '../../src/database/statements/platform-push.js';
import * as records from '../../src/database/statements/platform-records.js';
import * as states from '../../src/database/statements/platform-states.js';
import { createTestDatabase, type TestDatabase } from '../support/databases.js';

interface PlanNode {
  readonly 'Node Type': string;
  readonly 'Index Name'?: string;
  readonly 'Index Cond'?: string;
  readonly 'Relation Name'?: string;
  readonly Plans?: readonly PlanNode[];
}

const STATEMENTS: Statement<object>[] = [
  accounts,
  carrier,
  handover,
  intake,
  ledger,
  parked,
  push,
  records,
  states,
].flatMap((file) => Object.values(file));
const SETTING: Statement<{ seqscan: string }> = {
  name: 'settings',
  text: "select current_setting('enable_seqscan') as seqscan",
};
/** Small tables, a row an account; and what is read in the order of its index. */
const MAY_BE_READ_WHOLE = new Set(['account_pkey', 'balance_pkey', 'carrier_event_due']);

let database: TestDatabase;
let client: Client;

beforeAll(async () => {
  database = await createTestDatabase('platform');
  client = new Client({ connectionString: database.url });
  await client.connect();
  for (const setting of ['enable_seqscan', 'enable_hashjoin', 'enable_mergejoin', 'jit'])
    await client.query(`set ${setting} = off`);
  await client.query('set plan_cache_mode = force_generic_plan');
  // The worst that statistics can say: nobody is there.
  await client.query('vacuum analyze');
});
afterAll(async () => {
  await client.end();
  await database.drop();
});

const nodesOf = (node: PlanNode): PlanNode[] => [node, ...(node.Plans ?? []).flatMap(nodesOf)];

describe('the plans of the platform', () => {
  it.each(STATEMENTS.map((statement) => [statement.name, statement] as const))(
    '%s looks each row up in its index, whatever statistics say',
    async (name, { text }) => {
      const count = Math.max(0, ...[...text.matchAll(/\$(\d+)/g)].map(([, number]) => Number(number)));
      await client.query(`prepare ${name} as ${text}`);
      const parameters = count === 0 ? '' : `(${Array.from({ length: count }, () => 'null').join(', ')})`;
      const { rows } = await client.query<{ 'QUERY PLAN': [{ Plan: PlanNode }] }>(
        `explain (format json) execute ${name}${parameters}`,
      );
      const nodes = nodesOf(rows[0]['QUERY PLAN'][0].Plan);
      expect(nodes.filter((node) => node['Node Type'] === 'Seq Scan')).toEqual([]);
      for (const node of nodes.filter((each) => each['Index Name'] !== undefined)) {
        if (MAY_BE_READ_WHOLE.has(node['Index Name'] ?? '')) continue;
        const leading = await leadingColumn(node['Index Name'] ?? '');
        expect({ index: node['Index Name'], condition: node['Index Cond'] }).toEqual({
          index: node['Index Name'],
          condition: expect.stringContaining(`(${leading} `) as string,
        });
      }
    },
  );

  it('is made under the settings that the hot paths have', async () => {
    const hot = new Database({ url: database.url, connections: 1, name: 'plans' });
    const [row] = await hot.run(SETTING, []);
    await hot.close();
    expect(row?.seqscan).toBe('off');
  });
});

async function leadingColumn(index: string): Promise<string> {
  const { rows } = await client.query<{ name: string }>(
    'select attname as name from pg_attribute where attrelid = $1::regclass and attnum = 1',
    [index],
  );
  return rows[0].name;
}
