import { createHash } from 'node:crypto';

import type { Caller } from '../../apps/caller.js';
import { checkSenderAllowed } from '../../apps/domain/app-policy.js';
import type { BulkRow, NewBulk } from '../../database/statements/bulk-job.js';
import { InvalidRequestError } from '../../rest/validation.pipe.js';
import { LANE } from '../accept.service.js';
import { checkSender, composeText, scheduleOf } from '../domain/compose.js';
import { BulkStatus } from '../domain/bulk-status.js';
import { isStorableText } from '../domain/encoding.js';
import { parseTemplate, renderTemplate } from '../domain/template.js';
import type { RouteInfo } from '../routes.js';
import type { BulkQuery } from './bulk.dto.js';
import type { ColumnMapping } from './reading/csv-rows.js';

/** How a bulk's file is to be read. */
export interface FileSettings {
  readonly mapping: ColumnMapping;
  readonly delimiter: string;
}

const DELIMITERS = { comma: ',', semicolon: ';', tab: '\t' } as const;

/** What a bulk is made of besides the query. */
export interface BulkBeginning {
  readonly id: string;
  readonly uploadId: string;
  readonly caller: Caller;
  readonly route: RouteInfo;
  /** With variables. */
  readonly text: string;
  readonly idempotencyKey: string | undefined;
  /** Business time, milliseconds. */
  readonly now: number;
  readonly defaultValidity: number;
}

/**
 * Reads what a request says of a bulk.
 * @throws ApplicationError of `domain/compose.ts` and `domain/template.ts`, `sender_not_allowed` (forbidden)
 */
export function newBulk(query: BulkQuery, beginning: BulkBeginning): NewBulk {
  const { caller, route, text, now } = beginning;
  checkSender(query.from);
  checkSenderAllowed(caller.policy, query.from);
  if (query.signature !== undefined && !isStorableText(query.signature + (query.name ?? '')))
    throw new InvalidRequestError([{ field: 'signature', rule: 'must not contain NUL or half of a surrogate pair' }]);
  const template = parseTemplate(text);
  const shared = template.variables.length === 0;
  const signature = signatureOf(query);
  // A text that is the same for all rows is judged before the first of them is read.
  if (shared)
    composeText(
      renderTemplate(template, () => undefined),
      signature,
    );
  scheduleOf(query, now, beginning.defaultValidity);
  return {
    id: beginning.id,
    appId: caller.appId,
    status: BulkStatus.loading,
    dryRun: query.dryRun ?? false,
    force: query.force ?? false,
    heldStart: query.start === false,
    name: query.name ?? '',
    idempotencyKey: beginning.idempotencyKey ?? null,
    fingerprint: fingerprintOf(query),
    createdAt: now,
    routeId: route.id,
    lane: LANE[query.priority ?? 'normal'],
    currency: route.currency,
    resendOnDoubt: query.onDoubt === 'resend',
    sender: query.from ?? null,
    signature: signature?.text ?? null,
    signatureType: signature?.type ?? null,
    // What all rows share is sent as it stands: its escapes are resolved here.
    text: shared ? renderTemplate(template, () => undefined) : text,
    shared,
    sendAt: query.sendAt === undefined ? null : Date.parse(query.sendAt),
    validUntil: query.validUntil === undefined ? null : Date.parse(query.validUntil),
    settings: JSON.stringify({
      to: query.toColumn ?? 'to',
      variables: (query.columns ?? []).map((pair) => [
        pair.slice(0, pair.indexOf(':')),
        pair.slice(pair.indexOf(':') + 1),
      ]),
      delimiter: DELIMITERS[query.delimiter ?? 'comma'],
    }),
    uploadId: beginning.uploadId,
  };
}

/** What tells a request from another one: all that it says, but for the id of the bulk that it goes on with. */
export function fingerprintOf(query: BulkQuery): Buffer {
  const said = Object.entries(query).filter(([name, value]) => name !== 'id' && value !== undefined);
  return createHash('sha256')
    .update(JSON.stringify(said.sort(([one], [other]) => (one < other ? -1 : 1))))
    .digest();
}

/** How a bulk's file is to be read, as it was stored. */
export function fileSettings({ settings }: Pick<BulkRow, 'settings'>): FileSettings {
  const { to, variables, delimiter } = JSON.parse(settings) as {
    to: string;
    variables: [string, string][];
    delimiter: string;
  };
  return { mapping: { to, variables: new Map(variables) }, delimiter };
}

/** What a file's digest begins with: the same file with another text is another bulk. */
export function digestSeed(
  bulk: Pick<BulkRow, 'text' | 'signature' | 'signature_type' | 'sender' | 'settings'>,
): string {
  return JSON.stringify([bulk.text, bulk.signature, bulk.signature_type, bulk.sender, bulk.settings]);
}

function signatureOf({ signature, signatureType }: BulkQuery): { text: string; type?: number } | undefined {
  if (signature === undefined) return undefined;
  return { text: signature, ...(signatureType === undefined ? {} : { type: signatureType }) };
}
