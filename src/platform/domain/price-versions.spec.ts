import { priceHistory } from './price-versions.js';

describe('priceHistory', () => {
  it('lets a version hold until the next one of its country', () => {
    const versions = [
      { id: 4, countryCode: 852, validFrom: 20 },
      { id: 1, countryCode: 852, validFrom: 10 },
      { id: 2, countryCode: 65, validFrom: 30 },
      { id: 3, countryCode: 852, validFrom: 20 },
    ];
    expect(priceHistory(versions).map(({ id, validFrom, validUntil }) => [id, validFrom, validUntil])).toEqual([
      [2, 30, null],
      [1, 10, 20],
      [3, 20, 20],
      [4, 20, null],
    ]);
  });
});
