import { isNumericSenderId, isSenderId } from './sender.js';

it.each([
  ['CloudSMS', true, false],
  ['85212345678', true, true],
  ['+85212345678', true, false],
  [' ', true, false],
  ['~', true, false],
  ['a'.repeat(32), true, false],
  ['1'.repeat(32), true, true],
  ['a'.repeat(33), false, false],
  ['1'.repeat(33), false, false],
  ['', false, false],
  ['a\n', false, false],
  ['1\n', false, false],
  ['\u007f', false, false],
  ['Café', false, false],
  ['你好', false, false],
  ['１２', false, false],
])('%j: sender ID %s, numeric %s', (text, sender, numeric) => {
  expect(isSenderId(text)).toBe(sender);
  expect(isNumericSenderId(text)).toBe(numeric);
});
