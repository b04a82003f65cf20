import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';

import type { EventType } from '../domain/event-type.js';

/** Where an app wants to be told of its events. */
@Entity('webhook_endpoint')
@Index('webhook_endpoint_app', ['appId', 'id'])
export class WebhookEndpoint {
  @PrimaryColumn('uuid')
  id: string;

  @ForeignKey('App', { name: 'webhook_endpoint_app_id_fkey' })
  @Column('integer', { name: 'app_id' })
  appId: number;

  @Column('text')
  url: string;

  @Column('text', { default: '' })
  description: string;

  /** Null: all. */
  @Column('text', { name: 'event_types', array: true, nullable: true })
  eventTypes: EventType[] | null;

  /** Whether it is told numbers in clear. */
  @Column('boolean', { name: 'clear_numbers', default: false })
  clearNumbers: boolean;

  @Column('boolean', { default: true })
  enabled: boolean;

  /** Sealed (`SecretStore`). */
  @Column('bytea')
  secret: Buffer;

  /** The one before, sealed; signed with beside the new one until `oldSecretUntil`. */
  @Column('bytea', { name: 'old_secret', nullable: true })
  oldSecret: Buffer | null;

  @Column('timestamptz', { name: 'old_secret_until', nullable: true })
  oldSecretUntil: Date | null;

  /** Events up to this number have become deliveries. A bigint: text to TypeORM. */
  @Column('bigint')
  position: string;

  /** The first failure since the last success. */
  @Column('timestamptz', { name: 'failing_since', nullable: true })
  failingSince: Date | null;

  @Column('timestamptz', { name: 'created_at' })
  createdAt: Date;
}
