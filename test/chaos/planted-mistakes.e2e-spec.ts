import { HostileRun } from './hostile-run.js';
import { mistaken, PLANTED_MISTAKES, plant } from './planted-mistake.js';

/** Each run takes half a minute at the most: `npm test` makes those that are found out within seconds. */
const QUICK = new Set([
  'retry on reset',
  'send before commit',
  'same number twice in a packet',
  'no idempotency check',
]);
const LONG = process.env.TEST_SIZE === 'long';

describe('the run on a hostile platform catches', () => {
  it.each(PLANTED_MISTAKES.filter(({ name }) => LONG || QUICK.has(name)))(
    '$name',
    async (mistake) => {
      const { main, remove } = plant(mistake);
      const run = new HostileRun({ seed: 7, size: 300, main, mishaps: 4, patience: 25_000 });
      try {
        expect((await run.firstFault(mistake.fault)).join('; ')).toMatch(mistake.fault);
      } finally {
        await run.cleanUp();
        remove();
      }
    },
    180_000,
  );

  it('each of them where it still can be made', () => {
    expect(PLANTED_MISTAKES.map(mistaken)).toHaveLength(9);
  });
});
