import fs from 'node:fs';
import path from 'node:path';

import { type Latency, latencyOf } from './stats.js';

const WRITES = 200;
const BLOCK = 8192;

/** How long the disk takes to make a block durable, in milliseconds: what no commit can beat. */
export function fdatasyncLatency(directory: string): Latency {
  const file = path.join(directory, 'fdatasync');
  const block = Buffer.alloc(BLOCK, 1);
  const descriptor = fs.openSync(file, 'w');
  try {
    fs.writeSync(descriptor, Buffer.alloc(WRITES * BLOCK));
    fs.fsyncSync(descriptor);
    const milliseconds = Array.from({ length: WRITES }, (_, index) => {
      const startedAt = performance.now();
      fs.writeSync(descriptor, block, 0, BLOCK, index * BLOCK);
      fs.fdatasyncSync(descriptor);
      return performance.now() - startedAt;
    });
    return latencyOf(milliseconds);
  } finally {
    fs.closeSync(descriptor);
    fs.rmSync(file);
  }
}
