import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { Agent, request } from 'undici';

import { parseCustomerBody } from '../../src/uip/domain/customer-body.js';
import { formatUipTime } from '../../src/uip/domain/uip-time.js';
import type { CallerTls } from './uip-caller.js';
import {
  answer,
  BUSY,
  hash,
  isCut,
  type Mood,
  moodOf,
  numberOf,
  OK,
  partly,
  type Plan,
  planOf,
  type Entry,
  recipientOf,
  type SendRequest,
  UNPRICED,
} from './hostile-mood.js';
import { Hold, type TakenSms, type Witness } from './hostile-witness.js';
import { SeededRandom } from './seeded-random.js';

interface Report {
  readonly sms: TakenSms;
  readonly state: number;
  readonly body: unknown;
}

/** What is to become of a packet. */
interface Fate {
  readonly attemptId: string;
  readonly mood: Mood;
  readonly plan: Plan | undefined;
  readonly hold: Hold | undefined;
}

const DELIVERED = 2;
const ENROUTE = 1;
/** Milliseconds for which an early report may take to be looked at: well within the patience of a client. */
const EARLY = 3_000;

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
  /** ANSWERs that were sent whole, as they left. */
  readonly answers: string[] = [];
  /** Packets so far. */
  packets = 0;
  private readonly seen = new Set<string>();
  /** How many packets came, by what is in them. */
  private readonly repeats = new Map<string, number>();
  private readonly holds = new Set<Hold>();
  /** Reports that wait until nothing is left that could be sent again without them. */
  private readonly withheld: Report[] = [];
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
    for (const hold of this.holds) hold.release();
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
    await Promise.all(this.pushing);
    await this.agent.destroy();
  }

  /** Reports that are not answered yet. */
  get waitingReports(): number {
    return this.reports.length + this.withheld.length;
  }

  /** Takes the next bait of this client, and does not answer it before it is told to. */
  hold(authKey: string): Hold {
    const hold = new Hold(authKey);
    this.holds.add(hold);
    return hold;
  }

  /** Lets those reports go that were to come after every repetition. */
  releaseReports(): void {
    this.reports.push(...this.withheld.splice(0));
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
    try {
      const chunks: Buffer[] = [];
      for await (const chunk of incoming) chunks.push(chunk as Buffer);
      await this.treat(JSON.parse(Buffer.concat(chunks).toString('utf8')) as SendRequest, outgoing);
    } catch (error) {
      // A client that dies in the middle of a packet has not sent it.
      if (incoming.complete) this.faults.push(`a packet could not be treated: ${String(error)}`);
      outgoing.destroy();
    }
  }

  private async treat(packet: SendRequest, outgoing: http.ServerResponse): Promise<void> {
    this.packets += 1;
    const plan = planOf(packet.MULTI_MSISDN_LIST.map(numberOf)[0]);
    const content = JSON.stringify(packet.MULTI_MSISDN_LIST);
    const times = this.repeats.get(content) ?? 0;
    this.repeats.set(content, times + 1);
    const random = new SeededRandom(this.seed ^ hash(content) ^ (times * 7919));
    const attemptId = await this.inspect(packet);
    const mood = moodOf(plan, times, random);
    const hold = plan === 'bait' ? [...this.holds].find(({ authKey }) => authKey === packet.AUTH_KEY) : undefined;
    if (isCut(mood) || hold !== undefined) this.cut.add(attemptId);
    if (mood === 'cut_unread') outgoing.destroy();
    else if (mood === 'unavailable') outgoing.writeHead(503).end('<html>busy</html>');
    else if (mood === 'busy') this.say(outgoing, answer(packet, BUSY, []));
    else {
      const entries = this.take(packet, { attemptId, mood, plan, hold }, random);
      if (plan === 'early') await this.reportEarly(entries.map(({ uid }) => uid));
      else await delay(random.below(150));
      if (hold !== undefined) await this.untilReleased(hold);
      await this.answer(packet, mood, entries, random, outgoing);
    }
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

  private take(packet: SendRequest, fate: Fate, random: SeededRandom): Entry[] {
    const { attemptId, mood } = fate;
    const entries = packet.MULTI_MSISDN_LIST.map((recipient, index) => {
      const code =
        mood === 'some_busy' && random.next() < 0.4 ? BUSY : mood === 'refused' && index === 0 ? UNPRICED : OK;
      return { recipient, uid: this.uid(random), code };
    });
    for (const { recipient, uid, code } of entries) {
      if (code !== OK) continue;
      const sms = { uid, number: numberOf(recipient), attemptId };
      this.taken.push(sms);
      this.plan(sms, packet.CUSTOMER_BODY, fate, random);
    }
    return entries;
  }

  /** Some reports overtake the ANSWER. */
  private plan(sms: TakenSms, body: unknown, { mood, plan, hold }: Fate, random: SeededRandom): void {
    // Only where the client learns the UID from the ANSWER can a report do without what was sent with it.
    const told = plan === 'early' || (hold === undefined && mood === 'fair' && random.next() < 0.3) ? undefined : body;
    if (told === undefined) this.bare.set(sms.uid, { sms, body });
    const reports = [{ sms, state: DELIVERED, body: told }];
    if (random.next() < 0.3) reports.unshift({ sms, state: ENROUTE, body: told });
    if (random.next() < 0.1) reports.push({ sms, state: DELIVERED, body: told });
    if (random.next() < 0.2) reports.reverse();
    if (plan === 'cut' || hold !== undefined) this.withheld.push(...reports);
    else if (plan === 'early' || random.next() < 0.3) this.reports.push(...reports);
    else setTimeout(() => this.reports.push(...reports), random.below(400));
  }

  /** Waits until the client has looked at a report whose SMS_UID it can't know yet. */
  private async reportEarly(uids: readonly string[]): Promise<void> {
    const deadline = performance.now() + EARLY;
    for (const uid of uids) {
      while (performance.now() < deadline && !(await this.witness.reportIsLookedAt(uid))) await delay(10);
    }
  }

  private async untilReleased(hold: Hold): Promise<void> {
    this.holds.delete(hold);
    hold.isTaken = true;
    await hold.released;
  }

  private say(outgoing: http.ServerResponse, text: string): void {
    this.answers.push(text);
    outgoing.end(text);
  }

  private async answer(
    packet: SendRequest,
    mood: Mood,
    entries: readonly Entry[],
    random: SeededRandom,
    outgoing: http.ServerResponse,
  ): Promise<void> {
    if (mood === 'cut_taken') outgoing.destroy();
    else if (mood === 'garbled') outgoing.end('<html>OK</html>');
    else if (mood === 'other_serial') outgoing.end(answer({ ...packet, SERIAL: packet.SERIAL + 1 }, OK, entries));
    else if (mood === 'partial') outgoing.end(answer(packet, OK, partly(entries, random)));
    else {
      if (mood === 'late') await delay(this.patience * 1.3);
      const code = entries.find(({ code }) => code === OK)?.code ?? entries[0]?.code ?? BUSY;
      this.say(outgoing, answer(packet, code, entries));
    }
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
