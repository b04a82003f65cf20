import { Client } from 'pg';

import { account, makePlace, type TestPlace, TestPlatform } from '../support/platform.js';

let place: TestPlace;
let platform: TestPlatform;

beforeAll(async () => {
  place = await makePlace();
  platform = await TestPlatform.start({ place, accounts: [account()] });
});
afterAll(async () => {
  await platform.stop();
  place.remove();
});

describe('the admin API', () => {
  it('wants the admin key', async () => {
    expect(await platform.admin('GET /admin/v1/accounts/demo/balance', { key: 'another' })).toMatchObject({
      status: 401,
      body: { code: 'unauthorized', status: 401 },
    });
  });

  it('is documented at /docs, for anybody', async () => {
    const page = await platform.admin('GET /docs', { key: 'another' });
    expect({ status: page.status, type: page.headers.get('content-type') }).toEqual({
      status: 200,
      type: 'text/html; charset=utf-8',
    });
    const { status, body } = await platform.admin('GET /docs/openapi.json', { key: 'another' });
    expect(status).toBe(200);
    expect(Object.keys((body as { paths: object }).paths)).toContain('/admin/v1/accounts/{name}/statement');
  });

  it('tells a balance, and that there is no such account', async () => {
    expect(await platform.admin('GET /admin/v1/accounts/demo/balance')).toMatchObject({
      status: 200,
      body: { balance: { amount: '1000.00', currency: 'HKD' } },
    });
    expect(await platform.admin('GET /admin/v1/accounts/nobody/balance')).toMatchObject({ status: 404 });
  });

  it('says what is wrong with handset rules', async () => {
    const { status, body } = await platform.admin('PUT /admin/v1/faults', { body: [{ match: 'x' }] });
    expect(status).toBe(400);
    expect(body).toMatchObject({ errors: [{ field: '[0].match' }] });
  });

  it('is not there for sandbox calls in production', async () => {
    expect((await platform.admin('POST /admin/v1/clock/advance', { body: { by: 'soon' } })).status).toBe(400);
    expect((await platform.admin('POST /admin/v1/clock/advance', { body: { by: '1s' } })).status).toBe(200);
  });
});

describe('the books', () => {
  it('balance: what was debited is what the lines say, and no line can be changed', async () => {
    await platform.client.send({ SMS_CONTENT: 'a'.repeat(161) });
    const client = new Client({ connectionString: platform.database.url });
    await client.connect();
    const { rows } = await client.query<{ equal: boolean }>(
      'select (select sum(amount) from ledger_entry) = (select sum(amount) from balance) as equal',
    );
    expect(rows).toEqual([{ equal: true }]);
    const lines = await client.query<{ kind: string; quantity: number }>(
      "select quantity, amount::float from ledger_entry where kind = 'debit'",
    );
    expect(lines.rows).toEqual([{ quantity: 2, amount: -0.7 }]);
    await expect(client.query('update ledger_entry set amount = 0')).rejects.toThrow('append-only');
    await expect(client.query('truncate ledger_entry')).rejects.toThrow('append-only');
    await client.end();
  });
});
