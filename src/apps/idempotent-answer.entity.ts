import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** The answer to a POST that created something, kept for its repetitions. Sealed: it may hold a key that is shown once. */
@Entity('idempotent_answer')
export class IdempotentAnswer {
  @PrimaryColumn('integer', { name: 'app_id' })
  appId: number;

  @PrimaryColumn('text')
  key: string;

  /** SHA-256 of method, address and body. */
  @Column('bytea')
  fingerprint: Buffer;

  /** The body of the answer, sealed by the `SecretStore`. */
  @Column('bytea')
  answer: Buffer;

  @Index('idempotent_answer_age')
  @Column('timestamptz', { name: 'created_at', default: () => 'now()' })
  createdAt: Date;
}
