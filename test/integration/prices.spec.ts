import { type Method, TestApi } from '../support/api.js';
import type { PriceImportView, PriceView } from '../../src/billing/prices/price.view.js';

let api: TestApi;
const HOUR = 3_600_000;
const later = (hours: number): string => new Date(Math.ceil(Date.now() / 1000) * 1000 + hours * HOUR).toISOString();

beforeAll(async () => {
  api = await TestApi.start();
});
afterAll(() => api.stop());

const call = (method: Method, address: string, key?: string) => api.call(method, address, key);
const hkd = (amount: string) => ({ amount, currency: 'HKD' });
async function add(body: object): Promise<PriceView> {
  const answer = await call('post', '/v1/prices').send(body);
  expect([answer.status, answer.body]).toEqual([201, expect.any(Object)]);
  return answer.body as PriceView;
}
async function list(query: object): Promise<PriceView[]> {
  const answer = await call('get', '/v1/prices').query(query);
  expect([answer.status, answer.body]).toEqual([200, expect.any(Object)]);
  return (answer.body as { items: PriceView[] }).items;
}
const preview = (to: string[]) => call('post', '/v1/messages/preview').send({ to, text: 'hello' });
const bring = (file: string, query: object = {}) =>
  call('post', '/v1/prices/import').query(query).set('Content-Type', 'text/csv').send(file);
const exported = async (query: object = {}): Promise<string> =>
  (await call('get', '/v1/prices/export').query(query)).text;

test('no price: refused before anything is stored, naming the countries; a price opens the country at once', async () => {
  const to = ['+376312345', '+85267000011', '+35699000001'];
  const answer = await call('post', '/v1/messages').send({ to, text: 'hello' });
  expect([answer.status, answer.body]).toEqual([422, expect.objectContaining({ code: 'unpriced_area' })]);
  expect((answer.body as { detail: string }).detail).toMatch(/\+376, \+356\.$/);
  const [{ count }] = await api.source.query<{ count: string }[]>('select count(*) from submission');
  expect(Number(count)).toBe(0);
  const made = await add({ countryCode: 376, perSegment: hkd('0.5'), note: 'Andorra' });
  expect(made).toEqual({
    id: expect.any(Number) as number,
    countryCode: 376,
    route: null,
    perSegment: hkd('0.50'),
    version: 1,
    validFrom: expect.stringMatching(/Z$/) as string,
    validUntil: null,
    state: 'current',
    author: expect.stringMatching(/^app \d+, key [0-9a-f-]{36}$/) as string,
    note: 'Andorra',
  });
  const priced = await preview(['+376312345']);
  expect(priced.body).toMatchObject({ total: hkd('0.50') });
});

test('a new version ends the one before; a future one waits; history tells of all', async () => {
  const first = await add({ countryCode: 356, perSegment: hkd('1') });
  const second = await add({ countryCode: 356, perSegment: hkd('2') });
  const future = await add({ countryCode: 356, perSegment: hkd('3'), validFrom: later(24) });
  expect([second.version, future.version, future.state]).toEqual([2, 3, 'future']);
  const held = await list({ country: 356 });
  expect(held.map(({ id, validUntil }) => [id, validUntil])).toEqual([
    [second.id, future.validFrom],
    [future.id, null],
  ]);
  const all = await list({ country: 356, history: true });
  expect(all[0]).toMatchObject({ id: first.id, validUntil: second.validFrom, state: 'past' });
  expect(await list({ country: 356, at: later(25) })).toMatchObject([{ id: future.id }]);
  expect((await preview(['+35699000001'])).body).toMatchObject({ total: hkd('2.00') });

  // Withdrawn, and the one before goes on as if nothing had been planned.
  expect((await call('delete', `/v1/prices/${future.id}`)).status).toBe(204);
  expect(await list({ country: 356 })).toMatchObject([{ id: second.id, validUntil: null }]);
  expect((await call('get', `/v1/prices/${future.id}`)).body).toMatchObject({ state: 'withdrawn' });
  expect((await call('delete', `/v1/prices/${future.id}`)).body).toMatchObject({ status: 409, code: 'price_over' });
  expect((await call('delete', `/v1/prices/${second.id}`)).status).toBe(204);
  expect((await preview(['+35699000001'])).body).toMatchObject({ code: 'unpriced_area' });
  expect((await call('get', '/v1/prices/999999999')).body).toMatchObject({ status: 404, code: 'price_not_found' });
});

test("a route's own price, its currency, and what is refused", async () => {
  const [{ name }] = await api.source.query<{ name: string }[]>('select name from route order by position');
  const own = await add({ countryCode: 852, route: name, perSegment: hkd('0.11') });
  expect(own).toMatchObject({ route: name, version: 1 });
  expect((await preview(['+85267000011'])).body).toMatchObject({ total: hkd('0.11') });
  expect((await list({ country: 852, route: '*' })).map(({ route }) => route)).toEqual([null]);
  expect((await list({ route: name })).map(({ id }) => id)).toEqual([own.id]);
  await call('delete', `/v1/prices/${own.id}`);
  const [{ validFrom }] = await list({ country: 852, history: true });
  const held = new Date(Date.parse(validFrom) + 1).toISOString();
  const refused: [object, number, string][] = [
    [{ route: 'Nowhere' }, 422, 'unknown_route'],
    [{ route: name, perSegment: { amount: '1', currency: 'JPY' } }, 422, 'wrong_currency'],
    [{ perSegment: { amount: '-1', currency: 'HKD' } }, 400, 'invalid_request'],
    [{ perSegment: { amount: '1', currency: 'CHF' } }, 400, 'invalid_request'],
    [{ perSegment: { amount: 1, currency: 'HKD' } }, 400, 'invalid_request'],
    [{ countryCode: 0 }, 400, 'invalid_request'],
    [{ validFrom: '2026-01-01T00:00:00' }, 400, 'invalid_request'],
    [{ validFrom: later(2), validUntil: later(1) }, 422, 'invalid_price_period'],
    [{ resume: true }, 422, 'invalid_price_period'],
    [{ validFrom: held }, 422, 'price_in_past'],
  ];
  for (const [more, status, code] of refused) {
    const answer = await call('post', '/v1/prices').send({ countryCode: 852, perSegment: hkd('9'), ...more });
    expect([answer.status, answer.body]).toEqual([status, expect.objectContaining({ code })]);
  }
  const future = await add({ countryCode: 852, perSegment: hkd('0.4'), validFrom: later(10) });
  const over = { countryCode: 852, perSegment: hkd('0.3'), validFrom: later(5), validUntil: later(20) };
  expect((await call('post', '/v1/prices').send(over)).body).toMatchObject({ status: 409, code: 'price_overlaps' });
  await add({ ...over, replace: true, resume: true });
  expect((await list({ country: 852 })).map(({ perSegment, id }) => [perSegment.amount, id === future.id])).toEqual([
    ['0.35', false],
    ['0.30', false],
    ['0.40', false],
  ]);
});

test('two who change one price at once take turns: neither gap nor overlap nor lost change', async () => {
  const answers = await Promise.all(
    Array.from({ length: 8 }, (_, index) =>
      call('post', '/v1/prices').send({ countryCode: 65, perSegment: { amount: `0.${index + 1}`, currency: 'EUR' } }),
    ),
  );
  expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 8 }, () => 201));
  const versions = (await list({ country: 65, currency: 'EUR', history: true })).filter(
    ({ state }) => state !== 'withdrawn',
  );
  expect(versions.map(({ version }) => version)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  versions.forEach(({ validUntil }, index) => {
    expect(validUntil).toBe(versions[index + 1]?.validFrom ?? null);
  });
});

test('a version never changes in the database either', async () => {
  for (const change of ['per_segment = 9', "note = 'x'", "valid_from = now() + interval '1 day'", 'country_code = 1']) {
    await expect(api.source.query(`update price set ${change}`)).rejects.toThrow('never changes');
  }
});

test('a repeated request makes nothing twice', async () => {
  const send = () =>
    call('post', '/v1/prices')
      .set('Idempotency-Key', 'price-1')
      .send({ countryCode: 351, perSegment: hkd('0.7') });
  const [one, other] = [await send(), await send()];
  expect(other.text).toBe(one.text);
  expect(await list({ country: 351, history: true })).toHaveLength(1);
});

describe('files', () => {
  test('an import is all or nothing, names each fault by its line, and shows what it would change', async () => {
    const file = (price: string) =>
      `country_code,route,currency,per_segment,valid_from,valid_until,note\n350,,HKD,${price},,,"=cmd, or not"\n354,,HKD,0.2,${later(1)},${later(2)},\n`;
    const before = await exported({ history: true });
    const [{ validFrom }] = await list({ country: 852, history: true });
    const held = new Date(Date.parse(validFrom) + 1).toISOString();
    const wrong = `${file('0.1')}35,Nowhere,HKD,1,,,\n0,,CHF,x,,,\n852,,HKD,1,${held},,\n350,,HKD,5,,,\n`;
    const answer = await bring(wrong);
    expect([answer.status, answer.body]).toEqual([422, expect.objectContaining({ code: 'price_import_refused' })]);
    expect((answer.body as { errors: object[] }).errors).toEqual([
      { field: 'line 4', rule: 'route is not known here' },
      { field: 'line 5', rule: expect.stringMatching(/^country_code /) as string },
      { field: 'line 5', rule: expect.stringMatching(/^currency /) as string },
      { field: 'line 5', rule: expect.stringMatching(/^per_segment /) as string },
      { field: 'line 6', rule: expect.stringMatching(/^valid_from is past/) as string },
      { field: 'line 7', rule: expect.stringMatching(/^valid_from .* line 2$/) as string },
    ]);
    const dry = (await bring(file('0.1'), { dryRun: true })).body as PriceImportView;
    expect(dry).toMatchObject({ dryRun: true, rows: 2, unchanged: 0 });
    expect(dry.changes.map(({ change, line, countryCode }) => [change, line, countryCode])).toEqual([
      ['added', 2, 350],
      ['added', 3, 354],
    ]);
    expect(await exported({ history: true })).toBe(before);
    expect((await bring(file('0.1'))).body).toMatchObject({ dryRun: false, rows: 2 });
    expect(await list({ country: 350 })).toMatchObject([{ note: '=cmd, or not', perSegment: hkd('0.10') }]);
    expect(await exported({ country: 350 })).toContain(`,"'=cmd, or not"\r\n`);
    const changed = (await bring(file('0.3'), { replace: true })).body as PriceImportView;
    expect(changed.changes.map(({ change, countryCode }) => [change, countryCode])).toEqual(
      expect.arrayContaining([
        ['added', 350],
        ['ended', 350],
      ]),
    );
  });

  test('an export changes nothing where it came from, and makes the same book elsewhere', async () => {
    await add({
      countryCode: 44,
      perSegment: { amount: '12', currency: 'JPY' },
      note: "-1+1\r\n'@",
      validUntil: later(9),
    });
    for (const query of [{}, { history: true }]) {
      const file = await exported(query);
      const again = (await bring(file)).body as PriceImportView;
      expect([again.changes, again.unchanged]).toEqual([[], again.rows]);
      expect(again.rows).toBeGreaterThan(5);
      expect(await exported(query)).toBe(file);
    }
    const file = await exported();
    await api.source.query('delete from price');
    expect((await bring(file)).status).toBe(200);
    expect(await exported()).toBe(file);
  });

  test('what is no such file is refused', async () => {
    expect((await bring('a,b\n1,2\n')).body).toMatchObject({ status: 400, code: 'invalid_csv' });
    const type = await call('post', '/v1/prices/import').send({});
    expect(type.body).toMatchObject({ status: 415, code: 'unsupported_media_type' });
    const latin = call('post', '/v1/prices/import').set('Content-Type', 'text/csv');
    expect((await latin.send(Buffer.from([0xff, 0x2c]).toString('latin1'))).status).toBe(400);
  });

  test('leave a trace', async () => {
    const { body } = await call('get', '/v1/audit').query({ object: 'price' });
    const actions = (body as { items: { action: string }[] }).items.map(({ action }) => action);
    expect(new Set(actions)).toEqual(new Set(['price.created', 'price.withdrawn', 'price.ended', 'price.imported']));
  });
});
