import { Cursors, type Position } from './page.js';
import { InvalidRequestError } from './validation.pipe.js';

describe('cursors', () => {
  const isId = (position: Position): position is [string] =>
    position.length === 1 && typeof position[0] === 'string' && position[0].length === 1;
  const cursors = new Cursors('letters', isId);
  const page = (rows: string[], limit: number) =>
    cursors.page(
      rows,
      limit,
      (row) => [row],
      (row) => row.toUpperCase(),
    );

  test('lead from page to page, and end the list', () => {
    const first = page(['a', 'b', 'c'], 2);
    expect(first.items).toEqual(['A', 'B']);
    expect(first.nextCursor).toMatch(/^[\w-]+$/);
    expect(cursors.decode(first.nextCursor ?? '')).toEqual(['b']);
    expect(page(['c', 'd'], 2)).toEqual({ items: ['C', 'D'], nextCursor: null });
    expect(page([], 2)).toEqual({ items: [], nextCursor: null });
    expect(cursors.decode(undefined)).toBeUndefined();
  });

  test.each([
    '',
    'x',
    '%',
    Buffer.from('{}').toString('base64url'),
    Buffer.from('["letters",{"a":1}]').toString('base64url'),
    new Cursors('letters', (position): position is [number] => position.length === 1).encode([5]),
    new Cursors('numbers', isId).encode(['b']),
  ])('of another list or make are refused: %s', (cursor) => {
    expect(() => cursors.decode(cursor)).toThrow(InvalidRequestError);
  });
});
