import { Check, Column, CreateDateColumn, Entity, PrimaryGeneratedColumn } from 'typeorm';

import type { Currency } from '../../billing/domain/currency.js';

/** A customer's account, but for its balance, which changes with every packet and has no entity. */
@Entity('account')
@Check('account_rate_per_second_check', 'rate_per_second > 0')
@Check('account_queue_limit_check', 'queue_limit > 0')
export class CustomerAccount {
  @PrimaryGeneratedColumn('identity', { generatedIdentity: 'ALWAYS', type: 'integer' })
  id: number;

  @Column('text', { unique: true })
  name: string;

  /** Keyed digest of the AUTH_KEY, which itself is stored nowhere. */
  @Column('bytea', { name: 'auth_key_digest', unique: true, select: false })
  authKeyDigest: Buffer;

  @Column('char', { length: 3 })
  currency: Currency;

  @Column('text', { name: 'default_sender_id' })
  defaultSenderId: string;

  /** SMS a second, with a burst of one second. */
  @Column('integer', { name: 'rate_per_second' })
  ratePerSecond: number;

  /** SMS that may wait for the carrier. */
  @Column('bigint', { name: 'queue_limit' })
  queueLimit: number;

  /** IP addresses and CIDR ranges. */
  @Column('text', { name: 'allowed_addresses', array: true })
  allowedAddresses: string[];

  /** SHA-256, hexadecimal; none: any certificate. */
  @Column('text', { name: 'certificate_fingerprints', array: true })
  certificateFingerprints: string[];

  /** Null: the callback listener of the same installation. */
  @Column('text', { name: 'callback_url', nullable: true })
  callbackUrl: string | null;

  @CreateDateColumn({ name: 'created_at', type: 'timestamptz' })
  createdAt: Date;

  /** When its AUTH_KEY was revoked; null: it is good. */
  @Column('timestamptz', { name: 'revoked_at', nullable: true })
  revokedAt: Date | null;
}
