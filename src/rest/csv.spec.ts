import * as fc from 'fast-check';

import { csvLine, readCsvText } from './csv.js';

describe('csvLine', () => {
  it('quotes what RFC 4180 wants quoted', () => {
    expect(csvLine(['a', 'b "c"', 'd,e', 'f\r\ng', 7, -1.5, true])).toBe('a,"b ""c""","d,e","f\r\ng",7,-1.5,true\r\n');
  });

  it('leaves out what is not there', () => {
    expect(csvLine([null, undefined, '', 0])).toBe(',,,0\r\n');
  });

  it('leaves amounts the numbers that they are', () => {
    expect(csvLine(['-0.35', '12', '-1.', '-1+1'])).toBe(`-0.35,12,'-1.,'-1+1\r\n`);
  });

  it('disarms formulas', () => {
    expect(csvLine(['=1+1', '+x', '-x', '@x', '=a,"b"'])).toBe(`'=1+1,'+x,'-x,'@x,"'=a,""b"""\r\n`);
  });

  it('gives every text back', () => {
    const texts = fc.string({ unit: fc.constantFrom("'", '=', '+', '-', '@', '\t', 'a', ' ', '1') });
    fc.assert(
      fc.property(texts, (text) => {
        const written = csvLine([text]).slice(0, -2);
        // A whole number keeps its minus: it is the number that it looks like.
        expect(written).not.toMatch(/^([=+@\t]|-(?!\d+$))/);
        expect(readCsvText(written)).toBe(text);
      }),
    );
    expect(csvLine(["'a", "'=1"])).toBe("'a,''=1\r\n");
  });
});
