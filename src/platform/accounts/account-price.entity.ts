import { Check, Column, Entity, ForeignKey, Index, PrimaryGeneratedColumn } from 'typeorm';

/** A version of a price, which never changes. */
@Entity('price')
@Check('price_per_segment_check', 'per_segment >= 0')
@Index('price_country', ['accountId', 'countryCode', 'validFrom'])
export class AccountPrice {
  @PrimaryGeneratedColumn('identity', { generatedIdentity: 'ALWAYS', type: 'integer' })
  id: number;

  @ForeignKey('CustomerAccount', { name: 'price_account_id_fkey' })
  @Column('integer', { name: 'account_id' })
  accountId: number;

  @Column('integer', { name: 'country_code' })
  countryCode: number;

  /** Decimal text; null: not priced from then on. */
  @Column('numeric', { name: 'per_segment', precision: 20, scale: 8, nullable: true })
  perSegment: string | null;

  /** Business time. */
  @Column('timestamptz', { name: 'valid_from' })
  validFrom: Date;
}
