import { attemptBody } from '../../uip/domain/customer-body.js';
import { readReports } from './incoming-report.js';

const ATTEMPT = '0190a000-0000-7000-8000-00000000000a';
const entry = { COUNTRY_CODE: 852, DEST_MSISDN: '67000011', SMS_STATE: 2, RESULT_DESC: 'DELIVERED' };
const packet = { SMS_UID: 'U1', SMS_RESULT_LIST: [entry] };

describe('readReports', () => {
  it('reads an entry with what is common to its packet', () => {
    const body = { ...packet, REPORT_TIME: '2026-01-02 08:00:00', CUSTOMER_BODY: attemptBody(ATTEMPT) };
    expect(readReports(body, 'raw', 5)).toEqual([
      {
        receivedAt: 5,
        reportedAt: Date.UTC(2026, 0, 2),
        attemptId: ATTEMPT,
        foreignBody: false,
        countryCode: 852,
        msisdn: '67000011',
        smsState: 2,
        smsUid: 'U1',
        description: 'DELIVERED',
        raw: 'raw',
      },
    ]);
  });

  it('leaves out entries that can not be read, and keeps the others', () => {
    const list = ['nonsense', { ...entry, SMS_STATE: 'x' }, { ...entry, SMS_STATE: '77', COUNTRY_CODE: '852' }];
    const reports = readReports({ ...packet, SMS_RESULT_LIST: list }, 'raw', 5);
    expect(reports).toHaveLength(1);
    expect(reports[0]).toMatchObject({ smsState: 77, countryCode: 852 });
  });

  it('tells a foreign CUSTOMER_BODY from none, and does without a REPORT_TIME that is no time', () => {
    const [foreign] = readReports({ ...packet, CUSTOMER_BODY: { id: 7 }, REPORT_TIME: 'yesterday' }, 'raw', 5);
    expect(foreign).toMatchObject({ foreignBody: true, attemptId: undefined, reportedAt: undefined });
    const [absent] = readReports(packet, 'raw', 5);
    expect(absent).toMatchObject({ foreignBody: false, attemptId: undefined });
  });

  it('cuts a RESULT_DESC to what PostgreSQL can hold', () => {
    const list = [{ ...entry, RESULT_DESC: `a\u0000${'b'.repeat(1000)}` }];
    const [report] = readReports({ ...packet, SMS_RESULT_LIST: list }, 'raw', 5);
    expect(report?.description).toBe(`a${'b'.repeat(254)}`);
  });
});
