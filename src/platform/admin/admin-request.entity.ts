import { Column, CreateDateColumn, Entity, Index, PrimaryColumn } from 'typeorm';

/** A call that came with an Idempotency-Key, and its answer. */
@Entity('admin_request')
export class AdminRequest {
  @PrimaryColumn('text')
  key: string;

  /** SHA-256 of method, address and body: the same key with another call is a mistake. */
  @Column('bytea')
  fingerprint: Buffer;

  /** Without what is shown once only. */
  @Column('jsonb')
  answer: object;

  @Index('admin_request_created_at')
  @CreateDateColumn({ name: 'created_at', type: 'timestamptz' })
  createdAt: Date;
}
