import fs from 'node:fs';
import { Readable } from 'node:stream';
import { Agent, request } from 'undici';

import type { BulkView } from '../../src/messaging/bulk/bulk.view.js';
import { Programs } from '../support/program.js';

const ROWS = process.env.TEST_SIZE === 'long' ? 1_000_000 : 100_000;
/** Resident memory of the process, in MB (issue: "under 300 MB"). */
const LIMIT = 300;
const CHUNK = 1000;

const programs = new Programs();
afterEach(() => programs.cleanUp());

/** A file of rows of which each has its own text; one in a thousand has no number. */
async function* file(): AsyncGenerator<string> {
  yield 'to,name,code\r\n';
  for (let row = 0; row < ROWS; row += CHUNK) {
    let chunk = '';
    for (let index = row; index < row + CHUNK; index += 1) {
      const to = index % 1000 === 999 ? 'none' : `+852${60_000_000 + index}`;
      chunk += `${to},"Name ${index}",${index * 7}\r\n`;
    }
    yield chunk;
    // Whoever reads decides how fast it goes.
    await Promise.resolve();
  }
}

/** Megabytes that a process has in memory, now and at the most. */
function memoryOf(pid: number): { now: number; peak: number } {
  const status = fs.readFileSync(`/proc/${pid}/status`, 'utf8');
  const read = (name: string): number => Number(new RegExp(`${name}:\\s+(\\d+) kB`).exec(status)?.[1]) / 1024;
  return { now: read('VmRSS'), peak: read('VmHWM') };
}

const hasProc = fs.existsSync('/proc/self/status');

// Only Linux tells a process's memory that way.
(hasProc ? test : test.skip)(
  `${ROWS} rows are taken in by a process of less than ${LIMIT} MB, steered, and cancelled`,
  async () => {
    const program = await programs.start({ roles: ['api'] });
    const { pid = 0 } = program.process;
    const agent = new Agent({ headersTimeout: 0, bodyTimeout: 0 });
    try {
      const text = 'Dear {{name}}, your code is {{code}}. It is valid for a day.';
      const answer = await request(`${program.local.apiUrl}/v1/bulk?text=${encodeURIComponent(text)}`, {
        method: 'POST',
        dispatcher: agent,
        headers: { authorization: `Bearer ${program.local.apiKey}`, 'content-type': 'text/csv' },
        body: Readable.from(file()),
      });
      const view = (await answer.body.json()) as BulkView;
      expect([answer.statusCode, view]).toMatchObject([
        202,
        { status: 'running', rows: ROWS, rejected: ROWS / 1000, messages: { queued: ROWS - ROWS / 1000 } },
      ]);

      const rejected = await request(`${program.local.apiUrl}/v1/bulk/${view.id}/rejected`, {
        dispatcher: agent,
        headers: { authorization: `Bearer ${program.local.apiKey}` },
      });
      expect((await rejected.body.text()).trim().split('\r\n')).toHaveLength(ROWS / 1000 + 1);
      const cancelled = await program.gateway.http.expect<BulkView>(200, 'POST', `/v1/bulk/${view.id}/cancel`);
      expect([cancelled.status, cancelled.messages.cancelled]).toEqual(['cancelled', view.accepted]);

      const { peak } = memoryOf(pid);
      process.stdout.write(`  ${ROWS} rows: at most ${Math.round(peak)} MB resident\n`);
      expect(peak).toBeLessThan(LIMIT);
    } finally {
      await agent.close();
    }
  },
  600_000,
);
