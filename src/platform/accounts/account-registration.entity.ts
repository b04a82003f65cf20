import { Column, Entity, ForeignKey, Index, PrimaryGeneratedColumn } from 'typeorm';

/** What an SMS to a country may be: it must match in all that is named (protocol.md 8). */
@Entity('registration')
export class AccountRegistration {
  @PrimaryGeneratedColumn('identity', { generatedIdentity: 'ALWAYS', type: 'integer' })
  id: number;

  @Index('registration_account')
  @ForeignKey('CustomerAccount', { name: 'registration_account_id_fkey' })
  @Column('integer', { name: 'account_id' })
  accountId: number;

  @Column('integer', { name: 'country_code' })
  countryCode: number;

  /** Without brackets. */
  @Column('text', { nullable: true })
  signature: string | null;

  @Column('text', { name: 'sender_id', nullable: true })
  senderId: string | null;

  /** `{}` stands for any text. */
  @Column('text', { nullable: true })
  content: string | null;
}
