import { execFile } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';

import { childEnvironment } from '../../src/config/child-environment.js';
import type { SubmissionView } from '../../src/messaging/answer.view.js';
import { Programs, type TestProgram } from '../support/program.js';

const programs = new Programs();
let program: TestProgram;
let variables: Record<string, string>;

beforeAll(async () => {
  const databases = await programs.databaseVariables();
  const dataDir = programs.dataDirectory();
  program = await programs.start({ env: databases }, dataDir);
  const { port } = new URL(program.local.callbackUrl);
  variables = { ...databases, DATA_DIR: dataDir, CALLBACK_PORT: port };
}, 120_000);
afterAll(() => programs.cleanUp());

interface Ran {
  readonly code: number;
  readonly output: string;
  readonly errors: string;
}

/** Runs the command line as somebody would who has a shell in the checkout. */
function cloudsms(args: readonly string[], env: Record<string, string> = {}): Promise<Ran> {
  return new Promise((resolve) => {
    const options = { cwd: program.dataDir, env: childEnvironment({ ...variables, ...env }) };
    const file = path.resolve('scripts/cloudsms.mjs');
    const child = execFile(process.execPath, [file, ...args], options, (_error, output, errors) =>
      resolve({ code: child.exitCode ?? -1, output, errors }),
    );
  });
}

describe('npx cloudsms', () => {
  it('is what package.json names, and tells its commands', async () => {
    const { bin } = JSON.parse(fs.readFileSync('package.json', 'utf8')) as { bin: Record<string, string> };
    expect(bin).toEqual({ cloudsms: 'scripts/cloudsms.mjs' });
    expect(fs.statSync('scripts/cloudsms.mjs').mode & 0o111).not.toBe(0);
    const { code, output } = await cloudsms(['--help']);
    expect(code).toBe(0);
    for (const command of ['send', 'bulk', 'preview', 'status', 'doctor']) expect(output).toContain(`  ${command} `);
    expect((await cloudsms(['sned'])).code).toBe(2);
  });
});

describe('cloudsms send, status, preview', () => {
  it('sends through the sandbox that runs here, waits, and shows what became of it', async () => {
    const args = ['send', '--to', '+85267000011', '--to', '+85267000012', '--text', 'Hello', '--wait', '--json'];
    const sent = await cloudsms(args);
    expect(sent).toMatchObject({ code: 0, errors: '' });
    const messages = JSON.parse(sent.output) as { id: string; status: string; submissionId: string }[];
    expect(messages.map(({ status }) => status)).toEqual(['delivered', 'delivered']);
    const one = await cloudsms(['status', messages[0]?.id ?? '']);
    expect(one.output).toMatch(/^status +delivered$/m);
    expect(one.output).toMatch(/Z {2}delivered \(SMS_STATE 2\)$/m);
    const all = await cloudsms(['status', messages[0]?.submissionId ?? '']);
    expect(all.output).toMatch(/^\+85267000011 {2}delivered {2}0.35 HKD {2}/m);
  });

  it('fails when not all are delivered, and says so', async () => {
    const args = ['send', '--to', '+85267000005', '--text', 'Hello', '--wait'];
    const { code, output, errors } = await cloudsms(args);
    expect(code).toBe(1);
    expect(output).toContain('undelivered');
    expect(errors).toContain('1 of 1 not delivered');
  });

  it('takes the same key for the same submission', async () => {
    const args = ['send', '--to', '+85267000021', '--text', 'Once', '--idempotency-key', 'once', '--json'];
    const [first, second] = [await cloudsms(args), await cloudsms(args)];
    expect(first.code).toBe(0);
    expect(JSON.parse(second.output)).toEqual(JSON.parse(first.output) as SubmissionView);
  });

  it('previews, with what would be cheaper', async () => {
    const { code, output } = await cloudsms(['preview', '--to', '+85267000011', '--text', 'It’s 5']);
    expect(code).toBe(0);
    expect(output).toContain('ucs2, 1 segment');
    expect(output).toContain('total 0.35 HKD');
    expect(output).toContain('U+2019');
  });

  it('says what was refused, and where nobody is', async () => {
    const refused = await cloudsms(['send', '--to', '+8521', '--text', 'Hello']);
    expect(refused.code).toBe(1);
    expect(refused.errors).toMatch(/^Refused, \w+: /);
    expect(refused.errors).toContain('to[0]');
    const nobody = await cloudsms(['status', program.local.apiKey], { CLOUDSMS_API_URL: program.local.apiUrl });
    expect(nobody).toMatchObject({ code: 1 });
    const away = await cloudsms(['status', '01a20436-b31f-724a-acb6-2d8300000001'], {
      CLOUDSMS_API_URL: 'http://127.0.0.1:9',
      CLOUDSMS_API_KEY: 'k',
    });
    expect(away.errors).toContain('No answer from http://127.0.0.1:9 (ECONNREFUSED).');
    const unnamed = await cloudsms(['status', 'x'], { DATA_DIR: path.join(program.dataDir, 'none') });
    expect(unnamed.errors).toContain('Where is the REST API?');
  });
});

describe('cloudsms bulk', () => {
  const file = (name: string, content: string): string => {
    const at = path.join(program.dataDir, name);
    fs.writeFileSync(at, content);
    return at;
  };

  it('sends a file, each row its own text, and keeps the rows that it can not send', async () => {
    const rows = Array.from({ length: 300 }, (_, index) => `+8526710${1000 + index},N${index}`);
    const customers = file('customers.csv', ['to,name', ...rows, 'nobody,N300', ''].join('\n'));
    const rejected = path.join(program.dataDir, 'rejected.csv');
    const args = ['bulk', customers, '--text', 'Dear {{name}}', '--rejected', rejected];
    const { code, output, errors } = await cloudsms(args);
    expect({ code, output, errors }).toMatchObject({ code: 0 });
    expect(output).toMatch(/^bulk [0-9a-f-]{36}: done$/m);
    expect(output).toContain('301 rows: 300 accepted, 1 rejected');
    expect(output).toContain('total 105.00 HKD');
    expect(fs.readFileSync(rejected, 'utf8')).toContain('302,malformed_number');
    expect(errors).toMatch(/^300\/300 {2}done/m);
    const again = await cloudsms(args);
    expect(again.code).toBe(1);
    expect(again.errors).toContain('bulk_duplicate');
  });

  it('prices a file without sending it', async () => {
    const priced = file('priced.ndjson', '{"to":"+85267000011","code":"7"}\n');
    const { code, output } = await cloudsms(['bulk', priced, '--text', 'Code {{code}}', '--dry-run', '--json']);
    expect(code).toBe(0);
    expect(JSON.parse(output)).toMatchObject({ status: 'checked', dryRun: true, accepted: 1 });
    const refused = await cloudsms(['bulk', file('unknown.txt', 'x'), '--text', 'x']);
    expect(refused.errors).toContain('CSV or NDJSON?');
  });
});

describe('cloudsms doctor', () => {
  const gradesOf = (output: string): string[] => output.split('\n').map((line) => line.slice(0, 4).trim());

  it('finds a sandbox well, and tells no secret and no number', async () => {
    const { code, output } = await cloudsms(['doctor']);
    expect({ code, output }).toMatchObject({ code: 0 });
    expect(gradesOf(output)).not.toContain('FAIL');
    for (const subject of ['configuration', 'certificates', 'clock', 'database', 'platform', 'callback', 'sending'])
      expect(output).toMatch(new RegExp(`^OK {4}${subject} `, 'm'));
    expect(output).toContain('UIP_CERT has the SHA-256 fingerprint');
    expect(output).toContain('lets us in (HTTP 405 to a GET');
    expect(output).toContain('refuses whoever shows no certificate');
    const { apiKey, platformAdminKey, authKey } = program.local;
    const { password } = new URL(variables.DATABASE_URL ?? '');
    for (const secret of [apiKey, platformAdminKey, authKey, password].filter((each) => each !== ''))
      expect(output).not.toContain(secret);
    expect(output).not.toMatch(/\+?\d{8,}/);
  });

  it('fails where something is wrong, and says what to do', async () => {
    const files = path.join(program.dataDir, 'certificates');
    const sick = await cloudsms(['doctor', '--callback-url', 'https://127.0.0.1:9/dr'], {
      UIP_URL: program.local.platformUrl.replace('/dave/io', '/elsewhere'),
      UIP_CERT: path.join(files, 'callback.pem'),
      UIP_KEY: path.join(files, 'gateway-client.key'),
    });
    expect(sick.code).toBe(1);
    expect(sick.output).toContain('FAIL  certificates   UIP_KEY is not the key of UIP_CERT');
    expect(sick.output).toContain('FAIL  callback       127.0.0.1:9 is not reached (ECONNREFUSED)');
    const broken = await cloudsms(['doctor'], { API_PORT: 'x', UIP_ANSWER_TIMEOUT: 'y' });
    expect(broken.output.match(/^FAIL {2}configuration /gm)).toHaveLength(2);
    const gone = await cloudsms(['doctor', '--json'], {
      DATABASE_URL: 'postgres://u:hidden-word@127.0.0.1:9/d',
      UIP_URL: 'https://localhost:9/dave/io',
    });
    expect(gone.code).toBe(1);
    expect(gone.output).not.toContain('hidden-word');
    const { findings } = JSON.parse(gone.output) as { findings: { grade: string; subject: string; advice?: string }[] };
    const failed = findings.filter(({ grade }) => grade === 'FAIL');
    expect(failed.map(({ subject }) => subject)).toEqual(['database', 'platform']);
    expect(failed.every(({ advice }) => advice !== undefined)).toBe(true);
  });
});
