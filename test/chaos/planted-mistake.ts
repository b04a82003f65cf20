import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

/** A mistake that somebody might make, planted into a copy of the built program. */
export interface PlantedMistake {
  readonly name: string;
  /** Built file, below dist/src. */
  readonly file: string;
  readonly find: string;
  readonly replace: string;
  /** What a run must say of it. */
  readonly fault: RegExp;
}

/** Sends within a transaction of its own, and does so before its end. */
const CLAIM = 'await runner.run(CLAIM, [';

export const PLANTED_MISTAKES: readonly PlantedMistake[] = [
  {
    name: 'rescue to queue',
    file: 'database/statements/give-up.js',
    find: 'where s.resend_on_doubt and not l.resent and l.valid_until > $1',
    replace: 'where l.valid_until > $1',
    fault: /SMS too many/,
  },
  {
    name: 'retry on reset',
    file: 'messaging/dispatch/sender.js',
    find: 'return judgeInDoubt(packet, `${outcome.reason}: ${outcome.detail}`, now);',
    replace: 'return judgeNotSent(packet, outcome.reason, false);',
    fault: /SMS too many/,
  },
  {
    name: 'send before commit',
    file: 'database/statements/claim.js',
    find: CLAIM,
    replace: `await (async (parameters) => {
      let give;
      const rows = new Promise((resolve) => (give = resolve));
      void runner.transaction(async (transaction) => {
        give(await transaction.run(CLAIM, parameters));
        await new Promise((resolve) => setTimeout(resolve, 200));
      });
      return rows;
    })([`,
    fault: /before their intent was committed/,
  },
  {
    name: 'acknowledge before commit',
    file: 'reporting/report-intake.service.js',
    find: 'await this.sink.store(reports);',
    replace: 'setTimeout(() => void this.sink.store(reports), 300);',
    fault: /answered before it was stored/,
  },
  {
    name: 'match by UID only',
    file: 'reporting/report-locator.service.js',
    find: 'else if (report.attempt_id !== null) {',
    replace: 'else if (false) {',
    fault: /still in doubt, though it was taken and reported/,
  },
  {
    name: 'drop unknown reports',
    file: 'reporting/report-applier.service.js',
    find: 'const waiting = unknown.filter(',
    replace: 'const waiting = [].filter(',
    fault: /never ended|still in doubt/,
  },
  {
    name: 'same number twice in a packet',
    file: 'messaging/domain/packets.js',
    find: 'previous === undefined ? 0 : previous + 1',
    replace: '0',
    fault: /twice in a packet/,
  },
  {
    name: 'send on unknown commit',
    file: 'database/statements/claim.js',
    find: CLAIM,
    replace: `await (async (parameters) => {
      let rows = [];
      await runner.transaction(async (transaction) => {
        rows = await transaction.run(CLAIM, parameters);
        if (Math.random() < 0.2) throw new Error('the connection is lost at the commit');
      }).catch(() => undefined);
      return rows;
    })([`,
    fault: /before their intent was committed|SMS too many/,
  },
  {
    name: 'no idempotency check',
    file: 'database/statements/accept.js',
    find: 'select id from submitted where key is not null and id not in (select submission_id from keyed)',
    replace: 'select id from submitted where false',
    fault: /taken in twice|answered in two ways/,
  },
];

/**
 * Copies the built program and plants a mistake into the copy.
 * @returns its `main.js`, and how to remove it
 * @throws Error where the place for the mistake is not found: the program has changed, and so must the mistake
 */
export function plant({ name, file, find, replace }: PlantedMistake): { main: string; remove: () => void } {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'cloudsms-test-program-mistake-'));
  fs.cpSync('dist', path.join(directory, 'dist'), { recursive: true });
  for (const shared of ['node_modules', 'package.json', 'sandbox.json']) {
    fs.symlinkSync(path.resolve(shared), path.join(directory, shared));
  }
  const target = path.join(directory, 'dist/src', file);
  const text = fs.readFileSync(target, 'utf8');
  if (text.split(find).length !== 2) throw new Error(`${name}: its place in ${file} is gone, or not the only one`);
  fs.writeFileSync(
    target,
    text.replace(find, () => replace),
  );
  return {
    main: path.join(directory, 'dist/src/main.js'),
    remove: () => fs.rmSync(directory, { recursive: true, force: true }),
  };
}
