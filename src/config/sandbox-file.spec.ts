import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

import { ConfigError } from './config.js';
import { readHandsetRules } from './handset-rule.js';
import { readSandboxFile } from './sandbox-file.js';

const shipped = path.resolve(import.meta.dirname, '../../sandbox.json');
const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'cloudsms-sandbox-'));

afterAll(() => fs.rmSync(directory, { recursive: true }));

function faultsOf(content: unknown): readonly string[] {
  const file = path.join(directory, 'sandbox.json');
  fs.writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));
  try {
    readSandboxFile(file);
    return [];
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.faults.map((fault) => fault.replace(`${file}: `, ''));
  }
}

const account = {
  name: 'demo',
  currency: 'HKD',
  balance: '1000.00',
  allowedAddresses: ['127.0.0.1/32', '::1/128'],
  certificateFingerprints: [],
  callbackUrl: 'https://localhost:3443/dr',
  defaultSenderId: 'CloudSMS',
  ratePerSecond: 1000,
  queueLimit: 100_000,
  routes: [{ id: 'VerifyCode_516', countries: [852, 65, 86, 1] }],
  prices: [{ countryCode: 852, perSegment: '0.35' }],
  registrations: [{ countryCode: 86, signature: 'CloudSMS', content: 'Your verification code is {}' }],
  blacklist: [{ countryCode: 852, msisdn: '67999999' }],
};

describe('readSandboxFile', () => {
  it('reads the file that ships with the project', () => {
    const file = readSandboxFile(shipped);
    expect(file.accounts[0]?.name).toBe('demo');
    expect(file.handsets[0]).toEqual({ match: '*', reports: [{ state: 2, after: 1000 }] });
    expect(file.handsets.find(({ match }) => match === '*7001')?.answer).toMatchObject({ cut: 'after' });
  });

  it('takes the example of the contract', () => {
    expect(faultsOf({ accounts: [account], handsets: [{ match: '*0000', reports: [] }] })).toEqual([]);
  });

  it.each([
    ['not json', ['is not JSON']],
    ['[]', ['must be an object with "accounts" and "handsets"']],
    [{ accounts: [null], handsets: [] }, ['accounts must hold nothing but objects']],
    [{ accounts: [], handsets: [], more: 1 }, ['more is unknown here']],
    [
      { accounts: [{ ...account, prices: [{ countryCode: 852, perSegment: 0.35 }] }], handsets: [] },
      ['accounts[0].prices[0].perSegment must be a decimal string such as "0.35", not negative'],
    ],
    [
      { accounts: [{ ...account, allowedAddresses: ['10.0.0.0/33'] }], handsets: [] },
      ['accounts[0].allowedAddresses must be a list of IP addresses or CIDR ranges'],
    ],
    [{ accounts: [account, account], handsets: [] }, ['accounts[1].name stands there twice']],
    [
      { accounts: [], handsets: [{ match: '*', reports: [{ state: 2, after: '1d' }] }] },
      ['handsets[0].reports[0].after must be an integer with ms, s, m or h, such as "5s"'],
    ],
    [
      { accounts: [], handsets: [{ match: '*', answer: { cut: 'during' } }] },
      ['handsets[0].answer.cut must be one of the following values: before, after'],
    ],
  ])('says what is wrong with %j', (content, faults) => {
    expect(faultsOf(content)).toEqual(faults);
  });
});

describe('readHandsetRules', () => {
  it('reads durations as milliseconds', () => {
    expect(readHandsetRules([{ match: '*1', answer: { delay: '5s' } }])).toEqual({
      rules: [{ match: '*1', answer: { delay: 5000 } }],
    });
  });

  it('names faults from the root of the list', () => {
    expect(readHandsetRules([{ match: 'x' }])).toEqual({
      faults: [{ field: '[0].match', rule: 'must consist of digits and *' }],
    });
  });
});
