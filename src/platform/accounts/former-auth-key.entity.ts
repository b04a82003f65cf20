import { Column, Entity, ForeignKey, PrimaryGeneratedColumn } from 'typeorm';

/** An AUTH_KEY that was replaced by another, and is good for a while yet. */
@Entity('former_auth_key')
export class FormerAuthKey {
  @PrimaryGeneratedColumn('identity', { generatedIdentity: 'ALWAYS', type: 'integer' })
  id: number;

  @ForeignKey('CustomerAccount', { name: 'former_auth_key_account_id_fkey' })
  @Column('integer', { name: 'account_id' })
  accountId: number;

  @Column('bytea', { unique: true, select: false })
  digest: Buffer;

  /** Business time. */
  @Column('timestamptz', { name: 'valid_until' })
  validUntil: Date;
}
