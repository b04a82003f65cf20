import type { HttpApplication } from '../../src/rest/http-application.js';
import { billingMonthOf } from '../../src/billing/domain/billing-month.js';
import { ACCESS_EXTENSION } from '../../src/rest/access-extension.js';
import { type Scope, SCOPE_MEANINGS, SCOPES } from '../../src/apps/scope.js';
import type { AppView, AuditEntryView } from '../../src/apps/app.view.js';
import { type Method, TestApi } from '../support/api.js';

/** An app that owns things, and one that must not see them; their keys have all scopes. */
interface Owner {
  readonly app: AppView;
  readonly key: string;
}

/** How a route is called so that it works for who may: the positive control. */
interface Control {
  /** Makes what the route is about, and gives the address to call. Default: the route's path. */
  readonly address?: (owner: Owner) => Promise<string>;
  readonly body?: object;
  /** CSV. */
  readonly text?: string;
  readonly accept?: string;
  /** Why the call leaves nothing in the audit trail, though it is not a GET. */
  readonly unaudited?: string;
}

let api: TestApi;
let owner: Owner;
let stranger: Owner;
let serial = 0;

const MESSAGE = { to: ['+6581230001'], text: 'hello', sendAt: new Date(Date.now() + 3_600_000).toISOString() };

/** No worker runs here, so nobody ever calls it. */
const WEBHOOK = { url: 'https://8.8.8.8/hook' };

/** In a currency in which nobody here sends. */
const PRICE = { countryCode: 65, perSegment: { amount: '1', currency: 'AUD' } };

async function priceAddress(): Promise<string> {
  const { body } = await api.call('post', '/v1/prices').send(PRICE);
  return `/v1/prices/${(body as { id: number }).id}`;
}

/** A statement of the provider's. */
const STATEMENT = '01900000-0000-7000-8000-000000000001';
const insertStatement = () =>
  api.source.query(
    `insert into provider_statement (id, uploaded_at, state, name, lists_unbilled, period, digest, first_at, last_at, totals)
     values ($1, now(), 'loaded', '', true, '2026-01', '\\x00', now(), now(), '{}')`,
    [STATEMENT],
  );

/** A run that is over; no worker runs here. */
async function runAddress(): Promise<string> {
  const { body } = await api.call('post', '/v1/reconciliation/runs').send({ statement: STATEMENT });
  const { id } = body as { id: string };
  await api.source.query("update reconciliation_run set state = 'done' where id = $1", [id]);
  return `/v1/reconciliation/runs/${id}`;
}

const runAddressOf = (part: string) => async () => `${await runAddress()}/${part}`;

const mapping = (name: string) => ({
  name,
  columns: { smsUid: 'id', acceptedAt: 'at', number: 'to', amount: 'cost' },
  currency: 'HKD',
});
async function mappingAddress(): Promise<string> {
  const { body } = await api.call('post', '/v1/reconciliation/mappings').send(mapping(`mapping-${++serial}`));
  return `/v1/reconciliation/mappings/${(body as { name: string }).name}`;
}

/** A scheduled message of the owner. */
async function messageOf({ key }: Owner): Promise<string> {
  const { body } = await api.call('post', '/v1/messages', key).send(MESSAGE);
  return (body as { messages: { id: string }[] }).messages[0].id;
}

const appId = async (): Promise<number> => (await api.createApp()).id;

const CAP = { amount: '100' };
const capAddress = async (): Promise<string> => `/v1/apps/${await appId()}/caps/HKD/daily`;

async function keyAddress(): Promise<string> {
  const id = await appId();
  return `/v1/apps/${id}/keys/${(await api.createKey(id)).id}`;
}

async function templateAddress({ key }: Owner): Promise<string> {
  const { body } = await api
    .call('post', '/v1/templates', key)
    .send({ name: `made-${++serial}`, text: 'Hello {{name}}' });
  return `/v1/templates/${(body as { id: string }).id}`;
}

const FILE = 'to,name\n+6581230001,Ann\n';
/** The same file would be recognised. */
const BULK = '/v1/bulk?text=Hello&force=true';

async function bulkAddress({ key }: Owner): Promise<string> {
  const { body } = await api.call('post', BULK, key).type('text/csv').send(FILE);
  return `/v1/bulk/${(body as { id: string }).id}`;
}

/** An address of a number that has opted out. */
async function optOutAddress({ key }: Owner): Promise<string> {
  const number = '+6581239001';
  await api.call('post', '/v1/opt-outs', key).send({ to: [number] });
  return `/v1/opt-outs/${number}`;
}

async function globalOptOutAddress(): Promise<string> {
  const number = '+6581239002';
  await api.call('post', '/v1/global-opt-outs').send({ to: [number] });
  return `/v1/global-opt-outs/${number}`;
}

async function webhookAddress({ app, key }: Owner): Promise<string> {
  // An app may have so many endpoints only.
  await api.source.query('delete from webhook_endpoint where app_id = $1', [app.id]);
  const { status, body } = await api.call('post', '/v1/webhooks', key).send(WEBHOOK);
  expect([status, body]).toEqual([201, expect.any(Object)]);
  return `/v1/webhooks/${(body as { id: string }).id}`;
}

/** A delivery that has ended. */
async function deliveryAddress(owner: Owner): Promise<string> {
  const address = await webhookAddress(owner);
  const { body } = await api.call('post', `${address}/test`, owner.key);
  const { id } = body as { id: string };
  await api.source.query("update webhook_delivery set outcome = 'failed', due_at = null where id = $1", [id]);
  return `${address}/deliveries/${id}`;
}

/**
 * Every route that asks for a key. A new route fails this spec until it stands here: say how it is called with success, and the rest
 * is tested by itself.
 */
const CONTROLS: Readonly<Record<string, Control>> = {
  'POST /v1/messages': { body: MESSAGE, unaudited: 'the submission itself says whose it is' },
  'GET /v1/messages': {},
  'GET /v1/messages/:id': { address: async (owner) => `/v1/messages/${await messageOf(owner)}` },
  'POST /v1/messages/preview': { body: MESSAGE, unaudited: 'changes nothing' },
  'POST /v1/messages/:id/cancel': { address: async (owner) => `/v1/messages/${await messageOf(owner)}/cancel` },
  'GET /v1/events': { accept: 'application/json' },
  'GET /v1/reports/summary': {},
  'POST /v1/webhooks': { body: WEBHOOK },
  'GET /v1/webhooks': {},
  'GET /v1/webhooks/:id': { address: webhookAddress },
  'PATCH /v1/webhooks/:id': { address: webhookAddress, body: { enabled: false } },
  'DELETE /v1/webhooks/:id': { address: webhookAddress },
  'POST /v1/webhooks/:id/rotate-secret': {
    address: async (owner) => `${await webhookAddress(owner)}/rotate-secret`,
    body: {},
  },
  'POST /v1/webhooks/:id/test': { address: async (owner) => `${await webhookAddress(owner)}/test` },
  'GET /v1/webhooks/:id/deliveries': { address: async (owner) => `${await webhookAddress(owner)}/deliveries` },
  'GET /v1/webhooks/:id/deliveries/:deliveryId': { address: deliveryAddress },
  'POST /v1/webhooks/:id/deliveries/:deliveryId/replay': {
    address: async (owner) => `${await deliveryAddress(owner)}/replay`,
  },
  'POST /v1/templates': { body: { name: 'made-here', text: 'Hello' } },
  'GET /v1/templates': {},
  'GET /v1/templates/:id': { address: templateAddress },
  'PATCH /v1/templates/:id': { address: templateAddress, body: { text: 'Bye' } },
  'DELETE /v1/templates/:id': { address: templateAddress },
  'POST /v1/templates/:id/preview': {
    address: async (owner) => `${await templateAddress(owner)}/preview`,
    body: {},
    unaudited: 'changes nothing',
  },
  'POST /v1/prices': { body: PRICE },
  'GET /v1/prices': {},
  'GET /v1/prices/export': {},
  'GET /v1/billing/usage': {},
  'GET /v1/billing/statements': {},
  'GET /v1/billing/statements/:month': {
    address: () => Promise.resolve(`/v1/billing/statements/${billingMonthOf(Date.now())}`),
  },
  'GET /v1/prices/:id': { address: priceAddress },
  'DELETE /v1/prices/:id': { address: priceAddress },
  'POST /v1/prices/import': { text: 'country_code,currency,per_segment\n852,TWD,1\n' },
  'POST /v1/bulk': { address: () => Promise.resolve(BULK), text: FILE },
  'GET /v1/bulk': {},
  'GET /v1/bulk/:id': { address: bulkAddress },
  'GET /v1/bulk/:id/rejected': { address: async (owner) => `${await bulkAddress(owner)}/rejected` },
  'GET /v1/bulk/:id/submissions': { address: async (owner) => `${await bulkAddress(owner)}/submissions` },
  'POST /v1/bulk/:id/pause': { address: async (owner) => `${await bulkAddress(owner)}/pause` },
  'POST /v1/bulk/:id/resume': {
    address: async (owner) => {
      const address = await bulkAddress(owner);
      await api.call('post', `${address}/pause`, owner.key);
      return `${address}/resume`;
    },
  },
  'POST /v1/bulk/:id/cancel': { address: async (owner) => `${await bulkAddress(owner)}/cancel` },
  'POST /v1/reconciliation/statements': {
    text: `sms_uid,accepted_at,country_code,msisdn,segments,unit_price,amount,currency,state
UID1,2026-01-02 03:04:05,852,67000011,1,0.35,0.35,HKD,2
`,
  },
  'GET /v1/reconciliation/statements': {},
  'GET /v1/reconciliation/statements/:id': {
    address: () => Promise.resolve(`/v1/reconciliation/statements/${STATEMENT}`),
  },
  'POST /v1/reconciliation/mappings': { body: mapping('made-here') },
  'GET /v1/reconciliation/mappings': {},
  'GET /v1/reconciliation/mappings/:name': { address: mappingAddress },
  'POST /v1/reconciliation/runs': { body: { statement: STATEMENT } },
  'GET /v1/reconciliation/runs': {},
  'GET /v1/reconciliation/runs/:id': { address: runAddress },
  'GET /v1/reconciliation/runs/:id/differences': { address: runAddressOf('differences') },
  'POST /v1/reconciliation/runs/:id/adjustments': {
    address: runAddressOf('adjustments'),
    body: { decision: 'reject', cause: 'state' },
  },
  'GET /v1/apps/:id/caps': { address: async () => `/v1/apps/${await appId()}/caps` },
  'PUT /v1/apps/:id/caps/:currency/:period': { address: capAddress, body: CAP },
  'DELETE /v1/apps/:id/caps/:currency/:period': {
    address: async () => {
      const address = await capAddress();
      await api.call('put', address).send(CAP);
      return address;
    },
  },
  'GET /v1/billing/caps': {},
  'POST /v1/opt-outs': { body: { to: ['+6581239003'] } },
  'GET /v1/opt-outs': {},
  'GET /v1/opt-outs/export': {},
  'POST /v1/opt-outs/import': { text: 'to\n+6581239004\n' },
  'GET /v1/opt-outs/:number': { address: optOutAddress },
  'DELETE /v1/opt-outs/:number': { address: optOutAddress },
  'POST /v1/global-opt-outs': { body: { to: ['+6581239005'] } },
  'GET /v1/global-opt-outs': {},
  'GET /v1/global-opt-outs/export': {},
  'POST /v1/global-opt-outs/import': { text: 'to\n+6581239006\n' },
  'GET /v1/global-opt-outs/:number': { address: globalOptOutAddress },
  'DELETE /v1/global-opt-outs/:number': { address: globalOptOutAddress },
  'GET /v1/routes': {},
  'GET /v1/routes/:name': { address: async () => `/v1/routes/${await routeName()}` },
  'POST /v1/routes/:name/reset': { address: async () => `/v1/routes/${await routeName()}/reset` },
  'POST /v1/apps': { body: { name: 'made-here' } },
  'GET /v1/apps': {},
  'GET /v1/apps/:id': { address: async () => `/v1/apps/${await appId()}` },
  'PATCH /v1/apps/:id': { address: async () => `/v1/apps/${await appId()}`, body: { strictNumbers: true } },
  'POST /v1/apps/:id/keys': {
    address: async () => `/v1/apps/${await appId()}/keys`,
    body: { name: 'x', scopes: ['messages:read'] },
  },
  'GET /v1/apps/:id/keys': { address: async () => `/v1/apps/${await appId()}/keys` },
  'POST /v1/apps/:id/keys/:keyId/rotate': { address: async () => `${await keyAddress()}/rotate`, body: {} },
  'POST /v1/apps/:id/keys/:keyId/revoke': { address: async () => `${await keyAddress()}/revoke` },
  'GET /v1/jobs': {},
  'GET /v1/jobs/:name': { address: jobAddress },
  'GET /v1/jobs/:name/runs': { address: async () => `${await jobAddress()}/runs` },
  'POST /v1/jobs/:name/runs': { address: async () => `${await jobAddress()}/runs` },
  'GET /v1/audit': {},
  'POST /v1/sandbox/clock/advance': { body: { by: '1s' } },
};

/** Routes with an id of what belongs to no app, and which every app may read. */
const SHARED: ReadonlySet<string> = new Set(['GET /v1/billing/statements/:month', 'GET /v1/prices/:id']);

/** Routes to which anybody may come, without a key. */
const OPEN = ['GET /health/live', 'GET /health/ready', 'GET /metrics'];
const DOCUMENTATION = /^\/docs\b/;

/** A job, as a worker would declare it: none runs here. */
async function jobAddress(): Promise<string> {
  await api.source.query("insert into job (name, does) values ('probe', 'Nothing.') on conflict do nothing");
  return '/v1/jobs/probe';
}

async function routeName(): Promise<string> {
  const [{ name }] = await api.source.query<{ name: string }[]>('select name from route limit 1');
  return name;
}

async function ownerWith(scopes: readonly Scope[]): Promise<Owner> {
  const app = await api.createApp({ allowedRoutes: ['*'], allowedSenders: ['*'] });
  return { app, key: (await api.createKey(app.id, scopes)).key };
}

/** The route table of the running application, as Express goes by it. */
function routesServed(): string[] {
  const { application } = api.role as HttpApplication;
  const { router } = application.getHttpAdapter().getInstance() as {
    router: { stack: { route?: { path: string; methods: Record<string, boolean> } }[] };
  };
  return router.stack.flatMap(({ route }) =>
    route === undefined || DOCUMENTATION.test(route.path)
      ? []
      : Object.keys(route.methods).map((method) => `${method.toUpperCase()} ${route.path}`),
  );
}

/** The scopes that each route asks for, by its own word. */
async function scopesByRoute(): Promise<Map<string, readonly Scope[]>> {
  const { body } = await api.call('get', '/docs/openapi.json', null);
  const { paths } = body as { paths: Record<string, Record<string, { [ACCESS_EXTENSION]?: Scope[] }>> };
  return new Map(
    Object.entries(paths).flatMap(([path, item]) =>
      Object.entries(item).map(([method, operation]) => [
        `${method.toUpperCase()} ${path.replaceAll(/\{(\w+)\}/g, ':$1')}`,
        operation[ACCESS_EXTENSION] ?? [],
      ]),
    ),
  );
}

function call(route: string, address: string, key: string | null) {
  const { body, text, accept } = CONTROLS[route] ?? {};
  const [method = ''] = route.split(' ');
  const request = api.call(method.toLowerCase() as Method, address, key);
  if (accept !== undefined) void request.set('Accept', accept);
  if (text !== undefined) return request.set('Content-Type', 'text/csv').send(text);
  return body === undefined ? request : request.send(body);
}

const addressOf = async (route: string): Promise<string> =>
  (await CONTROLS[route]?.address?.(owner)) ?? route.slice(route.indexOf(' ') + 1);

beforeAll(async () => {
  api = await TestApi.start();
  owner = await ownerWith(SCOPES);
  stranger = await ownerWith(SCOPES);
  await insertStatement();
});
afterAll(() => api.stop());

test('every route that is served is tested here, and no other', () => {
  expect(routesServed().sort()).toEqual([...Object.keys(CONTROLS), ...OPEN].sort());
});

describe.each(Object.keys(CONTROLS))('%s', (route) => {
  test('is refused without a key, and with one that is none', async () => {
    const address = await addressOf(route);
    for (const key of [null, 'csk_nonsense']) {
      const { status, body } = await call(route, address, key);
      expect([status, body]).toEqual([401, expect.objectContaining({ code: 'unauthorized' })]);
    }
  });

  test('is refused to a key that has every scope but one that it needs', async () => {
    const needed = (await scopesByRoute()).get(route) ?? [];
    expect(needed.length).toBeGreaterThan(0);
    const address = await addressOf(route);
    for (const scope of needed) {
      const { key } = await api.createKey(
        owner.app.id,
        SCOPES.filter((other) => other !== scope),
      );
      const { status, body } = await call(route, address, key);
      expect([status, body]).toEqual([403, expect.objectContaining({ code: 'insufficient_scope' })]);
    }
  });

  test('shows and does nothing of the app to another', async () => {
    const scopes = (await scopesByRoute()).get(route) ?? [];
    if (scopes.some((scope) => SCOPE_MEANINGS[scope].reach === 'installation')) {
      // What it opens belongs to no app: only who has a scope of that reach comes in.
      const { key } = await api.createKey(
        owner.app.id,
        SCOPES.filter((scope) => SCOPE_MEANINGS[scope].reach === 'app'),
      );
      expect((await call(route, await addressOf(route), key)).status).toBe(403);
      return;
    }
    const message = await messageOf(owner);
    const { status, text } = await call(route, await addressOf(route), stranger.key);
    if (route.includes('/:') && !SHARED.has(route)) expect(status).toBe(404);
    else expect([status < 300, text.includes(message.slice(0, 27))]).toEqual([true, false]);
  });

  test('works for who may, and leaves a trace', async () => {
    const requestId = `control-${++serial}`;
    const answer = await call(route, await addressOf(route), owner.key).set('X-Request-Id', requestId);
    expect(answer.status >= 300 ? answer.text : 'done').toBe('done');
    const { items } = (await api.call('get', '/v1/audit')).body as { items: AuditEntryView[] };
    const traced = items.some((entry) => entry.requestId === requestId && entry.by?.appId === owner.app.id);
    expect(traced).toBe(!route.startsWith('GET ') && CONTROLS[route]?.unaudited === undefined);
  });
});
