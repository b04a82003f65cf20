import {
  canonicalResultCode,
  clientClass,
  isResultCode,
  RESULT_CODES,
  ResultCode,
  resultName,
  type ClientClass,
} from './result-code.js';

describe('RESULT_CODE (protocol.md 4)', () => {
  const table: [number, string, ClientClass, ClientClass][] = [
    [0x01, 'OK', 'ok', 'ok'],
    [0x02, 'Unknown_error', 'doubtful', 'doubtful'],
    [0x03, 'Busy', 'retry_later', 'retry_later'],
    [0x04, 'Empty_data', 'our_fault', 'our_fault'],
    [0x05, 'Channel_not_exist', 'configuration', 'configuration'],
    [0x10000001, 'Invalid_parameter', 'our_fault', 'our_fault'],
    [0x10000003, 'Invalid_context', 'our_fault', 'our_fault'],
    [0x10000004, 'Send_failed', 'doubtful', 'refused'],
    [0x10000005, 'Queue_too_large', 'retry_later', 'retry_later'],
    [0x10000006, 'Intercept', 'retry_once', 'retry_once'],
    [0x10000007, 'Lost_info', 'our_fault', 'our_fault'],
    [0x1000000d, 'Empty_data', 'our_fault', 'our_fault'],
    [0x1000000e, 'DB_not_find', 'retry_later', 'retry_later'],
    [0x1000000f, 'Unpriced_area', 'refused', 'refused'],
    [0x10000010, 'Invalid_Version', 'configuration', 'configuration'],
  ];

  it.each(table)('P4-CLIENT-1 %i is %s: %s for the packet, %s for a number', (code, name, packet, number) => {
    expect(resultName(code)).toBe(name);
    expect(clientClass(code, 'packet')).toBe(packet);
    expect(clientClass(code, 'number')).toBe(number);
    expect(isResultCode(code)).toBe(true);
  });

  it('has no other codes', () => {
    expect([...RESULT_CODES].sort((a, b) => a - b)).toEqual(table.map(([code]) => code));
    expect(Object.values(ResultCode)).toHaveLength(table.length);
  });

  it('takes an unknown code as doubtful, named by its number', () => {
    expect(clientClass(0x99, 'packet')).toBe('doubtful');
    expect(resultName(0x10000099)).toBe('0x10000099');
    expect(isResultCode(0x99)).toBe(false);
  });

  it('reads the misprint of the original', () => {
    expect(canonicalResultCode(0x100000d)).toBe(ResultCode.Empty_packet);
    expect(canonicalResultCode(1)).toBe(1);
  });
});
