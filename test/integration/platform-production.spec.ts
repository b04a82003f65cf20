import { account, makePlace, type TestPlace, TestPlatform } from '../support/platform.js';

let place: TestPlace;
let platform: TestPlatform;

beforeAll(async () => {
  place = await makePlace();
  const { ca, platform: files } = place.certificates;
  platform = await TestPlatform.start({
    place,
    accounts: [],
    environment: {
      NODE_ENV: 'production',
      SECRETS_KEY: Buffer.alloc(32, 7).toString('base64'),
      PLATFORM_DATABASE_URL: 'postgres://the.one/that-the-test-has-made',
      PLATFORM_HOST: '127.0.0.1',
      PLATFORM_CERT: files.cert,
      PLATFORM_KEY: files.key,
      PLATFORM_CA: ca,
    },
  });
});
afterAll(async () => {
  await platform.stop();
  place.remove();
});

describe('the admin API in production', () => {
  const create = (members: object) => {
    const { authKey: _, ...shape } = account(members);
    return platform.admin('POST /admin/v1/accounts', { body: shape });
  };

  it.each([
    ['none', undefined],
    ['plain HTTP', 'http://reports.example.com/dr'],
    ['loopback', 'https://127.0.0.1/dr'],
    ['an internal name', 'https://gateway.internal/dr'],
  ])('takes no account whose callback URL is %s', async (_, callbackUrl) => {
    const answer = await create({ name: 'refused', callbackUrl });
    expect(answer).toMatchObject({ status: 400, body: { errors: [{ field: 'callbackUrl' }] } });
  });

  it('takes one that leads to the Internet, and keeps it there', async () => {
    expect((await create({ name: 'public', callbackUrl: 'https://reports.example.com/dr' })).status).toBe(201);
    const change = (body: object) => platform.admin('PATCH /admin/v1/accounts/public', { body });
    expect((await change({ callbackUrl: null })).status).toBe(400);
    expect((await change({ callbackUrl: 'https://10.0.0.1/dr' })).status).toBe(400);
    expect((await change({ ratePerSecond: 5 })).status).toBe(200);
  });

  it('chooses every AUTH_KEY itself', async () => {
    const body = account({ name: 'chosen', callbackUrl: 'https://reports.example.com/dr' });
    const answer = await platform.admin('POST /admin/v1/accounts', { body });
    expect(answer).toMatchObject({ status: 400, body: { errors: [{ field: 'authKey' }] } });
  });

  it.each(['GET /admin/v1/inbox?number=1', 'PUT /admin/v1/faults', 'POST /admin/v1/clock/advance'])(
    'has no %s',
    async (call) => {
      expect((await platform.admin(call)).status).toBe(404);
    },
  );
});
