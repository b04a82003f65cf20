import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { ensureSecretsKey, isSecretsKey } from './secrets-key.js';

let directory: string;

beforeEach(() => {
  directory = path.join(fs.mkdtempSync(path.join(os.tmpdir(), 'cloudsms-secrets-')), 'data');
});
afterEach(() => fs.rmSync(path.dirname(directory), { recursive: true, force: true }));

it('makes one key of 32 bytes, for all who ask at once and afterwards', async () => {
  const keys = await Promise.all([ensureSecretsKey(directory), ensureSecretsKey(directory)]);
  expect(new Set([...keys, await ensureSecretsKey(directory)]).size).toBe(1);
  expect(Buffer.from(keys[0], 'base64')).toHaveLength(32);
  expect(fs.statSync(path.join(directory, 'secrets.key')).mode & 0o777).toBe(0o600);
  expect(fs.readdirSync(directory)).toEqual(['secrets.key']);
});

it('never replaces a damaged key', async () => {
  fs.mkdirSync(directory);
  fs.writeFileSync(path.join(directory, 'secrets.key'), 'short\n');
  await expect(ensureSecretsKey(directory)).rejects.toMatchObject({ code: 'secrets_key_unreadable' });
  expect(fs.readFileSync(path.join(directory, 'secrets.key'), 'utf8')).toBe('short\n');
});

it.each([
  [Buffer.alloc(32).toString('base64'), true],
  [Buffer.alloc(31).toString('base64'), false],
  [Buffer.alloc(32, 255).toString('base64url'), false],
  ['', false],
])('%s: %s', (text, valid) => {
  expect(isSecretsKey(text)).toBe(valid);
});
