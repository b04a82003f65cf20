import { compare, type Money, parseMoney, subtract } from '../../src/billing/domain/money.js';
import type { GatewayClient } from '../sandbox/gateway-client.js';
import type { PlatformClient } from '../sandbox/platform-client.js';
import { isSettled, type Outcome, totalOf } from './outcome.js';
import type { Result } from './run.js';

/** Shipments of more numbers than this are not asked for one by one. */
const FEW = 10;
/** Of what is wrong, as much is told. */
const MOST_TOLD = 5;

/** Whether the demonstration showed what it is to show, in words. */
export interface Check {
  readonly passed: boolean;
  readonly text: string;
}

/** The account of the sandbox file. */
export const ACCOUNT = 'demo';

/** Holds the results against what the numbers stand for, against the handsets and against the platform's books. */
export async function checkAll(
  results: readonly Result[],
  gateway: GatewayClient,
  platform: PlatformClient,
  balanceBefore: Money,
): Promise<Check[]> {
  return [
    checkStates(results),
    await checkWays(results, gateway),
    await checkHandsets(results, platform),
    await checkBooks(results, platform, balanceBefore),
  ];
}

function checkStates(results: readonly Result[]): Check {
  const wrong = results.flatMap(({ shipment: { name, expected, request }, outcomes }) => [
    ...outcomes
      .filter((outcome) => !isSettled(outcome, expected))
      .map(({ to, status, reason }) => `${name} ${to}: ${reason ?? status} instead of ${expected.status}`),
    ...(outcomes.length === request.to.length ? [] : [`${name}: ${outcomes.length} of ${request.to.length} are there`]),
  ]);
  return verdict('every SMS is in the state that its number stands for', wrong);
}

async function checkWays(results: readonly Result[], gateway: GatewayClient): Promise<Check> {
  const wrong: string[] = [];
  for (const { shipment, outcomes } of results) {
    const { through } = shipment.expected;
    if (through === undefined) continue;
    for (const { id, to } of outcomes) {
      const { events } = await gateway.message(id);
      if (!events.some(({ status }) => status === through)) wrong.push(`${shipment.name} ${to}: never ${through}`);
    }
  }
  return verdict('what was in doubt, or expired, went that way and was put right by its report', wrong);
}

async function checkHandsets(results: readonly Result[], platform: PlatformClient): Promise<Check> {
  const wrong: string[] = [];
  for (const { shipment, outcomes } of results) {
    if (outcomes.length > FEW) continue;
    for (const { to } of outcomes) {
      const { length } = await platform.inbox(to);
      if (length !== shipment.expected.received) wrong.push(`${shipment.name} ${to}: received ${length} times`);
    }
  }
  return verdict('no handset received anything twice', wrong);
}

async function checkBooks(results: readonly Result[], platform: PlatformClient, before: Money): Promise<Check> {
  const ours = totalOf(results.flatMap<Outcome>(({ outcomes }) => outcomes)).cost;
  const theirs = subtract(before, parseMoney(await platform.balance(ACCOUNT)));
  const wrong = compare(ours, theirs) === 0 ? [] : ['the costs of the messages and the charges of the platform differ'];
  return verdict("the gateway's costs equal the platform's charges", wrong);
}

function verdict(text: string, wrong: readonly string[]): Check {
  if (wrong.length === 0) return { passed: true, text };
  const more = wrong.length > MOST_TOLD ? [`and ${wrong.length - MOST_TOLD} more`] : [];
  return { passed: false, text: [`not so: ${text}`, ...wrong.slice(0, MOST_TOLD), ...more].join('\n      ') };
}
