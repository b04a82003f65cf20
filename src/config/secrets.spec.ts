import { createHash } from 'node:crypto';

import { Secrets } from './secrets.js';

test('hashes numbers as they are stored: SHA-256 of key and digits, its first eight bytes as an integer', () => {
  const secrets = new Secrets(Buffer.alloc(32, 7));
  const key = secrets.derive('number hash', 32);
  for (const digits of ['85267000011', '', '6581234567', '٣٤', 'x'.repeat(300), '1']) {
    const digest = createHash('sha256').update(key).update(digits).digest();
    expect(secrets.hashNumber(digits)).toBe(digest.readBigInt64BE(0));
  }
});
