import { Check, Column, Entity, ForeignKey, Index, PrimaryGeneratedColumn } from 'typeorm';

/** A version of a price: per country and segment, for one route or for all, in one currency, from a time on. */
@Entity('price')
@Check('price_per_segment_check', 'per_segment >= 0')
// Its first column is an expression, which TypeORM can't write: it is told to leave the index alone.
@Index('price_version', { synchronize: false })
export class Price {
  @PrimaryGeneratedColumn('identity', { generatedIdentity: 'ALWAYS', type: 'integer' })
  id: number;

  /** Null: for every route without a price of its own. */
  @ForeignKey('Route', { name: 'price_route_id_fkey' })
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
