import { Check, Column, Entity, ForeignKey, PrimaryColumn } from 'typeorm';

/** What an app may spend in a currency in each day or month, at the most. Its use is in `spend_use`, which has no entity. */
@Entity('spend_cap')
@Check('spend_cap_period_check', "period in ('day', 'month')")
@Check('spend_cap_amount_check', 'amount >= 0')
export class SpendCap {
  @ForeignKey('App', { name: 'spend_cap_app_id_fkey' })
  @PrimaryColumn('integer', { name: 'app_id' })
  appId: number;

  @PrimaryColumn('char', { length: 3 })
  currency: string;

  @PrimaryColumn('text')
  period: 'day' | 'month';

  /** Decimal text. */
  @Column('numeric', { precision: 20, scale: 8 })
  amount: string;

  /** IANA name: whose days and months they are. */
  @Column('text', { name: 'time_zone' })
  timeZone: string;

  /** Business time. */
  @Column('timestamptz', { name: 'created_at' })
  createdAt: Date;

  @Column('text')
  author: string;
}
