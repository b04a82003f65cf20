import { readNumberEntry } from './number-entry.js';
import { readReportEntry } from './report-entry.js';

describe('an entry of MULTI_MSISDN_LIST', () => {
  it('is a number', () => {
    const entry = { COUNTRY_CODE: 852, DEST_MSISDN: '67000011', EXTRA: 1 };
    expect(readNumberEntry(entry)).toEqual({ kind: 'number', countryCode: 852, msisdn: '67000011' });
  });

  it.each([
    [{ DEST_MSISDN: '1' }, 'COUNTRY_CODE'],
    [{ COUNTRY_CODE: '86', DEST_MSISDN: '1' }, 'COUNTRY_CODE'],
    [{ COUNTRY_CODE: -1, DEST_MSISDN: 'x' }, 'COUNTRY_CODE'],
    [{ COUNTRY_CODE: 4_294_967_296, DEST_MSISDN: '1' }, 'COUNTRY_CODE'],
    [{ COUNTRY_CODE: 86.5, DEST_MSISDN: '1' }, 'COUNTRY_CODE'],
    [{ COUNTRY_CODE: 86 }, 'DEST_MSISDN'],
    [{ COUNTRY_CODE: 86, DEST_MSISDN: '' }, 'DEST_MSISDN'],
    [{ COUNTRY_CODE: 86, DEST_MSISDN: 13800138000 }, 'DEST_MSISDN'],
    [{ COUNTRY_CODE: 86, DEST_MSISDN: '+1' }, 'DEST_MSISDN'],
    [{ COUNTRY_CODE: 86, DEST_MSISDN: '1\n' }, 'DEST_MSISDN'],
    [{ COUNTRY_CODE: 86, DEST_MSISDN: '١٢' }, 'DEST_MSISDN'],
    [{ COUNTRY_CODE: 86, DEST_MSISDN: '1'.repeat(33) }, 'DEST_MSISDN'],
  ])('is at fault: %j', (entry, member) => expect(readNumberEntry(entry)).toMatchObject({ kind: 'fault', member }));
});

describe('an entry of SMS_RESULT_LIST', () => {
  const entry = { COUNTRY_CODE: 86, DEST_MSISDN: '138', SMS_STATE: 2, RESULT_DESC: 'DELIVERED' };
  const read = { kind: 'report', countryCode: 86, msisdn: '138', state: 2, description: 'DELIVERED' };

  it('is read, numeric texts as numbers', () => {
    expect(readReportEntry(entry)).toEqual(read);
    expect(readReportEntry({ ...entry, COUNTRY_CODE: '86', DEST_MSISDN: 138, SMS_STATE: '2' })).toEqual(read);
    expect(readReportEntry({ ...entry, SMS_STATE: 42 })).toEqual({ ...read, state: 42 });
  });

  it('is readable with any RESULT_DESC', () => {
    expect(readReportEntry({ ...entry, RESULT_DESC: undefined })).toEqual({ ...read, description: undefined });
    expect(readReportEntry({ ...entry, RESULT_DESC: 5 })).toEqual({ ...read, description: undefined });
  });

  it.each([
    [5, 'SMS_RESULT_LIST'],
    [null, 'SMS_RESULT_LIST'],
    [[], 'SMS_RESULT_LIST'],
    [{ ...entry, COUNTRY_CODE: 'x' }, 'COUNTRY_CODE'],
    [{ ...entry, DEST_MSISDN: 'x' }, 'DEST_MSISDN'],
    [{ ...entry, SMS_STATE: null }, 'SMS_STATE'],
    [{ ...entry, SMS_STATE: -1 }, 'SMS_STATE'],
  ])('is at fault: %j', (faulty, member) => expect(readReportEntry(faulty)).toEqual({ kind: 'fault', member }));
});
