import * as fc from 'fast-check';

import { validate } from '../rest/validation.pipe.js';
import { SendMessageDto } from './send-message.dto.js';
import { readSendMessage } from './send-message.reader.js';

const odd = fc.oneof(
  fc.constantFrom<unknown>(null, 0, true, '', [], {}, 'low', '\ufe0f', '\ufe0f\ufe0e', '😀', '😀\ufe0f'),
  fc.constantFrom(31, 32, 33, 254, 255, 256, 1999, 2000, 2001).map((length) => 'x'.repeat(length)),
  fc.constantFrom(1, 16, 32, 33, 1000, 2000).map((length) => '😀'.repeat(length)),
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.array(fc.constant('+85267000011'), { maxLength: 3 }),
);
const bodies = fc.record(
  {
    to: fc.oneof(fc.constant(['+85267000011']), odd),
    text: fc.oneof(fc.constant('hello'), odd),
    route: odd,
    from: fc.oneof(fc.constant('Sender'), odd),
    priority: fc.oneof(fc.constantFrom('normal', 'high'), odd),
    onDoubt: fc.oneof(fc.constantFrom('wait', 'resend'), odd),
    metadata: fc.oneof(fc.dictionary(fc.string(), fc.anything()), odd),
    signature: fc.constant({ text: 'S' }),
    sendAt: odd,
    constructor: odd,
    txt: odd,
  },
  { requiredKeys: [] },
);

const outcomeOf = (read: () => SendMessageDto): unknown => {
  try {
    return read();
  } catch (error) {
    return { error: (error as Error).message, faults: (error as { faults?: unknown }).faults };
  }
};

test('reads and refuses what the rules of the DTO do', () => {
  fc.assert(
    fc.property(bodies, (body) => {
      expect(outcomeOf(() => readSendMessage(body))).toEqual(outcomeOf(() => validate(SendMessageDto, body)));
    }),
    { numRuns: 2000 },
  );
});

test('takes lists for no object, and hands on members as they came', () => {
  expect(() => readSendMessage([])).toThrow('must be an object');
  const body = { to: ['+85267000011'], text: 'hello', metadata: { a: 1 } };
  const read = readSendMessage(body);
  expect(read).toBeInstanceOf(SendMessageDto);
  expect([read.to === body.to, read.metadata === body.metadata]).toEqual([true, true]);
});
