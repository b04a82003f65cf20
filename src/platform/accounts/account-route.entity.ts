import { Column, Entity, ForeignKey, PrimaryGeneratedColumn, Unique } from 'typeorm';

/** A product of an account: the name that ROUTE_ID gives, and the country calling codes that it covers. */
@Entity('route')
@Unique('route_account_id_name_key', ['accountId', 'name'])
export class AccountRoute {
  @PrimaryGeneratedColumn('identity', { generatedIdentity: 'ALWAYS', type: 'integer' })
  id: number;

  @ForeignKey('CustomerAccount', { name: 'route_account_id_fkey' })
  @Column('integer', { name: 'account_id' })
  accountId: number;

  @Column('text')
  name: string;

  @Column('integer', { array: true })
  countries: number[];
}
