import { eventually } from './eventually.js';
import type { TestPlatform } from './platform.js';
import type { SendAnswer } from './uip-client.js';

/** RESULT_CODE as protocol.md 4 prints it: written down here once more, since a black box trusts no constant of the program. */
export const CODE = {
  OK: 0x01,
  Unknown_error: 0x02,
  Busy: 0x03,
  Empty_data: 0x04,
  Channel_not_exist: 0x05,
  Invalid_parameter: 0x10000001,
  Invalid_context: 0x10000003,
  Send_failed: 0x10000004,
  Queue_too_large: 0x10000005,
  Intercept: 0x10000006,
  Lost_info: 0x10000007,
  Empty_packet: 0x1000000d,
  DB_not_find: 0x1000000e,
  Unpriced_area: 0x1000000f,
  Invalid_Version: 0x10000010,
} as const;

/** A list of one number. */
export function to(countryCode: unknown, msisdn: unknown): { MULTI_MSISDN_LIST: object[] } {
  return { MULTI_MSISDN_LIST: [{ COUNTRY_CODE: countryCode, DEST_MSISDN: msisdn }] };
}

/** So many Hong Kong numbers, each another. */
export function hongKong(count: number, from = 60_000_011): { COUNTRY_CODE: number; DEST_MSISDN: string }[] {
  return Array.from({ length: count }, (_, index) => ({ COUNTRY_CODE: 852, DEST_MSISDN: String(from + index) }));
}

/** The codes of the entries of DETAIL_LIST, in their order. */
export function codesOf(answer: SendAnswer): number[] {
  return answer.DETAIL_LIST.map(({ RESULT_CODE }) => RESULT_CODE);
}

/** Sends a text, whatever it is, and reads the ANSWER to it. */
export async function answerTo(platform: TestPlatform, body: string | Buffer): Promise<SendAnswer> {
  const reply = await platform.client.post(body);
  expect(reply.status).toBe(200);
  return JSON.parse(reply.text) as SendAnswer;
}

/** An SMS as a simulated handset shows it. */
export interface InboxItem {
  readonly smsUid: string;
  readonly from: string;
  readonly to: string;
  readonly text: string;
  readonly encoding: string;
  readonly segments: readonly string[];
}

/** What a handset has received of one SMS, once it has. */
export function received(platform: TestPlatform, number: string, uid: string): Promise<InboxItem> {
  return eventually(async () => {
    const { body } = await platform.admin(`GET /admin/v1/inbox?number=${number}`);
    const item = (body as { items: InboxItem[] }).items.find(({ smsUid }) => smsUid === uid);
    if (item === undefined) throw new Error('the handset has not received it yet');
    return item;
  });
}

/** What an account's balance falls by while something is done, in 10^-8 of the currency unit. */
export async function spentBy(platform: TestPlatform, work: () => Promise<unknown>, account = 'demo'): Promise<bigint> {
  const before = units(await platform.balanceOf(account));
  await work();
  return before - units(await platform.balanceOf(account));
}

/** A decimal string in 10^-8 of the unit. */
export function units(amount: string): bigint {
  const [whole = '0', fraction = ''] = amount.split('.');
  return BigInt(whole + fraction.padEnd(8, '0'));
}
