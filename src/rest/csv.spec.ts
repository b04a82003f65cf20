import { csvLine } from './csv.js';

describe('csvLine', () => {
  it('quotes what RFC 4180 wants quoted', () => {
    expect(csvLine(['a', 'b "c"', 'd,e', 'f\r\ng', 7, -1.5, true])).toBe('a,"b ""c""","d,e","f\r\ng",7,-1.5,true\r\n');
  });

  it('leaves out what is not there', () => {
    expect(csvLine([null, undefined, '', 0])).toBe(',,,0\r\n');
  });

  it('disarms formulas', () => {
    expect(csvLine(['=1+1', '+x', '-x', '@x', '=a,"b"'])).toBe(`'=1+1,'+x,'-x,'@x,"'=a,""b"""\r\n`);
  });
});
