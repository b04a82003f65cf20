import { nullableArray, plainArray, textArray } from './statement.js';

describe('array literals', () => {
  it('writes numbers, nulls and texts as PostgreSQL reads them', () => {
    expect(plainArray([1, 2n, 'abc', true])).toBe('{1,2,abc,true}');
    expect(plainArray([])).toBe('{}');
    expect(nullableArray([1, null, undefined])).toBe('{1,NULL,NULL}');
    expect(textArray(['plain', 'a "quoted" \\ text', '', null, 'NULL', '{x,y}'])).toBe(
      '{"plain","a \\"quoted\\" \\\\ text","",NULL,"NULL","{x,y}"}',
    );
  });
});
