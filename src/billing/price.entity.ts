import { Column, Entity, PrimaryGeneratedColumn } from 'typeorm';

/** A version of a price: per country and segment, for one route or for all, in one currency, from a time on. */
@Entity('price')
export class Price {
  @PrimaryGeneratedColumn('identity', { generatedIdentity: 'ALWAYS', type: 'integer' })
  id: number;

  /** Null: for every route without a price of its own. */
  @Column('smallint', { name: 'route_id', nullable: true })
  routeId: number | null;

  @Column('integer', { name: 'country_code' })
  countryCode: number;

  @Column('char', { length: 3 })
  currency: string;

  /** Decimal text, as PostgreSQL gives it: parse it with `money.ts`. */
  @Column('numeric', { name: 'per_segment', precision: 20, scale: 8 })
  perSegment: string;

  @Column('integer')
  version: number;

  @Column('timestamptz', { name: 'valid_from' })
  validFrom: Date;

  @Column('timestamptz', { name: 'valid_until', nullable: true })
  validUntil: Date | null;

  @Column('text')
  author: string;

  @Column('text', { default: '' })
  note: string;
}
