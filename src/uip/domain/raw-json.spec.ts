import * as fc from 'fast-check';
import { compactJson, rawMember } from './raw-json.js';

/** Any object whose own text JSON.parse gives back in the same order. */
const objects = fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 3 }));

describe('the text of a member', () => {
  it('is what was written, members in their order', () => {
    const body = '{"2":{"b":1, "1":[ 1.0, "}\\"" ]},"1":null}';
    expect(rawMember(`\uFEFF { "A" : "x\\"{", "BODY" : ${body} , "C":[{"BODY":1}] }`, 'BODY')).toBe(body);
  });

  it.each([
    ['{}', undefined],
    ['{"A":1}', undefined],
    ['{"A":{"BODY":1}}', undefined],
    ['{"A":"\\"BODY\\":1"}', undefined],
    ['{"BODY":1,"BODY":2}', '2'],
    ['{"B\\u004fDY":true }', 'true'],
    ['{"BODY":"x,}"}', '"x,}"'],
    ['{"BODY":\n-1.5e3\n}', '-1.5e3'],
    ['{"A\\\\":1,"BODY":[]}', '[]'],
  ])('of %s is %s', (text, raw) => expect(rawMember(text, 'BODY')).toBe(raw));

  it('is found wherever it stands, however the text is laid out', () => {
    const indents = fc.constantFrom('', ' ', '\t', '\n  ');
    fc.assert(
      fc.property(objects, fc.jsonValue(), objects, indents, (before, body, after, indent) => {
        const text = JSON.stringify({ before, BODY: body, after }, null, indent);
        expect(JSON.parse(rawMember(text, 'BODY') ?? '')).toEqual(JSON.parse(JSON.stringify(body)));
      }),
    );
  });
});

describe('the compact form', () => {
  it('keeps numbers and the order of members, and drops blanks and needless escapes', () => {
    const text = ' { "10" : 1.0 , "9" : [ -0 , 1e400, "\\u4f60\\/ \\ud800\\n" ] , "a b" : { } } ';
    expect(compactJson(text)).toBe('{"10":1.0,"9":[-0,1e400,"你/ \\ud800\\n"],"a b":{}}');
  });

  it('is what JSON.stringify writes, for whatever it has written', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 4 }), (value) => {
        expect(compactJson(JSON.stringify(value, null, 2))).toBe(JSON.stringify(value));
      }),
    );
  });
});
