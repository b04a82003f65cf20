import { Entity, ForeignKey, PrimaryColumn } from 'typeorm';

/** A number that nothing is sent to. */
@Entity('blacklist')
export class BlacklistedNumber {
  @ForeignKey('CustomerAccount', { name: 'blacklist_account_id_fkey' })
  @PrimaryColumn('integer', { name: 'account_id' })
  accountId: number;

  @PrimaryColumn('integer', { name: 'country_code' })
  countryCode: number;

  @PrimaryColumn('text')
  msisdn: string;
}
