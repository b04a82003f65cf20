import 'reflect-metadata';

import { IsInt, IsOptional, IsString, Max, MaxLength, Min } from 'class-validator';

import { InvalidRequestError } from './validation.pipe.js';
import { ToInteger } from './transforms.js';

/** Query parameters of every list: `limit` (1..1000, default 50) and `cursor` (as the page before gave it). */
export class PageQuery {
  @IsOptional()
  @ToInteger()
  @IsInt({ message: 'limit must be an integer from 1 to 1000' })
  @Min(1, { message: 'limit must be an integer from 1 to 1000' })
  @Max(1000, { message: 'limit must be an integer from 1 to 1000' })
  limit: number = 50;

  @IsOptional()
  @IsString()
  @MaxLength(1024)
  cursor?: string;
}

/** One page of a list. `nextCursor` is null at its end, and only there: a page may be short. */
export interface Page<Item> {
  readonly items: readonly Item[];
  readonly nextCursor: string | null;
}

/** What a cursor may hold: the sort key of the last item of a page. */
export type Position = readonly (string | number)[];

/**
 * The cursors of one list: opaque to callers, a sort key to us. A cursor of another list, or one that was tampered with so
 * that it does not fit, is refused.
 *
 * @example new Cursors('messages', (position): position is [string] => position.length === 1 && isUuid(position[0]))
 */
export class Cursors<P extends Position> {
  constructor(
    private readonly list: string,
    private readonly fits: (position: Position) => position is P,
  ) {}

  encode(position: P): string {
    return Buffer.from(JSON.stringify([this.list, ...position])).toString('base64url');
  }

  /**
   * @returns undefined for no cursor: the list's beginning
   * @throws InvalidRequestError for anything but a cursor of this list
   */
  decode(cursor: string | undefined): P | undefined {
    if (cursor === undefined) return undefined;
    const position = read(cursor, this.list);
    if (position === undefined || !this.fits(position)) {
      throw new InvalidRequestError([{ field: 'cursor', rule: 'must be a nextCursor of this list' }]);
    }
    return position;
  }

  /**
   * The page that `rows` make, of which one more than `limit` was asked for, so that the end of the list is known.
   *
   * @param positionOf the sort key of a row
   */
  page<Row, Item>(
    rows: readonly Row[],
    limit: number,
    positionOf: (row: Row) => P,
    toItem: (row: Row) => Item,
  ): Page<Item> {
    const shown = rows.slice(0, limit);
    const last = shown.at(-1);
    const more = rows.length > limit && last !== undefined;
    return { items: shown.map(toItem), nextCursor: more ? this.encode(positionOf(last)) : null };
  }
}

function read(cursor: string, list: string): Position | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString());
    if (!Array.isArray(value) || value[0] !== list) return undefined;
    const position: unknown[] = value.slice(1);
    return position.every((part) => typeof part === 'string' || typeof part === 'number') ? position : undefined;
  } catch {
    return undefined;
  }
}
