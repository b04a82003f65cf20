import * as fc from 'fast-check';
import { MAX_BODY_BYTES, MAX_JSON_DEPTH, readEnvelope } from './envelope.js';
import { exceedsDepth } from './json-depth.js';
import { ResultCode } from './result-code.js';

const METHOD = 'SMS_SEND_REQUEST';
const HEAD = { METHOD, TYPE: 'REQUEST', SERIAL: 7 };
const read = (body: unknown) => readEnvelope(Buffer.from(JSON.stringify(body)), METHOD);
const readRaw = (body: string | Buffer) => readEnvelope(Buffer.from(body), METHOD);

describe('the checks that precede METHOD (protocol.md 4)', () => {
  it('pass a packet on, unknown members and all', () => {
    expect(read({ ...HEAD, REPEAT: 0 })).toEqual({ kind: 'request', packet: { ...HEAD, REPEAT: 0 }, serial: 7 });
    expect(read({ ...HEAD, METHOD: ` ${METHOD} `, TYPE: '\tREQUEST ' })).toMatchObject({ kind: 'request' });
    expect(readRaw(`\uFEFF${JSON.stringify(HEAD)}`)).toMatchObject({ kind: 'request' });
  });

  it('refuse what is too large before anything else', () => {
    expect(readRaw(Buffer.alloc(MAX_BODY_BYTES + 1))).toEqual({ kind: 'too_large' });
    expect(readRaw(Buffer.alloc(MAX_BODY_BYTES, 0x20))).toMatchObject({ resultCode: ResultCode.Empty_data });
  });

  it.each<[string, string | Buffer, number, number]>([
    ['no bytes', '', ResultCode.Empty_data, 1],
    ['white space', ' \r\n\t', ResultCode.Empty_data, 1],
    ['no JSON', 'METHOD=x', ResultCode.Invalid_context, 1],
    ['half a JSON', '{"METHOD":', ResultCode.Invalid_context, 1],
    ['no UTF-8', Buffer.from([0x7b, 0xff, 0x7d]), ResultCode.Invalid_context, 1],
    ['a byte order mark alone', '\uFEFF', ResultCode.Empty_data, 1],
    ['an object without members', '{}', ResultCode.Empty_packet, 1],
    ['a list', '[]', ResultCode.Empty_packet, 1],
    ['a list of a packet', JSON.stringify([HEAD]), ResultCode.Empty_packet, 1],
    ['null', 'null', ResultCode.Empty_packet, 1],
    ['a number', '5', ResultCode.Empty_packet, 1],
    ['a text', '"METHOD"', ResultCode.Empty_packet, 1],
    ['unknown members', '{"method":"SMS_SEND_REQUEST","__proto__":{"METHOD":1}}', ResultCode.Empty_packet, 1],
    ['one known member', '{"AUTH_KEY":null}', ResultCode.Lost_info, 1],
    ['no METHOD', '{"TYPE":"REQUEST","SERIAL":7}', ResultCode.Lost_info, 7],
    ['METHOD null', JSON.stringify({ ...HEAD, METHOD: null }), ResultCode.Lost_info, 7],
    ['METHOD blank', JSON.stringify({ ...HEAD, METHOD: ' ' }), ResultCode.Lost_info, 7],
    ['TYPE empty', JSON.stringify({ ...HEAD, TYPE: '' }), ResultCode.Lost_info, 7],
    ['no SERIAL', JSON.stringify({ ...HEAD, SERIAL: null }), ResultCode.Lost_info, 1],
    ['Lost_info before a wrong value', '{"METHOD":"NO","SERIAL":"x"}', ResultCode.Lost_info, 1],
    ['an unknown METHOD', JSON.stringify({ ...HEAD, METHOD: 'NO' }), ResultCode.Invalid_parameter, 7],
    ['METHOD a number', JSON.stringify({ ...HEAD, METHOD: 5 }), ResultCode.Invalid_parameter, 7],
    ['the other METHOD', JSON.stringify({ ...HEAD, METHOD: 'SMS_PUSH_REPORT' }), ResultCode.Invalid_parameter, 7],
    ['an ANSWER', JSON.stringify({ ...HEAD, TYPE: 'ANSWER' }), ResultCode.Invalid_parameter, 7],
    ['SERIAL a text', JSON.stringify({ ...HEAD, SERIAL: '7' }), ResultCode.Invalid_parameter, 1],
    ['SERIAL 0', JSON.stringify({ ...HEAD, SERIAL: 0 }), ResultCode.Invalid_parameter, 1],
    ['SERIAL 65536', JSON.stringify({ ...HEAD, SERIAL: 65_536 }), ResultCode.Invalid_parameter, 1],
  ])('find %s', (_name, body, resultCode, serial) => {
    expect(readRaw(body)).toMatchObject({ kind: 'fault', resultCode, serial });
  });

  it('refuse what nests too deep, and take a legal CUSTOMER_BODY', () => {
    const nested = (depth: number): string => `${'['.repeat(depth)}${']'.repeat(depth)}`;
    const packet = (body: string): string =>
      `{"METHOD":"${METHOD}","TYPE":"REQUEST","SERIAL":1,"CUSTOMER_BODY":${body}}`;
    expect(readRaw(packet(`{"a":${nested(124)}}`))).toMatchObject({ kind: 'request' });
    expect(readRaw(packet(nested(MAX_JSON_DEPTH)))).toMatchObject({ resultCode: ResultCode.Invalid_context });
    expect(readRaw(nested(100_000))).toMatchObject({ resultCode: ResultCode.Invalid_context });
    expect(readRaw('['.repeat(200_000))).toMatchObject({ resultCode: ResultCode.Invalid_context });
  });

  it('say something about any bytes at all', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => expect(readRaw(Buffer.from(bytes)).kind).toBe('fault')),
    );
    fc.assert(fc.property(fc.json(), (text) => expect(readRaw(text).kind).toBe('fault')));
  });
});

describe('the depth of a JSON text', () => {
  const depthOf = (value: unknown): number =>
    typeof value === 'object' && value !== null ? 1 + Math.max(0, ...Object.values(value).map(depthOf)) : 0;

  it('is decided as if the text had been parsed', () => {
    const limit = fc.nat(6);
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 6 }), limit, (value, most) => {
        expect(exceedsDepth(JSON.stringify(value), most)).toBe(depthOf(value) > most);
      }),
    );
  });

  it('does not count brackets in texts', () => {
    expect(exceedsDepth(JSON.stringify({ text: '[[[{{{"[[[' }), 1)).toBe(false);
    expect(exceedsDepth(JSON.stringify(['\\', '"[', '[[']), 1)).toBe(false);
  });
});
