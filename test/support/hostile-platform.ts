import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { Agent, request } from 'undici';

import { parseCustomerBody } from '../../src/uip/domain/customer-body.js';
import { formatUipTime } from '../../src/uip/domain/uip-time.js';
import type { CallerTls } from './uip-caller.js';
import { SeededRandom } from './seeded-random.js';

/** What the platform does to a packet. */
type Mood =
  | 'fair'
  | 'cut_unread' // the connection ends, nothing was taken
  | 'cut_taken' // all was taken, the connection ends without an ANSWER
  | 'late' // all was taken, the ANSWER comes after the client's patience
  | 'garbled' // all was taken, the ANSWER is none
  | 'other_serial' // all was taken, the ANSWER is another packet's
  | 'partial' // all was taken, DETAIL_LIST lacks some entries and has others twice
  | 'busy' // nothing was taken, try again later
  | 'some_busy' // some were taken, the others are to be tried later
  | 'unavailable' // HTTP 503, nothing was taken
  | 'refused'; // the first number is refused for good

const WEIGHTS: Readonly<Record<Mood, number>> = {
  fair: 66,
  cut_unread: 4,
  cut_taken: 5,
  late: 3,
  garbled: 3,
  other_serial: 3,
  partial: 4,
  busy: 4,
  some_busy: 4,
  unavailable: 2,
  refused: 2,
};

/** Moods after which a client can't know what became of some of the numbers. */
const CUTS: ReadonlySet<Mood> = new Set([
  'cut_unread',
  'cut_taken',
  'late',
  'garbled',
  'other_serial',
  'partial',
  'unavailable',
]);

interface Recipient {
  readonly COUNTRY_CODE: number;
  readonly DEST_MSISDN: string;
}

interface SendRequest {
  readonly SERIAL: number;
  readonly MULTI_MSISDN_LIST: readonly Recipient[];
  readonly CUSTOMER_BODY: unknown;
}

/** An SMS that was taken, and is charged. */
export interface TakenSms {
  readonly uid: string;
  readonly number: string;
  readonly attemptId: string;
}

/** Looks, from the platform's side, at what the client should have committed by now. */
export interface Witness {
  /** Right when a packet arrives: whether its attempt is committed. */
  attemptIsCommitted(attemptId: string): Promise<boolean>;
  /** Right when a report is answered: whether it is stored. */
  reportIsStored(uid: string): Promise<boolean>;
}

interface Report {
  readonly sms: TakenSms;
  readonly state: number;
  readonly body: unknown;
}

const BUSY = 3;
const UNPRICED = 0x1000000f;
const DELIVERED = 2;
const ENROUTE = 1;

/**
 * A platform of the tests' own: it takes, cuts, delays, garbles, answers partly and refuses for later, at random and seeded,
 * and keeps its own record of what it took and of what it found wrong.
 */
export class HostilePlatform {
  /** All that was taken, in that order. */
  readonly taken: TakenSms[] = [];
  /** Attempts that were not answered fairly. */
  readonly cut = new Set<string>();
  /** What no client may do. */
  readonly faults: string[] = [];
  /** SMS whose reports carried no CUSTOMER_BODY, by UID, with the one that they had. */
  private readonly bare = new Map<string, { readonly sms: TakenSms; readonly body: unknown }>();
  /** Packets so far. */
  packets = 0;
  /** Packets that were taken and are not answered yet. */
  open = 0;
  private readonly seen = new Set<string>();
  private readonly server = http.createServer((incoming, outgoing) => void this.receive(incoming, outgoing));
  private readonly agent: Agent;
  private readonly reports: Report[] = [];
  private readonly pushing: Promise<void>[] = [];
  private stopped = false;
  private serial = 0;

  constructor(
    private readonly seed: number,
    private readonly callback: { readonly url: string; readonly tls: CallerTls },
    private readonly witness: Witness,
    /** Milliseconds after which the client has lost patience. */
    private readonly patience: number,
  ) {
    this.agent = new Agent({ connections: 8, connect: { ...callback.tls } });
  }

  /** @returns the URL that sends go to */
  async start(): Promise<string> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    for (let pusher = 0; pusher < 4; pusher += 1) this.pushing.push(this.push());
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/dave/io`;
  }

  async stop(): Promise<void> {
    this.stopped = true;
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
    await Promise.all(this.pushing);
    await this.agent.destroy();
  }

  /** Reports that are not answered yet. */
  get waitingReports(): number {
    return this.reports.length;
  }

  /** UIDs that were reported without CUSTOMER_BODY so far. */
  get bareUids(): string[] {
    return [...this.bare.keys()];
  }

  /** Reports once more, with CUSTOMER_BODY: for a client that never got to read these UIDs. */
  remind(uids: readonly string[]): void {
    for (const uid of uids) {
      const report = this.bare.get(uid);
      this.bare.delete(uid);
      if (report !== undefined) this.reports.push({ ...report, state: DELIVERED });
    }
  }

  private async receive(incoming: http.IncomingMessage, outgoing: http.ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    // A client that dies in the middle of a packet has not sent it.
    for await (const chunk of incoming) chunks.push(chunk as Buffer);
    try {
      await this.treat(JSON.parse(Buffer.concat(chunks).toString('utf8')) as SendRequest, outgoing);
    } catch (error) {
      this.faults.push(`a packet could not be treated: ${String(error)}`);
      outgoing.destroy();
    }
  }

  private async treat(packet: SendRequest, outgoing: http.ServerResponse): Promise<void> {
    this.packets += 1;
    const random = new SeededRandom(this.seed ^ hash(JSON.stringify(packet.MULTI_MSISDN_LIST)) ^ (this.packets * 7919));
    const attemptId = await this.inspect(packet);
    const mood = random.pick(WEIGHTS);
    if (CUTS.has(mood)) this.cut.add(attemptId);
    if (mood === 'cut_unread') outgoing.destroy();
    else if (mood === 'unavailable') outgoing.writeHead(503).end('<html>busy</html>');
    else if (mood === 'busy') outgoing.end(answer(packet, BUSY, []));
    else await this.take(packet, attemptId, mood, random, outgoing);
  }

  /** Holds a packet against what no client may do. */
  private async inspect(packet: SendRequest): Promise<string> {
    const correlation = parseCustomerBody(packet.CUSTOMER_BODY);
    const attemptId = correlation.kind === 'ours' ? correlation.attemptId : '';
    const numbers = packet.MULTI_MSISDN_LIST.map(numberOf);
    if (new Set(numbers).size < numbers.length) this.faults.push('a number stands twice in a packet');
    if (this.seen.has(attemptId)) this.faults.push('an attempt was made twice');
    this.seen.add(attemptId);
    if (!(await this.witness.attemptIsCommitted(attemptId)))
      this.faults.push('bytes left before their intent was committed');
    return attemptId;
  }

  private async take(
    packet: SendRequest,
    attemptId: string,
    mood: Mood,
    random: SeededRandom,
    outgoing: http.ServerResponse,
  ): Promise<void> {
    const entries = packet.MULTI_MSISDN_LIST.map((recipient, index) => {
      const code =
        mood === 'some_busy' && random.next() < 0.4 ? BUSY : mood === 'refused' && index === 0 ? UNPRICED : 1;
      return { recipient, uid: this.uid(random), code };
    });
    for (const { recipient, uid, code } of entries) {
      if (code === 1) this.accept({ uid, number: numberOf(recipient), attemptId }, packet.CUSTOMER_BODY, mood, random);
    }
    // Some reports overtake the ANSWER.
    this.open += 1;
    await delay(random.below(150));
    this.open -= 1;
    if (mood === 'cut_taken') outgoing.destroy();
    else if (mood === 'garbled') outgoing.end('<html>OK</html>');
    else if (mood === 'other_serial') outgoing.end(answer({ ...packet, SERIAL: packet.SERIAL + 1 }, 1, entries));
    else if (mood === 'partial') outgoing.end(answer(packet, 1, partly(entries, random)));
    else {
      if (mood === 'late') await delay(this.patience * 1.3);
      outgoing.end(answer(packet, entries.find(({ code }) => code === 1)?.code ?? entries[0]?.code ?? BUSY, entries));
    }
  }

  private accept(sms: TakenSms, body: unknown, mood: Mood, random: SeededRandom): void {
    this.taken.push(sms);
    const after = random.below(400);
    // Only where the client learns the UID from the ANSWER can a report do without what was sent with it.
    const told = mood === 'fair' && random.next() < 0.3 ? undefined : body;
    if (told === undefined) this.bare.set(sms.uid, { sms, body });
    const reports = [{ sms, state: DELIVERED, body: told }];
    if (random.next() < 0.3) reports.unshift({ sms, state: ENROUTE, body: told });
    if (random.next() < 0.1) reports.push({ sms, state: DELIVERED, body: told });
    if (random.next() < 0.2) reports.reverse();
    if (random.next() < 0.3) this.reports.push(...reports);
    else setTimeout(() => this.reports.push(...reports), after);
  }

  private async push(): Promise<void> {
    while (!this.stopped) {
      const report = this.reports.shift();
      if (report === undefined) await delay(10);
      else if (!(await this.deliver(report))) {
        this.reports.push(report);
        await delay(50);
      }
    }
  }

  /** @returns whether it was answered with 1 */
  private async deliver({ sms, state, body }: Report): Promise<boolean> {
    this.serial = (this.serial % 128) + 1;
    const packet = {
      METHOD: 'SMS_PUSH_REPORT',
      TYPE: 'REQUEST',
      SERIAL: this.serial,
      TIME: formatUipTime(Date.now()),
      SMS_UID: sms.uid,
      SOURCE_MSISDN: 'CloudSMS',
      SMS_RESULT_LIST: [{ ...recipientOf(sms.number), SMS_STATE: state, RESULT_DESC: 'x' }],
      ...(body === undefined ? {} : { CUSTOMER_BODY: body }),
    };
    try {
      const { body: answered } = await request(this.callback.url, {
        method: 'POST',
        dispatcher: this.agent,
        body: JSON.stringify(packet),
      });
      const { RESULT_CODE } = (await answered.json()) as { RESULT_CODE: number };
      if (RESULT_CODE !== 1) return false;
      if (!(await this.witness.reportIsStored(sms.uid))) this.faults.push('a report was answered before it was stored');
      return true;
    } catch {
      return false;
    }
  }

  private uid(random: SeededRandom): string {
    const part = (): string => Math.floor(random.next() * 2 ** 32).toString(16);
    return `${part()}${part()}${this.taken.length}X${this.packets}`.toUpperCase().slice(0, 32);
  }
}

interface Entry {
  readonly recipient: Recipient;
  readonly uid: string;
  readonly code: number;
}

/** Without some entries, and with others twice. */
function partly(entries: readonly Entry[], random: SeededRandom): Entry[] {
  return entries.flatMap((entry) => {
    const dice = random.next();
    return dice < 0.3 ? [] : dice < 0.5 ? [entry, { ...entry, code: BUSY }] : [entry];
  });
}

function answer(packet: SendRequest, code: number, entries: readonly Entry[]): string {
  return JSON.stringify({
    METHOD: 'SMS_SEND_REQUEST',
    TYPE: 'ANSWER',
    SERIAL: packet.SERIAL,
    TIME: formatUipTime(Date.now()),
    RESULT_CODE: code,
    RESULT_DESC: 'x',
    DETAIL_LIST: entries.map(({ recipient, uid, code }) => ({
      ...recipient,
      SMS_UID: uid,
      RESULT_CODE: code,
      RESULT_DESC: 'x',
    })),
  });
}

const numberOf = ({ COUNTRY_CODE, DEST_MSISDN }: Recipient): string => `+${COUNTRY_CODE}${DEST_MSISDN}`;
const recipientOf = (number: string): Recipient => ({ COUNTRY_CODE: 852, DEST_MSISDN: number.slice(4) });

function hash(text: string): number {
  let value = 0;
  for (let index = 0; index < text.length; index += 1) value = (Math.imul(value, 31) + text.charCodeAt(index)) | 0;
  return value;
}
