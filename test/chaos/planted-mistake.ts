import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

/** A mistake that somebody might make, planted into a copy of the built program. */
export interface PlantedMistake {
  readonly name: string;
  /** Built file, below dist/src. */
  readonly file: string;
  /** What stands there, once each, and what is to stand there instead. */
  readonly edits: readonly (readonly [find: string, replace: string])[];
  /** What a run must say of it. */
  readonly fault: RegExp;
}

/** Sends within a transaction of its own, and does so before its end. */
const CLAIM = 'await runner.run(CLAIM, [';

export const PLANTED_MISTAKES: readonly PlantedMistake[] = [
  {
    name: 'rescue to queue',
    file: 'database/statements/give-up.js',
    edits: [
      [
        'with overdue as materialized (',
        `with rescued as (
           update packet set attempt_id = null, worker_id = null, claimed_at = null, deadline = null
           where attempt_id is not null and deadline < now()
         ), overdue as materialized (`,
      ],
      [
        'select id from packet where attempt_id is not null and deadline < now() limit',
        'select id from packet where false limit',
      ],
    ],
    fault: /SMS too many/,
  },
  {
    name: 'retry on reset',
    file: 'messaging/dispatch/sender.js',
    edits: [
      ['return judgeInDoubt(packet, `${outcome.reason}: ${outcome.detail}`, now);', 'return judgeHeldBack(packet);'],
    ],
    fault: /SMS too many/,
  },
  {
    name: 'send before commit',
    file: 'database/statements/claim.js',
    edits: [
      [
        CLAIM,
        `await (async (parameters) => {
      let give;
      const rows = new Promise((resolve) => (give = resolve));
      void runner.transaction(async (transaction) => {
        give(await transaction.run(CLAIM, parameters));
        await new Promise((resolve) => setTimeout(resolve, 1000));
      });
      return rows;
    })([`,
      ],
    ],
    fault: /before their intent was committed/,
  },
  {
    name: 'acknowledge before commit',
    file: 'reporting/report-intake.service.js',
    edits: [['await this.sink.store(reports);', 'setTimeout(() => void this.sink.store(reports), 2000);']],
    fault: /answered before it was stored/,
  },
  {
    name: 'match by UID only',
    file: 'reporting/report-locator.service.js',
    edits: [['else if (report.attempt_id !== null) {', 'else if (false) {']],
    fault: /still in doubt, though it was taken and reported/,
  },
  {
    name: 'drop unknown reports',
    file: 'reporting/report-applier.service.js',
    edits: [['const waiting = unknown.filter(', 'const waiting = [].filter(']],
    fault: /stored and forgotten/,
  },
  {
    name: 'same number twice in a packet',
    file: 'messaging/domain/packets.js',
    edits: [['previous === undefined ? 0 : previous + 1', '0']],
    fault: /twice in a packet/,
  },
  {
    name: 'send on unknown commit',
    file: 'database/statements/claim.js',
    edits: [
      [
        CLAIM,
        `await (async (parameters) => {
      let rows = [];
      await runner.transaction(async (transaction) => {
        rows = await transaction.run(CLAIM, parameters);
        if (rows.length > 0 && (globalThis.claims = (globalThis.claims ?? 0) + 1) % 3 === 0) throw new Error('the connection is lost at the commit');
      }).catch(() => undefined);
      return rows;
    })([`,
      ],
    ],
    fault: /before their intent was committed|SMS too many/,
  },
  {
    name: 'no idempotency check',
    file: 'database/statements/accept.js',
    edits: [
      [
        'select id from submitted where key is not null and id not in (select submission_id from keyed)',
        'select id from submitted where false',
      ],
    ],
    fault: /taken in twice|answered in two ways/,
  },
];

/** The sources as they were built. */
const BUILT = 'dist/src';

/**
 * The built file with the mistake in it.
 * @throws Error where the place for the mistake is not found: the program has changed, and so must the mistake
 */
export function mistaken({ name, file, edits }: PlantedMistake): string {
  return edits.reduce(
    (text, [find, replace]) => {
      if (text.split(find).length !== 2) throw new Error(`${name}: its place in ${file} is gone, or not the only one`);
      return text.replace(find, () => replace);
    },
    fs.readFileSync(path.join(BUILT, file), 'utf8'),
  );
}

/**
 * Copies the built program and plants a mistake into the copy.
 * @returns its `main.js`, and how to remove it
 * @throws as `mistaken` does
 */
export function plant(mistake: PlantedMistake): { main: string; remove: () => void } {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'cloudsms-test-program-mistake-'));
  fs.cpSync('dist', path.join(directory, 'dist'), { recursive: true });
  for (const shared of ['node_modules', 'package.json', 'sandbox.json']) {
    fs.symlinkSync(path.resolve(shared), path.join(directory, shared));
  }
  fs.writeFileSync(path.join(directory, BUILT, mistake.file), mistaken(mistake));
  return {
    main: path.join(directory, 'dist/src/main.js'),
    remove: () => fs.rmSync(directory, { recursive: true, force: true }),
  };
}
