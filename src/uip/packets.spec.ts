import { validateSync } from 'class-validator';
import * as fc from 'fast-check';
import { answerText, faultAnswer, resultCodeOf } from './domain/answer.js';
import { ResultCode } from './domain/result-code.js';
import { UipFault } from './domain/uip-fault.js';
import { ApplicationError } from '../errors.js';
import { keepsAllRules } from './packet-rules.js';
import { readReportRequest, ReportRequestDto, reportTimeOf } from './report-request.dto.js';
import { SendRequestDto, SendRequestPacket, type WellFormedRequest } from './send-request.dto.js';
import { readAnswer } from './uip-answer.js';

const SEND = {
  AUTH_KEY: 'k'.repeat(88),
  VERSION: '2021-01-01',
  MULTI_MSISDN_LIST: [{ COUNTRY_CODE: 852, DEST_MSISDN: '67000011' }],
  ROUTE_ID: 'VerifyCode_516',
  SMS_CONTENT: 'hello',
};

const REPORT = {
  SMS_UID: 'A'.repeat(32),
  SOURCE_MSISDN: 'CloudSMS',
  SMS_RESULT_LIST: [{ COUNTRY_CODE: 852, DEST_MSISDN: '67000011', SMS_STATE: 2, RESULT_DESC: 'DELIVERED' }],
};

function faultIn(read: () => unknown): UipFault | undefined {
  try {
    read();
    return undefined;
  } catch (error) {
    if (error instanceof UipFault) return error;
    throw error;
  }
}

describe('a send request (protocol.md 3)', () => {
  const wellFormed = (changes: object): WellFormedRequest => {
    const packet = { ...SEND, ...changes };
    return SendRequestPacket.read(packet).wellFormed(Buffer.from(JSON.stringify(packet)));
  };
  const fault = (changes: object): UipFault | undefined => faultIn(() => wellFormed(changes));

  it('is read, what is absent left out', () => {
    expect(SendRequestPacket.read(SEND).authKey).toBe(SEND.AUTH_KEY);
    expect(wellFormed({ SIGNATURE: '', PRIORITY: null, CUSTOMER_BODY: [], REPEAT: 0 })).toEqual({
      ...SEND,
      PRIORITY: 0,
    });
  });

  it('takes one object for a list of one, and a PRIORITY above 1 for 1', () => {
    const [number] = SEND.MULTI_MSISDN_LIST;
    const request = wellFormed({ MULTI_MSISDN_LIST: number, PRIORITY: 9 });
    expect(request.MULTI_MSISDN_LIST).toEqual([number]);
    expect(request.PRIORITY).toBe(1);
  });

  it.each([
    [{ AUTH_KEY: 'x' }],
    [{ AUTH_KEY: '~'.repeat(128) }],
    [{ SMS_CONTENT: '\u{1F600}'.repeat(5000) }],
    [{ ROUTE_ID: 'é'.repeat(127) }],
    [{ ORIGINAL_ADDR: 'A ~'.padEnd(32, 'x') }],
    [{ SIGNATURE: '签'.repeat(21) }],
    [{ SIGNATURE_TYPE: 5 }],
    [{ PRIORITY: 4_294_967_295 }],
    [{ TIME: '2021-01-01 00 : 00 : 00' }],
    [{ CUSTOMER_BODY: { a: 'x'.repeat(247) } }],
    [{ CUSTOMER_BODY: {} }],
    [{ MULTI_MSISDN_LIST: Array.from({ length: 200 }, () => ({})) }],
  ])('is well-formed with %j', (changes) => expect(fault(changes)).toBeUndefined());

  it.each([
    [{ VERSION: undefined }, ResultCode.Invalid_parameter, 'VERSION'],
    [{ VERSION: 20210101 }, ResultCode.Invalid_parameter, 'VERSION'],
    [{ VERSION: 'x'.repeat(13) }, ResultCode.Invalid_parameter, 'VERSION'],
    [{ VERSION: '2020-01-01' }, ResultCode.Invalid_Version, 'VERSION'],
    [{ TIME: 'yesterday' }, ResultCode.Invalid_parameter, 'TIME'],
    [{ TIME: 5 }, ResultCode.Invalid_parameter, 'TIME'],
    [{ MULTI_MSISDN_LIST: [] }, ResultCode.Invalid_parameter, 'MULTI_MSISDN_LIST'],
    [{ MULTI_MSISDN_LIST: null }, ResultCode.Invalid_parameter, 'MULTI_MSISDN_LIST'],
    [{ MULTI_MSISDN_LIST: 'x' }, ResultCode.Invalid_parameter, 'MULTI_MSISDN_LIST'],
    [{ MULTI_MSISDN_LIST: [{}, 5] }, ResultCode.Invalid_parameter, 'MULTI_MSISDN_LIST'],
    [{ MULTI_MSISDN_LIST: Array.from({ length: 201 }, () => ({})) }, ResultCode.Invalid_parameter, 'MULTI_MSISDN_LIST'],
    [{ ROUTE_ID: '' }, ResultCode.Invalid_parameter, 'ROUTE_ID'],
    [{ ROUTE_ID: 'é'.repeat(128) }, ResultCode.Invalid_parameter, 'ROUTE_ID'],
    [{ ORIGINAL_ADDR: 'é' }, ResultCode.Invalid_parameter, 'ORIGINAL_ADDR'],
    [{ ORIGINAL_ADDR: 'x'.repeat(33) }, ResultCode.Invalid_parameter, 'ORIGINAL_ADDR'],
    [{ SIGNATURE: '签'.repeat(22) }, ResultCode.Invalid_parameter, 'SIGNATURE'],
    [{ SIGNATURE_TYPE: 0 }, ResultCode.Invalid_parameter, 'SIGNATURE_TYPE'],
    [{ SIGNATURE_TYPE: 6 }, ResultCode.Invalid_parameter, 'SIGNATURE_TYPE'],
    [{ SIGNATURE_TYPE: '1' }, ResultCode.Invalid_parameter, 'SIGNATURE_TYPE'],
    [{ PRIORITY: '0' }, ResultCode.Invalid_parameter, 'PRIORITY'],
    [{ PRIORITY: -1 }, ResultCode.Invalid_parameter, 'PRIORITY'],
    [{ CUSTOMER_BODY: 'x' }, ResultCode.Invalid_parameter, 'CUSTOMER_BODY'],
    [{ CUSTOMER_BODY: { a: 'x'.repeat(248) } }, ResultCode.Invalid_parameter, 'CUSTOMER_BODY'],
    [{ SMS_CONTENT: 5 }, ResultCode.Invalid_parameter, 'SMS_CONTENT'],
    [{ SMS_CONTENT: '' }, ResultCode.Invalid_context, 'SMS_CONTENT'],
    [{ SMS_CONTENT: undefined }, ResultCode.Invalid_context, 'SMS_CONTENT'],
  ])('is at fault with %j', (changes, resultCode, member) => {
    expect(fault(changes)).toMatchObject({ resultCode, detail: expect.stringContaining(member) });
  });

  it('keeps CUSTOMER_BODY as the text that it is, and measures that', () => {
    const body = `{ "10":1.0, "9":"${'x'.repeat(236)}" }`;
    const packet = (customerBody: string): Buffer =>
      Buffer.from(`{"CUSTOMER_BODY":${customerBody},${JSON.stringify(SEND).slice(1)}`);
    const read = SendRequestPacket.read({ ...SEND, CUSTOMER_BODY: JSON.parse(body) as unknown });
    expect(read.wellFormed(packet(body)).customerBody).toBe(body.replaceAll(' ', ''));
    const twice = body.replace('"10"', '"10":2,"10"');
    expect(faultIn(() => read.wellFormed(packet(twice)))?.resultCode).toBe(ResultCode.Invalid_parameter);
  });

  it.each([[undefined], [''], [5], ['x'.repeat(129)], ['é']])('faults on AUTH_KEY %j at once', (key) => {
    const thrown = faultIn(() => SendRequestPacket.read({ ...SEND, AUTH_KEY: key, VERSION: null }));
    expect(thrown).toMatchObject({
      resultCode: ResultCode.Invalid_parameter,
      detail: expect.stringContaining('AUTH_KEY'),
    });
  });

  it('is judged VERSION first, then parameters in their order, then content', () => {
    const all = { VERSION: 'no', ROUTE_ID: '', PRIORITY: 'x', SMS_CONTENT: '' };
    expect(fault(all)?.resultCode).toBe(ResultCode.Invalid_Version);
    expect(fault({ ...all, VERSION: SEND.VERSION })?.detail).toMatch(/^ROUTE_ID/);
    expect(fault({ ...all, VERSION: SEND.VERSION, ROUTE_ID: 'x' })?.detail).toMatch(/^PRIORITY/);
    expect(fault({ CUSTOMER_BODY: { a: 'x'.repeat(248) }, SMS_CONTENT: '' })?.detail).toMatch(/^CUSTOMER_BODY/);
    expect(fault({ SMS_CONTENT: '' })?.resultCode).toBe(ResultCode.Invalid_context);
  });
});

describe('a report (protocol.md 7)', () => {
  it('is read, one object for a list of one', () => {
    const [entry] = REPORT.SMS_RESULT_LIST;
    expect(readReportRequest({ ...REPORT, SMS_RESULT_LIST: entry })).toEqual(REPORT);
    expect(readReportRequest({ ...REPORT, SMS_UID: 12345 }).SMS_UID).toBe('12345');
  });

  it.each([
    [{ SOURCE_MSISDN: null }],
    [{ CUSTOMER_BODY: 'foreign' }],
    [{ CUSTOMER_BODY: { b: 1 } }],
    [{ SMS_RESULT_LIST: ['judged', 'alone'] }],
    [{ REPORT_TIME: 'no time' }],
    [{ TIME: null }],
  ])('is taken with %j', (changes) =>
    expect(faultIn(() => readReportRequest({ ...REPORT, ...changes }))).toBeUndefined(),
  );

  it.each([
    [{ SMS_UID: '' }],
    [{ SMS_UID: 'x'.repeat(33) }],
    [{ SMS_UID: 'é' }],
    [{ SMS_UID: {} }],
    [{ SOURCE_MSISDN: 'x'.repeat(33) }],
    [{ SMS_RESULT_LIST: [] }],
    [{ SMS_RESULT_LIST: 5 }],
    [{ SMS_RESULT_LIST: undefined }],
    [{ REPORT_TIME: 5 }],
    [{ REPORT_TIME: 'x'.repeat(33) }],
    [{ CUSTOMER_BODY: { a: 'x'.repeat(255) } }],
    [{ TIME: 'x' }],
  ])('is unreadable with %j', (changes) => {
    const fault = faultIn(() => readReportRequest({ ...REPORT, ...changes }));
    expect(fault).toMatchObject({
      resultCode: ResultCode.Invalid_parameter,
      detail: expect.stringContaining(Object.keys(changes)[0] ?? ''),
    });
  });

  it('tells its time where it is readable', () => {
    const at = (REPORT_TIME?: string) => reportTimeOf(readReportRequest({ ...REPORT, REPORT_TIME }));
    expect(at('2021-01-01 08:00:00')).toBe(Date.UTC(2021, 0, 1));
    expect(at('soon')).toBeUndefined();
    expect(at()).toBeUndefined();
  });
});

describe('the rules of a packet', () => {
  it('are the same to class-validator and to the quick look', () => {
    const value = fc.oneof(
      fc.jsonValue({ maxDepth: 1 }),
      fc.constant(undefined),
      fc.nat(7),
      fc.string({ maxLength: 40 }),
    );
    const members = Object.keys({ ...SEND, ...REPORT, TIME: 0, PRIORITY: 0, SIGNATURE_TYPE: 0, ORIGINAL_ADDR: 0 });
    const changes = fc.dictionary(fc.constantFrom(...members), value, { maxKeys: 3 });
    fc.assert(
      fc.property(changes, (changed) => {
        const dtos = [
          Object.assign(new SendRequestDto(), SEND, changed),
          Object.assign(new ReportRequestDto(), REPORT, changed),
        ];
        for (const dto of dtos) expect(keepsAllRules(dto)).toBe(validateSync(dto).length === 0);
      }),
    );
  });
});

describe('an ANSWER', () => {
  const METHOD = 'SMS_SEND_REQUEST';
  const head = { METHOD, TYPE: 'ANSWER', SERIAL: 3, RESULT_CODE: 1 };
  const read = (packet: unknown, method: 'SMS_SEND_REQUEST' | 'SMS_PUSH_REPORT' = METHOD) =>
    readAnswer(Buffer.from(JSON.stringify(packet)), method);
  const entry = { COUNTRY_CODE: 852, DEST_MSISDN: '1', SMS_UID: 'U', RESULT_CODE: 1, RESULT_DESC: 'OK' };

  it('P2-NUMBER-2, P4-CLIENT-2 is read, numeric texts as numbers, the misprint put right', () => {
    const list = [{ ...entry, COUNTRY_CODE: '852', DEST_MSISDN: 1, RESULT_CODE: '1' }];
    expect(read({ ...head, METHOD: ` ${METHOD}`, SERIAL: '3', RESULT_CODE: '16777229', DETAIL_LIST: list })).toEqual({
      serial: 3,
      resultCode: ResultCode.Empty_packet,
      resultDesc: '',
      entries: [{ countryCode: 852, msisdn: '1', smsUid: 'U', resultCode: 1, resultDesc: 'OK' }],
      unreadable: 0,
    });
  });

  it('P3-ANSWER-9 keeps the readable entries and counts the others', () => {
    const list = [entry, { ...entry, RESULT_CODE: 'x' }, { ...entry, SMS_UID: 'é' }];
    expect(read({ ...head, DETAIL_LIST: list })).toMatchObject({
      entries: [{ smsUid: 'U' }, { smsUid: undefined }],
      unreadable: 1,
    });
    expect(read({ ...head, DETAIL_LIST: entry })).toMatchObject({ entries: [{ smsUid: 'U' }] });
    expect(read({ ...head, DETAIL_LIST: null })).toMatchObject({ entries: [] });
  });

  it.each([
    [null],
    [[]],
    [{}],
    [{ ...head, TYPE: 'REQUEST' }],
    [{ ...head, METHOD: 'SMS_PUSH_REPORT' }],
    [{ ...head, RESULT_CODE: undefined }],
    [{ ...head, RESULT_CODE: 'OK' }],
    [{ ...head, DETAIL_LIST: 'x' }],
    [{ ...head, DETAIL_LIST: [5] }],
    [{ ...head, DETAIL_LIST: Array.from({ length: 201 }, () => entry) }],
  ])('is none: %j', (packet) => expect(typeof read(packet)).toBe('string'));

  it('is none: bytes that are no JSON', () => {
    for (const bytes of ['', '<html>', '[', Buffer.from([0xff]), '['.repeat(100_000)]) {
      expect(typeof readAnswer(Buffer.from(bytes), METHOD)).toBe('string');
    }
  });

  it('to a report needs METHOD, TYPE and RESULT_CODE alone', () => {
    expect(read({ METHOD: 'SMS_PUSH_REPORT', TYPE: 'ANSWER', RESULT_CODE: 1 }, 'SMS_PUSH_REPORT')).toEqual({
      serial: undefined,
      resultCode: 1,
      resultDesc: '',
      entries: [],
      unreadable: 0,
    });
  });

  it('is written as it is read, its RESULT_DESC printable ASCII of 127 characters', () => {
    const text = answerText(
      { METHOD, SERIAL: 5, TIME: '2021-01-01 00:00:00' },
      { RESULT_CODE: 2, RESULT_DESC: `é"${'x'.repeat(200)}`, DETAIL_LIST: [entry] },
    );
    expect(JSON.parse(text)).toEqual({
      METHOD,
      TYPE: 'ANSWER',
      SERIAL: 5,
      TIME: '2021-01-01 00:00:00',
      RESULT_CODE: 2,
      RESULT_DESC: `?"${'x'.repeat(125)}`,
      DETAIL_LIST: [entry],
    });
  });

  it('P1-BUSY-1 to an error carries its code', () => {
    const of = (kind: 'overload' | 'unavailable' | 'internal') => new ApplicationError(kind, 'x', 'x');
    expect(resultCodeOf(new UipFault(ResultCode.Unpriced_area))).toBe(ResultCode.Unpriced_area);
    expect(resultCodeOf(of('overload'))).toBe(ResultCode.Busy);
    expect(resultCodeOf(of('unavailable'))).toBe(ResultCode.Unknown_error);
    expect(resultCodeOf(of('unavailable'), { unavailable: ResultCode.DB_not_find })).toBe(ResultCode.DB_not_find);
    expect(resultCodeOf('thrown')).toBe(ResultCode.Unknown_error);
    expect(resultCodeOf(of('internal'), { unexpected: ResultCode.DB_not_find })).toBe(ResultCode.DB_not_find);
    expect(faultAnswer(METHOD, 2, 'x')).toEqual({ RESULT_CODE: 2, RESULT_DESC: 'Unknown_error: x', DETAIL_LIST: [] });
    expect(faultAnswer('SMS_PUSH_REPORT', 2)).toEqual({ RESULT_CODE: 2, RESULT_DESC: 'Unknown_error' });
  });
});
