import * as fc from 'fast-check';

import { OTP_TEMPLATE_TEXT } from './otp-template.js';
import { countSegments } from './slicing.js';
import { missingVariables, parseTemplate, renderTemplate } from './template.js';

const valuesOf = (values: Record<string, string>) => (name: string) =>
  Object.hasOwn(values, name) ? values[name] : undefined;
const render = (text: string, values: Record<string, string>) => renderTemplate(parseTemplate(text), valuesOf(values));

test.each([
  ['Hello {{name}}!', { name: 'Ann' }, 'Hello Ann!'],
  ['{{a}}{{b}}{{a}}', { a: '1', b: '2' }, '121'],
  ['{{ first name }}', { 'first name': 'Ann' }, 'Ann'],
  ['您好 {{姓名}}', { 姓名: '李' }, '您好 李'],
  ['a \\{{b}} c', {}, 'a {{b}} c'],
  ['{ {a} }} }', {}, '{ {a} }} }'],
  ['{{__proto__}}', { ['__proto__']: 'x' }, 'x'],
  ['Code{{#m}}, {{m}} minutes{{/m}}.', { m: '5' }, 'Code, 5 minutes.'],
  ['Code{{#m}}, {{m}} minutes{{/m}}.', {}, 'Code.'],
  ['{{a}}', { a: '' }, ''],
])('%j with %j is %j', (text, values, expected) => {
  expect(render(text, values)).toBe(expected);
});

test('a value is inserted as it is, whatever stands in it', () => {
  fc.assert(
    fc.property(fc.string(), (value) => {
      expect(render('<{{a}}|{{b}}>', { a: value, b: '{{a}}' })).toBe(`<${value}|{{a}}>`);
    }),
  );
  expect(render('{{a}}', { a: '{{a}} $& \\{{' })).toBe('{{a}} $& \\{{');
});

test('missing variables are named, all of them', () => {
  const template = parseTemplate('{{a}} {{b}} {{#c}}{{c}}{{d}}{{/c}}');
  expect(missingVariables(template, valuesOf({ b: '' }))).toEqual(['a']);
  expect(missingVariables(template, valuesOf({ b: '', c: '1' }))).toEqual(['a', 'd']);
  expect(() => renderTemplate(template, valuesOf({}))).toThrow('values for a, b.');
  expect(template.variables).toEqual([
    { name: 'a', required: true },
    { name: 'b', required: true },
    { name: 'c', required: false },
    { name: 'd', required: false },
  ]);
});

test.each(['{{', '{{}}', '{{a', '{{#a}}', '{{/a}}', '{{#a}}{{#b}}{{/b}}{{/a}}', '{{#a}}{{/b}}', '{{1}}', '{{a b '])(
  '%j is refused',
  (text) => {
    expect(() => parseTemplate(text)).toThrow(expect.objectContaining({ code: 'malformed_template' }) as Error);
  },
);

test('a template of too many variables is refused', () => {
  const text = Array.from({ length: 51 }, (_, index) => `{{v${index}}}`).join('');
  expect(() => parseTemplate(text)).toThrow(expect.objectContaining({ code: 'malformed_template' }) as Error);
});

test('the built-in one-time password has title, signature, code, minutes where given, and fits one segment (protocol.md 10)', () => {
  const values = { signature: 'CloudSMS', code: '123456' };
  const text = render(OTP_TEMPLATE_TEXT, values);
  expect(text.split('\n').slice(0, 2)).toEqual(['Verify Code', 'CloudSMS: 123456']);
  expect(text).not.toContain('min)');
  const timed = render(OTP_TEMPLATE_TEXT, { ...values, minutes: '10' });
  expect(timed).toContain('CloudSMS: 123456 (10 min)');
  expect(countSegments(timed)).toMatchObject({ encoding: 'gsm7', segments: 1 });
  expect(parseTemplate(OTP_TEMPLATE_TEXT).variables).toEqual([
    { name: 'signature', required: true },
    { name: 'code', required: true },
    { name: 'minutes', required: false },
  ]);
});
