import type { PushRow } from '../../database/statements/platform-push.js';
import { ReadyPushes } from './ready-pushes.js';

const pushOf = (accountId: number, id: number): PushRow => ({
  id,
  account_id: accountId,
  packet_id: '0192f0c1-0000-7000-8000-000000000000',
  ordinal: 1,
  state: 2,
  reported_at: new Date(0),
  since: new Date(0),
  attempts: 1,
  country_code: 852,
  msisdn: '61234567',
  sender: 'CloudSMS',
  customer_body: null,
});

/** Pushes of the accounts 1 and 2, claimed at the times 0 and 1000. */
function twoAccounts(): ReadyPushes {
  const ready = new ReadyPushes();
  for (const id of [10, 11, 12]) ready.add(pushOf(1, id), 0);
  for (const id of [20, 21]) ready.add(pushOf(2, id), 1000);
  return ready;
}

const ids = (rows: Iterable<PushRow>): number[] => Array.from(rows, ({ id }) => id);
const always = (): boolean => true;

describe('ReadyPushes', () => {
  it('gives one of each account in turn, oldest first', () => {
    const ready = twoAccounts();
    expect([ready.total, ready.of(1), ready.of(2), ready.of(3)]).toEqual([5, 3, 2, 0]);
    expect(ids(ready.take(2000, always))).toEqual([10, 20, 11, 21, 12]);
    expect([ready.total, ready.of(1)]).toEqual([0, 0]);
  });

  it('gives only what may begin', () => {
    const ready = twoAccounts();
    let room = 2;
    expect(ids(ready.take(2000, (account) => account === 1 && room-- > 0))).toEqual([10, 11]);
    expect(ids(ready.take(2000, always))).toEqual([20, 12, 21]);
  });

  it('gives nothing whose lease could end before its push does, and gives it up', () => {
    const ready = twoAccounts();
    expect(ids(ready.take(4000, always))).toEqual([20, 21]);
    expect(ids(ready.takeStale(4000, always))).toEqual([10, 11, 12]);
    expect(ready.total).toBe(0);
  });

  it('gives up what may not wait any more', () => {
    const ready = twoAccounts();
    expect(ids(ready.takeStale(0, (account) => account === 1))).toEqual([20, 21]);
    expect(ids(ready.takeStale(0, always))).toEqual([]);
    expect(ids(ready.take(0, always))).toEqual([10, 11, 12]);
  });
});
