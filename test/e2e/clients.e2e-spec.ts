import { type ChildProcess, execFile, spawn, spawnSync } from 'node:child_process';
import path from 'node:path';
import { createInterface } from 'node:readline';

import { eventually } from '../support/eventually.js';
import { account, makePlace, type TestPlace, TestPlatform } from '../support/platform.js';
import type { SendAnswer } from '../support/uip-client.js';
import type { ReceivedReport } from '../support/customer-server.js';

const CLIENTS = path.resolve('docs/clients');
const OK = 1;
const INVALID_PARAMETER = 0x10000001;
const CHANNEL_NOT_EXIST = 5;
const DELIVERED = 2;

const hasPython = spawnSync('python3', ['-c', 'import sys; sys.exit(sys.version_info < (3, 8))']).status === 0;
/** The samples are run where their language is there. */
const withPython = hasPython ? describe : describe.skip;

interface Outcome {
  readonly code: number;
  readonly answer: SendAnswer | undefined;
  readonly error: string;
}

/** Runs a sample client to its end. */
function run(program: string, ...options: readonly string[]): Promise<Outcome> {
  const command = program.endsWith('.py') ? 'python3' : process.execPath;
  return new Promise((resolve) => {
    execFile(command, [path.join(CLIENTS, program), ...options], (error, stdout, stderr) => {
      const code = typeof error?.code === 'number' ? error.code : 0;
      resolve({ code, answer: stdout === '' ? undefined : (JSON.parse(stdout) as SendAnswer), error: stderr });
    });
  });
}

let place: TestPlace;
let platform: TestPlatform;
let options: string[];
let certificate: string[];

beforeAll(async () => {
  place = await makePlace();
  platform = await TestPlatform.start({
    place,
    accounts: [account()],
    handsets: [
      { match: '*', reports: [{ state: 2, after: '0s' }] },
      { match: '*7001', answer: { cut: 'after' } },
      { match: '*7099', answer: { body: '<html>' } },
    ],
    environment: { PLATFORM_CLIENT_AUTH: 'request' },
  });
  const { ca, scriptClient } = place.certificates;
  options = [
    '--url',
    platform.url,
    '--auth-key',
    'demo-key',
    '--route',
    'R',
    '--ca',
    ca,
    '--text',
    'Your code is 1234',
  ];
  certificate = ['--cert', scriptClient.cert, '--key', scriptClient.key];
});
afterAll(async () => {
  await platform.stop();
  place.remove();
});

/** What every sample client does, in whatever language. */
function behavesWell(program: string): void {
  it('sends a packet and reads its ANSWER', async () => {
    const { code, answer } = await run(
      program,
      ...options,
      ...certificate,
      '852:67000011',
      '65:123456789012345678901234567890123',
    );
    expect(code).toBe(0);
    expect(answer).toMatchObject({
      TYPE: 'ANSWER',
      RESULT_CODE: OK,
      DETAIL_LIST: [
        { COUNTRY_CODE: 852, DEST_MSISDN: '67000011', RESULT_CODE: OK },
        { COUNTRY_CODE: 65, RESULT_CODE: INVALID_PARAMETER },
      ],
    });
  });

  it('is served without a certificate where none is required', async () => {
    expect(await run(program, ...options, '852:67000012')).toMatchObject({ code: 0, answer: { RESULT_CODE: OK } });
  });

  it('tells refused from unknown', async () => {
    const wrongKey = options.map((option) => (option === 'demo-key' ? 'nobody' : option));
    expect(await run(program, ...wrongKey, '852:67000011')).toMatchObject({
      code: 1,
      answer: { RESULT_CODE: CHANNEL_NOT_EXIST },
    });
    const wrongPath = options.map((option) => option.replace('/dave/io', '/elsewhere'));
    const missed = await run(program, ...wrongPath, '852:67000011');
    expect(missed).toMatchObject({ code: 1, answer: undefined });
    expect(missed.error).toContain('404');
    expect(await run(program, ...options, '852:67007001')).toMatchObject({ code: 2, answer: undefined });
    expect(await run(program, ...options, '852:67007099')).toMatchObject({ code: 2, answer: undefined });
  });
}

describe('the Node client', () => {
  behavesWell('send.mjs');

  it('is served when it sends one object for the list', async () => {
    expect(await run('send.mjs', ...options, '--one-object', '852:67000013')).toMatchObject({
      code: 0,
      answer: { RESULT_CODE: OK, DETAIL_LIST: [{ DEST_MSISDN: '67000013', RESULT_CODE: OK }] },
    });
  });
});

withPython('the Python client', () => {
  behavesWell('send.py');

  it('is served without Content-Type, TIME and certificate', async () => {
    expect(await run('send.py', ...options, '--bare', '852:67000014')).toMatchObject({
      code: 0,
      answer: { RESULT_CODE: OK },
    });
  });
});

withPython('the Python callback server', () => {
  let server: ChildProcess;
  const reports: ReceivedReport[] = [];

  beforeAll(async () => {
    const { ca, callback } = place.certificates;
    const files = ['--cert', callback.cert, '--key', callback.key, '--ca', ca];
    server = spawn('python3', [path.join(CLIENTS, 'callback_server.py'), '--port', '0', ...files], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const { stdout, stderr } = server;
    if (stdout === null || stderr === null) throw new Error('the server has no output');
    createInterface(stdout).on('line', (line) => reports.push(JSON.parse(line) as ReceivedReport));
    const callbackUrl = await new Promise<string>((resolve) => createInterface(stderr).once('line', resolve));
    await platform.admin('PATCH /admin/v1/accounts/demo', { body: { callbackUrl } });
  });
  afterAll(async () => {
    const ended = new Promise((resolve) => server.once('close', resolve));
    server.kill('SIGTERM');
    await ended;
  });

  it('gets each report once, because it answers', async () => {
    const answer = await platform.client.send({
      MULTI_MSISDN_LIST: [
        { COUNTRY_CODE: 852, DEST_MSISDN: '67000021' },
        { COUNTRY_CODE: 852, DEST_MSISDN: '67000022' },
      ],
      CUSTOMER_BODY: { order: 'Ä 7' },
    });
    const uids = answer.DETAIL_LIST.map(({ SMS_UID }) => SMS_UID);
    const received = () => reports.filter(({ SMS_UID }) => uids.includes(SMS_UID));
    await eventually(() => expect(received()).toHaveLength(2));
    for (const report of received())
      expect(report).toMatchObject({ SMS_RESULT_LIST: [{ SMS_STATE: DELIVERED }], CUSTOMER_BODY: { order: 'Ä 7' } });
    // An hour in which whatever was not acknowledged would come again.
    await platform.admin('POST /admin/v1/clock/advance', { body: { by: '1h' } });
    const later = await platform.client.send({ MULTI_MSISDN_LIST: [{ COUNTRY_CODE: 852, DEST_MSISDN: '67000023' }] });
    const [uid] = later.DETAIL_LIST.map(({ SMS_UID }) => SMS_UID);
    await eventually(() => expect(reports.map(({ SMS_UID }) => SMS_UID)).toContain(uid));
    expect(received()).toHaveLength(2);
  });
});
