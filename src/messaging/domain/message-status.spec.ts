import {
  isFinalStatus,
  isMessageStatus,
  MESSAGE_STATUSES,
  STATUS_CODE,
  statusOfCode,
  statusOfSmsState,
} from './message-status.js';

it('has the statuses of contract.md 4, in order', () => {
  expect(MESSAGE_STATUSES).toEqual([
    'scheduled',
    'queued',
    'sending',
    'in_doubt',
    'submitted',
    'delivered',
    'undelivered',
    'expired',
    'rejected',
    'unknown',
    'failed',
    'cancelled',
  ]);
  expect(MESSAGE_STATUSES.every(isMessageStatus)).toBe(true);
  for (const other of ['pending', 'toString', '', 0, null, undefined]) expect(isMessageStatus(other)).toBe(false);
});

it('keeps the stored codes', () => {
  expect(STATUS_CODE).toEqual({
    pending: 0,
    in_doubt: 1,
    submitted: 2,
    delivered: 3,
    undelivered: 4,
    expired: 5,
    rejected: 6,
    unknown: 7,
    failed: 8,
    cancelled: 9,
  });
  for (const [status, code] of Object.entries(STATUS_CODE)) expect(statusOfCode(code)).toBe(status);
  for (const other of [-1, 10, 0.5, Number.NaN]) expect(statusOfCode(other)).toBeUndefined();
});

it.each([
  [9, 'submitted'],
  [1, 'submitted'],
  [7, 'unknown'],
  [6, 'delivered'],
  [3, 'expired'],
  [4, 'undelivered'],
  [5, 'undelivered'],
  [8, 'rejected'],
  [60, 'rejected'],
  [2, 'delivered'],
  [0, 'unknown'],
  [10, 'unknown'],
  [4_294_967_295, 'unknown'],
])('SMS_STATE %d means %s (protocol.md 7)', (state, status) => {
  expect(statusOfSmsState(state)).toBe(status);
});

it('calls final what only a correction can change', () => {
  expect(MESSAGE_STATUSES.filter((status) => !isFinalStatus(status))).toEqual([
    'scheduled',
    'queued',
    'sending',
    'in_doubt',
    'submitted',
  ]);
});
