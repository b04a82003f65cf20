import fs from 'node:fs';
import net, { type AddressInfo } from 'node:net';
import path from 'node:path';

import { identifyProcess } from '../../src/config/process-identity.js';
import { eventually } from '../support/eventually.js';
import { Programs } from '../support/program.js';

/** Limits against hanging on a loaded machine, not measures. */
const LIMIT = 180_000;
const PATIENCE = { timeout: 60_000 };

const programs = new Programs();
afterAll(() => programs.cleanUp());

/** What a start that was refused has printed to stderr, line by line. */
async function refusal(env: Readonly<Record<string, string>>): Promise<string[]> {
  const { code, errors } = await programs.refusal(env);
  expect(code).toBe(1);
  expect(errors).not.toMatch(/^\s+at /m);
  return errors.trimEnd().split('\n');
}

describe('a start that can not be', () => {
  it('names each wrong variable in a line of its own', async () => {
    const lines = await refusal({ API_PORT: 'ninety', UIP_ANSWER_TIMEOUT: 'soon' });
    expect(lines.toSorted()).toEqual([
      'API_PORT must be an integer from 0 to 65535',
      'UIP_ANSWER_TIMEOUT must be a duration such as 30s',
    ]);
  });

  it('names what production needs', async () => {
    const lines = await refusal({ NODE_ENV: 'production', ROLES: 'callback' });
    for (const variable of ['SECRETS_KEY', 'DATABASE_URL', 'CALLBACK_CERT', 'CALLBACK_KEY', 'CALLBACK_CA']) {
      expect(lines.filter((line) => line.startsWith(`${variable} is required`))).toHaveLength(1);
    }
  });

  it('names the fault of a sandbox file', async () => {
    const file = path.join(programs.dataDirectory(), 'sandbox.json');
    fs.writeFileSync(file, JSON.stringify({ accounts: [], handsets: [{ match: 'all' }] }));
    expect(await refusal({ SANDBOX_FILE: file })).toEqual([`${file}: handsets[0].match must consist of digits and *`]);
  });

  it('says which database does not answer, without its password', async () => {
    const url = 'postgres://gateway:open-sesame@127.0.0.1:1/gateway';
    const [line, ...more] = await refusal({ DATABASE_URL: url });
    expect(line).toMatch(/^DATABASE_URL: no PostgreSQL answers at 127\.0\.0\.1:1 /);
    expect(line).not.toContain('open-sesame');
    expect(more).toEqual([]);
  });

  describe('because of a taken port', () => {
    const taken = net.createServer();
    let port: string;
    let databases: Record<string, string>;

    beforeAll(async () => {
      await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
      port = String((taken.address() as AddressInfo).port);
      databases = await programs.databaseVariables();
    });
    afterAll(() => new Promise((resolve) => taken.close(resolve)));

    it.each(['API_PORT', 'CALLBACK_PORT', 'PLATFORM_PORT', 'PLATFORM_ADMIN_PORT'])('%s', async (variable) => {
      expect(await refusal({ ...databases, [variable]: port })).toEqual([
        `port ${port} (${variable}) is taken: stop the other program or choose another ${variable}`,
      ]);
    });
  });
});

describe('on the embedded PostgreSQL', () => {
  it(
    'goes on with what it had when it is started again, and leaves nothing running',
    async () => {
      const dataDir = programs.dataDirectory();
      const localFile = path.join(dataDir, 'local.json');
      const serverFile = path.join(dataDir, 'postgres', 'server.json');
      const first = await programs.start({}, dataDir);
      expect(fs.statSync(localFile).mode & 0o777).toBe(0o600);
      expect(JSON.parse(fs.readFileSync(localFile, 'utf8'))).toEqual(first.local);
      await eventually(() => {
        expect(first.output()).toContain(`curl ${first.local.apiUrl}/v1/messages`);
        expect(first.output()).toContain(first.local.apiKey);
      }, PATIENCE);
      const { messages } = await first.gateway.send({ to: ['+85267000011'], text: 'Hello from CloudSMS' });
      const id = messages[0]?.id ?? '';
      const delivered = await eventually(async () => {
        const message = await first.gateway.message(id);
        expect(message).toMatchObject({ status: 'delivered', segments: 1, cost: { amount: '0.35', currency: 'HKD' } });
        return message;
      }, PATIENCE);
      const { postmaster } = JSON.parse(fs.readFileSync(serverFile, 'utf8')) as { postmaster: { pid: number } };
      expect(await first.stop('SIGINT')).toBe(0);
      expect(fs.existsSync(localFile)).toBe(false);
      expect(identifyProcess(postmaster.pid)).toBeUndefined();

      const second = await programs.start({}, dataDir);
      expect(second.local.apiKey).toBe(first.local.apiKey);
      expect(await second.gateway.message(id)).toEqual(delivered);
      const again = await second.gateway.send({ to: ['+85267000011'], text: 'Hello again' });
      await eventually(async () => {
        expect(await second.gateway.message(again.messages[0]?.id ?? '')).toMatchObject({ status: 'delivered' });
      }, PATIENCE);
      expect(await second.platform.inbox('+85267000011')).toHaveLength(2);
      expect(await second.stop()).toBe(0);
    },
    LIMIT,
  );
});

describe('roles', () => {
  it(
    'the halves run in processes of their own, on databases of their own',
    async () => {
      const databases = await programs.databaseVariables();
      // One installation: the keys and the certificates are shared.
      const installation = programs.dataDirectory();
      const gateway = await programs.start({ env: databases, roles: ['api', 'callback'] }, installation);
      const env = { ...databases, CALLBACK_PORT: new URL(gateway.local.callbackUrl).port };
      const platform = await programs.start({ env, roles: ['platform'] }, installation);
      const { platformUrl } = platform.local;
      const { messages } = await gateway.gateway.send({ to: ['+85267000011'], text: 'Hello' });
      const id = messages[0]?.id ?? '';
      await expect(gateway.gateway.message(id)).resolves.toMatchObject({ status: 'queued' });
      // A worker has nothing to tell scripts, so it is not waited for.
      const worker = programs.background({ ...env, UIP_URL: platformUrl, ROLES: 'worker' }, installation);
      await eventually(
        async () => expect(await gateway.gateway.message(id)).toMatchObject({ status: 'delivered' }),
        PATIENCE,
      );
      await worker.stop();
    },
    LIMIT,
  );
});
