import { Client } from 'pg';

import { eventually } from '../support/eventually.js';
import { account, makePlace, type TestPlace, TestPlatform } from '../support/platform.js';

const OK = 1;
const CHANNEL_NOT_EXIST = 5;
const UNPRICED_AREA = 0x1000000f;
const INTERCEPT = 0x10000006;
const BUSY = 3;
const LOCAL_REJECTED = 60;

interface Account {
  readonly name: string;
  readonly authKey: string;
  readonly balance: { readonly amount: string };
}
interface List<Item> {
  readonly items: readonly Item[];
  readonly nextCursor: string | null;
}

let place: TestPlace;
let platform: TestPlatform;
let other: TestPlatform;
let made = 0;

beforeAll(async () => {
  place = await makePlace();
  const options = { place, accounts: [account()] };
  platform = await TestPlatform.start(options);
  other = await TestPlatform.start({ ...options, beside: platform });
});
afterAll(async () => {
  await other.stop();
  await platform.stop();
  place.remove();
});

/** Makes an account of a new name that can be used at once. */
async function create(members: object = {}): Promise<Account> {
  const { authKey: _, ...shape } = account({ name: `customer-${(made += 1)}`, ...members });
  const { status, body } = await platform.admin('POST /admin/v1/accounts', { body: shape });
  expect({ status, body: status === 201 ? undefined : body }).toEqual({ status: 201, body: undefined });
  return body;
}

const codesOf = async (through: TestPlatform, authKey: string, members: object = {}) => {
  const answer = await through.client.send({ AUTH_KEY: authKey, ...members });
  return answer.DETAIL_LIST.length === 0
    ? answer.RESULT_CODE
    : answer.DETAIL_LIST.map(({ RESULT_CODE }) => RESULT_CODE);
};

describe('an account', () => {
  it('is created whole, works in every process, and shows its AUTH_KEY once', async () => {
    const created = await create({ balance: { amount: '12.50', currency: 'HKD' } });
    expect(created.authKey).toMatch(/^[A-Za-z0-9+/]{86}==$/);
    expect(created.balance).toEqual({ amount: '12.50', currency: 'HKD' });
    expect(await codesOf(platform, created.authKey)).toEqual([OK]);
    await eventually(async () => expect(await codesOf(other, created.authKey)).toEqual([OK]));
    const { status, body } = await platform.admin(`GET /admin/v1/accounts/${created.name}`);
    expect(status).toBe(200);
    expect(body).toMatchObject({
      name: created.name,
      currency: 'HKD',
      balance: { amount: '11.80' },
      queueLimit: 1_000_000,
      allowedAddresses: ['127.0.0.0/8', '::1/128'],
      callbackUrl: 'https://localhost:1/dr',
      revokedAt: null,
    });
    expect(body).not.toHaveProperty('authKey');
    expect(
      await platform.admin(`POST /admin/v1/accounts`, { body: { name: created.name, currency: 'HKD' } }),
    ).toMatchObject({ status: 409, body: { code: 'account_exists' } });
  });

  it('keeps nothing of its AUTH_KEY but a digest, nor does the trail', async () => {
    const { authKey } = await create();
    const client = new Client({ connectionString: platform.database.url });
    await client.connect();
    try {
      for (const table of ['account', 'audit_entry', 'admin_request', 'former_auth_key']) {
        const { rows } = await client.query<{ found: boolean }>(
          `select exists (select from ${table} t where t::text like '%' || $1 || '%') as found`,
          [authKey.slice(0, 20)],
        );
        expect(rows).toEqual([{ found: false }]);
      }
    } finally {
      await client.end();
    }
  });

  it.each([
    [{ name: 'a b', currency: 'HKD' }, 400, 'name'],
    [{ name: 'currency', currency: 'BTC' }, 400, 'currency'],
    [{ name: 'address', currency: 'HKD', allowedAddresses: ['127.0.0.0/33'] }, 400, 'allowedAddresses'],
    [{ name: 'pin', currency: 'HKD', certificateFingerprints: ['ab'] }, 400, 'certificateFingerprints'],
    [{ name: 'url', currency: 'HKD', callbackUrl: 'ftp://localhost/' }, 400, 'callbackUrl'],
    [{ name: 'rate', currency: 'HKD', ratePerSecond: 0 }, 400, 'ratePerSecond'],
    [{ name: 'balance', currency: 'HKD', balance: '-1' }, 400, 'balance'],
    [{ name: 'money', currency: 'HKD', balance: { amount: '1', currency: 'EUR' } }, 422, 'balance'],
    [{ name: 'price', currency: 'HKD', prices: [{ countryCode: 852, perSegment: 'x' }] }, 400, 'prices[0].perSegment'],
    [{ name: 'other', currency: 'HKD', colour: 'blue' }, 400, 'colour'],
  ])('is not created from %j', async (body, status, field) => {
    const answer = await platform.admin('POST /admin/v1/accounts', { body });
    expect(answer).toMatchObject({ status, body: { errors: [{ field }] } });
  });

  it('is listed by name, page by page', async () => {
    for (let index = 0; index < 3; index += 1) await create();
    const names: string[] = [];
    let cursor: string | null = '';
    while (cursor !== null) {
      const query: string = cursor === '' ? '' : `&cursor=${cursor}`;
      const { body } = await platform.admin(`GET /admin/v1/accounts?limit=2${query}`);
      const page: List<Account> = body;
      names.push(...page.items.map(({ name }) => name));
      cursor = page.nextCursor;
    }
    expect(names).toContain('demo');
    expect(new Set(names).size).toBe(names.length);
    expect(names.length).toBeGreaterThan(3);
  });

  it('changes in every process: addresses, pins, rate, sender', async () => {
    const { name, authKey } = await create();
    const change = (body: object) => platform.admin(`PATCH /admin/v1/accounts/${name}`, { body });
    expect(await change({ allowedAddresses: ['10.0.0.0/8'] })).toMatchObject({ status: 200 });
    expect(await codesOf(platform, authKey)).toBe(CHANNEL_NOT_EXIST);
    await eventually(async () => expect(await codesOf(other, authKey)).toBe(CHANNEL_NOT_EXIST));
    await change({ allowedAddresses: ['127.0.0.1'], certificateFingerprints: ['AB:'.repeat(31) + 'AB'] });
    expect(await codesOf(platform, authKey)).toBe(CHANNEL_NOT_EXIST);
    const changed = await change({ certificateFingerprints: [], ratePerSecond: 1, defaultSenderId: 'Shop' });
    expect(changed.body).toMatchObject({ ratePerSecond: 1, defaultSenderId: 'Shop', queueLimit: 1_000_000 });
    // Many more than a second's worth: the bucket is in debt for a minute and a half.
    const list = Array.from({ length: 100 }, () => ({ COUNTRY_CODE: 852, DEST_MSISDN: '67000011' }));
    await codesOf(platform, authKey, { MULTI_MSISDN_LIST: list });
    expect(await codesOf(platform, authKey)).toBe(BUSY);
    expect((await change({ name: 'other' })).status).toBe(400);
    expect((await platform.admin('PATCH /admin/v1/accounts/nobody', { body: {} })).status).toBe(404);
  });

  it('changes its currency only as long as there is no price and no line in the ledger', async () => {
    const { body } = await platform.admin('POST /admin/v1/accounts', { body: { name: 'empty', currency: 'HKD' } });
    expect(body).toMatchObject({ balance: { amount: '0.00', currency: 'HKD' } });
    const change = (currency: string) => platform.admin('PATCH /admin/v1/accounts/empty', { body: { currency } });
    expect(await change('JPY')).toMatchObject({ status: 200, body: { balance: { amount: '0', currency: 'JPY' } } });
    await platform.admin('POST /admin/v1/accounts/empty/balance', {
      body: { amount: { amount: '1', currency: 'JPY' } },
    });
    expect(await change('HKD')).toMatchObject({ status: 409, body: { code: 'currency_in_use' } });
  });
});

describe('an AUTH_KEY', () => {
  it('is worthless in every process once it is revoked, until another one is issued', async () => {
    const { name, authKey } = await create();
    await eventually(async () => expect(await codesOf(other, authKey)).toEqual([OK]));
    const revoked = await platform.admin(`POST /admin/v1/accounts/${name}/revoke`);
    expect(revoked).toMatchObject({ status: 200, body: { revokedAt: expect.any(String) as string } });
    expect(await codesOf(platform, authKey)).toBe(CHANNEL_NOT_EXIST);
    await eventually(async () => expect(await codesOf(other, authKey)).toBe(CHANNEL_NOT_EXIST));
    const { body } = await platform.admin(`POST /admin/v1/accounts/${name}/auth-key`, { body: { overlap: '1h' } });
    const reissued: Account = body;
    expect(await codesOf(platform, reissued.authKey)).toEqual([OK]);
    expect(await codesOf(platform, authKey)).toBe(CHANNEL_NOT_EXIST);
  });

  it('goes on to be good for the overlap when another one is issued', async () => {
    const { name, authKey } = await create();
    const { body } = await platform.admin(`POST /admin/v1/accounts/${name}/auth-key`, { body: { overlap: '1h' } });
    const reissued: Account = body;
    expect(await codesOf(platform, authKey)).toEqual([OK]);
    expect(await codesOf(platform, reissued.authKey)).toEqual([OK]);
    await platform.admin('POST /admin/v1/clock/advance', { body: { by: '1h' } });
    expect(await codesOf(platform, authKey)).toBe(CHANNEL_NOT_EXIST);
    expect(await codesOf(platform, reissued.authKey)).toEqual([OK]);
    const third: Account = (await platform.admin(`POST /admin/v1/accounts/${name}/auth-key`, { body: {} })).body;
    expect(await codesOf(platform, reissued.authKey)).toBe(CHANNEL_NOT_EXIST);
    expect(await codesOf(platform, third.authKey)).toEqual([OK]);
  });
});

describe('what belongs to an account', () => {
  const to = (countryCode: number, msisdn: string) => ({
    MULTI_MSISDN_LIST: [{ COUNTRY_CODE: countryCode, DEST_MSISDN: msisdn }],
  });

  it('prices: versions that hold from their time on, and never change', async () => {
    const { name, authKey } = await create();
    const send = () => codesOf(platform, authKey, to(44, '7400123456'));
    expect(await send()).toEqual([OK]);
    expect((await platform.admin(`DELETE /admin/v1/accounts/${name}/prices/44`)).status).toBe(204);
    expect(await send()).toEqual([UNPRICED_AREA]);
    const clock: { now: string } = (await platform.admin('POST /admin/v1/clock/advance', { body: { by: '1s' } })).body;
    const validFrom = new Date(Date.parse(clock.now) + 3_600_000).toISOString();
    const added = await platform.admin(`POST /admin/v1/accounts/${name}/prices`, {
      body: [
        { countryCode: 44, perSegment: '0.5' },
        { countryCode: 44, perSegment: { amount: '0.75', currency: 'HKD' }, validFrom },
      ],
    });
    expect(added).toMatchObject({
      status: 201,
      body: {
        items: [
          { perSegment: { amount: '0.50' }, validUntil: validFrom },
          { validFrom, validUntil: null },
        ],
      },
    });
    expect(await send()).toEqual([OK]);
    const { body } = await platform.admin(`GET /admin/v1/accounts/${name}/prices?country=44`);
    expect(
      (body as List<{ perSegment: { amount: string } | null }>).items.map(({ perSegment }) => perSegment?.amount),
    ).toEqual(['0.328', undefined, '0.50', '0.75']);
    const current = await platform.admin(`GET /admin/v1/accounts/${name}/prices?country=44&current=true`);
    expect((current.body as List<object>).items).toHaveLength(2);
    expect(
      await platform.admin(`POST /admin/v1/accounts/${name}/prices`, {
        body: { countryCode: 44, perSegment: '1', validFrom: '2020-01-01T00:00:00Z' },
      }),
    ).toMatchObject({ status: 400, body: { errors: [{ field: '[0].validFrom' }] } });
    expect(
      await platform.admin(`POST /admin/v1/accounts/${name}/prices`, {
        body: { countryCode: 44, perSegment: { amount: '1', currency: 'EUR' } },
      }),
    ).toMatchObject({ status: 422, body: { code: 'currency_mismatch' } });
  });

  it('routes: what is in none of them ends as LOCAL_REJECTED', async () => {
    const { name, authKey } = await create();
    const stateOf = async (ROUTE_ID: string) => {
      const answer = await platform.client.send({ AUTH_KEY: authKey, ROUTE_ID });
      const uid = answer.DETAIL_LIST[0]?.SMS_UID;
      const { body } = await platform.admin(`GET /admin/v1/accounts/${name}/messages?uid=${uid}`);
      return (body as List<{ state: number | null }>).items[0]?.state;
    };
    const route = '/admin/v1/accounts/' + name + '/routes';
    expect(await stateOf('Shop/1')).toBe(LOCAL_REJECTED);
    const body = { id: 'Shop/1', countries: [852] };
    expect(await platform.admin(`POST ${route}`, { body })).toMatchObject({ status: 201, body: { items: [body] } });
    expect(await platform.admin(`POST ${route}`, { body })).toMatchObject({
      status: 409,
      body: { code: 'route_exists' },
    });
    expect(await stateOf('Shop/1')).toBeNull();
    expect((await platform.admin(`PUT ${route}/Shop%2F1`, { body: { countries: [65] } })).status).toBe(200);
    expect(await stateOf('Shop/1')).toBe(LOCAL_REJECTED);
    expect(await platform.admin(`GET ${route}`)).toMatchObject({
      body: { items: [{ id: 'R' }, { id: 'Shop/1', countries: [65] }], nextCursor: null },
    });
    expect((await platform.admin(`DELETE ${route}/Shop%2F1`)).status).toBe(204);
    expect((await platform.admin(`DELETE ${route}/Shop%2F1`)).status).toBe(404);
  });

  it('registrations: where a direction demands them, nothing else passes', async () => {
    const { name, authKey } = await create({ prices: [{ countryCode: 91, perSegment: '0.02' }] });
    const send = (members: object) => codesOf(platform, authKey, { ...to(91, '9876543210'), ...members });
    const registered = { SMS_CONTENT: 'Code 1234', ORIGINAL_ADDR: 'SHOP' };
    expect(await send(registered)).toEqual([INTERCEPT]);
    const at = `/admin/v1/accounts/${name}/registrations`;
    const added = await platform.admin(`POST ${at}`, {
      body: { countryCode: 91, senderId: 'SHOP', content: 'Code {}' },
    });
    const [{ id }] = (added.body as List<{ id: number }>).items;
    expect(await send(registered)).toEqual([OK]);
    expect(await send({ ...registered, ORIGINAL_ADDR: 'OTHER' })).toEqual([INTERCEPT]);
    expect(await send({ ...registered, SMS_CONTENT: 'Hello' })).toEqual([INTERCEPT]);
    expect(await send({ ...registered, SIGNATURE: 'Shop' })).toEqual([INTERCEPT]);
    const put = await platform.admin(`PUT ${at}/${id}`, { body: { countryCode: 91, signature: 'Shop' } });
    expect(put).toMatchObject({ status: 200, body: { id, signature: 'Shop', senderId: null, content: null } });
    expect(await send({ ...registered, SIGNATURE: 'Shop' })).toEqual([OK]);
    expect(await platform.admin(`GET ${at}?limit=1`)).toMatchObject({
      body: { items: [{ countryCode: 86 }], nextCursor: expect.any(String) as string },
    });
    expect((await platform.admin(`DELETE ${at}/${id}`)).status).toBe(204);
    expect(await send({ ...registered, SIGNATURE: 'Shop' })).toEqual([INTERCEPT]);
    expect((await platform.admin(`DELETE ${at}/${id}`)).status).toBe(404);
  });

  it('blacklist: its numbers are an Intercept, of this account alone', async () => {
    const { name, authKey } = await create();
    const at = `/admin/v1/accounts/${name}/blacklist`;
    const send = () => codesOf(platform, authKey, to(852, '67000055'));
    expect(await send()).toEqual([OK]);
    const body = [
      { countryCode: 852, msisdn: '67000055' },
      { countryCode: 852, msisdn: '67999999' },
    ];
    expect((await platform.admin(`POST ${at}`, { body })).status).toBe(201);
    expect(await send()).toEqual([INTERCEPT]);
    expect(await codesOf(platform, 'demo-key', to(852, '67000055'))).toEqual([OK]);
    expect(await platform.admin(`GET ${at}?limit=1`)).toMatchObject({ body: { items: [body[0]] } });
    const { body: page } = await platform.admin(`GET ${at}?limit=1`);
    const next = await platform.admin(`GET ${at}?cursor=${(page as List<object>).nextCursor}`);
    expect(next.body).toEqual({ items: [body[1]], nextCursor: null });
    expect((await platform.admin(`DELETE ${at}/852/67000055`)).status).toBe(204);
    expect(await send()).toEqual([OK]);
    expect((await platform.admin(`DELETE ${at}/852/67000055`)).status).toBe(404);
  });
});

describe('a call with an Idempotency-Key', () => {
  it('does its work once, answers again without the AUTH_KEY, and refuses another call', async () => {
    const body = { name: 'once', currency: 'HKD' };
    const options = { body, idempotencyKey: 'create-once' };
    const first: Account = (await platform.admin('POST /admin/v1/accounts', options)).body;
    const again = await platform.admin('POST /admin/v1/accounts', options);
    expect(again).toMatchObject({ status: 201, body: { name: 'once', authKey: null } });
    expect(first.authKey).toHaveLength(88);
    const reused = await platform.admin('POST /admin/v1/accounts', { ...options, body: { ...body, name: 'twice' } });
    expect(reused).toMatchObject({ status: 422, body: { code: 'idempotency_key_reused' } });
    expect((await platform.admin('POST /admin/v1/accounts', { body, idempotencyKey: 'a b' })).status).toBe(400);
  });

  it('tops up once, however often and at how many processes at once it comes', async () => {
    const { name } = await create({ balance: '0' });
    const options = { body: { amount: { amount: '5', currency: 'HKD' } }, idempotencyKey: `top-up-${name}` };
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, index) =>
        (index % 2 === 0 ? platform : other).admin(`POST /admin/v1/accounts/${name}/balance`, options),
      ),
    );
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 201));
    expect(new Set(answers.map(({ body }) => (body as { id: string }).id)).size).toBe(1);
    expect(await platform.balanceOf(name)).toBe('5.00');
  });
});

describe('a balance', () => {
  const change = (name: string, amount: string, members: object = {}) =>
    platform.admin(`POST /admin/v1/accounts/${name}/balance`, {
      body: { amount: { amount, currency: 'HKD' }, ...members },
    });

  it('is topped up and corrected, each with its line in the ledger', async () => {
    const { name, authKey } = await create({ balance: '1' });
    expect(await change(name, '10.25')).toMatchObject({
      status: 201,
      body: { balance: { amount: '11.25', currency: 'HKD' } },
    });
    expect(await change(name, '-1.005', { note: 'booked twice' })).toMatchObject({
      body: { balance: { amount: '10.245' } },
    });
    await codesOf(platform, authKey);
    const { body } = await platform.admin(`GET /admin/v1/accounts/${name}/ledger`);
    expect((body as List<object>).items).toMatchObject([
      { kind: 'debit', amount: { amount: '-0.35' }, segments: 1, perSegment: { amount: '0.35' } },
      { kind: 'correction', amount: { amount: '-1.005' }, note: 'booked twice' },
      { kind: 'top_up', amount: { amount: '10.25' } },
      { kind: 'top_up', amount: { amount: '1.00' }, note: 'opening balance' },
    ]);
    expect(await platform.balanceOf(name)).toBe('9.895');
  });

  it('never falls below zero, and every change of it makes sense', async () => {
    const { name } = await create({ balance: '1' });
    expect(await change(name, '-1.00000001', { note: 'too much' })).toMatchObject({
      status: 409,
      body: { code: 'balance_too_low' },
    });
    expect(await change(name, '-1')).toMatchObject({ status: 422, body: { code: 'note_required' } });
    expect(await change(name, '0')).toMatchObject({ status: 422, body: { code: 'zero_amount' } });
    expect(await change(name, '999999999999.5')).toMatchObject({ status: 422, body: { code: 'amount_out_of_range' } });
    expect(await change(name, '1e3')).toMatchObject({ status: 400 });
    expect(await change('nobody', '1')).toMatchObject({ status: 404 });
    const euro = await platform.admin(`POST /admin/v1/accounts/${name}/balance`, {
      body: { amount: { amount: '1', currency: 'EUR' } },
    });
    expect(euro).toMatchObject({ status: 422, body: { code: 'currency_mismatch' } });
    expect(await platform.balanceOf(name)).toBe('1.00');
  });

  it('is exact while packets, top-ups and corrections change it at once', async () => {
    const { name, authKey } = await create({ balance: '7' });
    await eventually(async () => expect(await codesOf(other, authKey)).toEqual([OK]));
    const list = Array.from({ length: 10 }, (_, index) => ({
      COUNTRY_CODE: 852,
      DEST_MSISDN: String(67_100_000 + index),
    }));
    await Promise.all(
      Array.from({ length: 12 }, (_, index) => [
        codesOf(index % 2 === 0 ? platform : other, authKey, { MULTI_MSISDN_LIST: list }),
        change(name, '1'),
        change(name, '-0.5', { note: 'to and fro' }),
      ]).flat(),
    );
    const client = new Client({ connectionString: platform.database.url });
    await client.connect();
    try {
      const { rows } = await client.query(
        `select (select sum(amount) from ledger_entry l where l.account_id = a.id) = b.amount as equal, b.amount >= 0 as enough
         from account a join balance b on b.account_id = a.id where a.name = $1`,
        [name],
      );
      expect(rows).toEqual([{ equal: true, enough: true }]);
    } finally {
      await client.end();
    }
  });
});

describe('the trail', () => {
  it('says who changed what, without numbers, and can not be changed', async () => {
    const { name } = await create();
    await platform.admin(`POST /admin/v1/accounts/${name}/blacklist`, {
      body: { countryCode: 852, msisdn: '67000077' },
    });
    await platform.admin(`POST /admin/v1/accounts/${name}/revoke`);
    await platform.admin(`PATCH /admin/v1/accounts/${name}`, { body: { ratePerSecond: 0 } });
    const { body } = await platform.admin(`GET /admin/v1/audit?account=${name}`);
    const { items } = body as List<{ action: string; remoteAddress: string }>;
    expect(items.map(({ action }) => action)).toEqual(['auth_key.revoke', 'blacklist.add', 'account.create']);
    expect(items[0]?.remoteAddress).toBe('127.0.0.1');
    expect(JSON.stringify(items)).not.toContain('67000077');
    const client = new Client({ connectionString: platform.database.url });
    await client.connect();
    try {
      await expect(client.query("update audit_entry set action = ''")).rejects.toThrow('append-only');
      await expect(client.query('delete from audit_entry')).rejects.toThrow('append-only');
      await expect(client.query('truncate audit_entry')).rejects.toThrow('append-only');
    } finally {
      await client.end();
    }
  });
});
