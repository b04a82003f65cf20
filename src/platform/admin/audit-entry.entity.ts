import { Column, Entity, Index, PrimaryGeneratedColumn } from 'typeorm';

/** A change that an operator made. Append-only: the database refuses to change or delete one. */
@Entity('audit_entry')
@Index('audit_entry_account', ['account', 'id'])
export class AuditEntry {
  @PrimaryGeneratedColumn('identity', { generatedIdentity: 'ALWAYS', type: 'bigint' })
  id: number;

  /** Business time. */
  @Column('timestamptz')
  at: Date;

  /** `account.create`, `price.add`, … */
  @Column('text')
  action: string;

  /** Name of the account; null: the change belongs to none. */
  @Column('text', { nullable: true })
  account: string | null;

  @Column('text', { name: 'request_id' })
  requestId: string;

  @Column('text', { name: 'remote_address' })
  remoteAddress: string;

  /** What was asked for, without keys; numbers as keyed hashes. */
  @Column('jsonb')
  details: object;
}
