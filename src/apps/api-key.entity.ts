import { Column, CreateDateColumn, Entity, ForeignKey, PrimaryColumn } from 'typeorm';

import type { Scope } from './scope.js';

/** A key of an app. The key itself is never stored: `digest` is its keyed digest. */
@Entity('api_key')
export class ApiKey {
  @PrimaryColumn('uuid')
  id: string;

  @ForeignKey('App', { name: 'api_key_app_id_fkey' })
  @Column('integer', { name: 'app_id' })
  appId: number;

  @Column('text')
  name: string;

  @Column('bytea', { unique: true })
  digest: Buffer;

  @Column('text', { array: true })
  scopes: Scope[];

  @CreateDateColumn({ name: 'created_at', type: 'timestamptz' })
  createdAt: Date;

  /** From then on it is refused, by business time. Null: never. */
  @Column('timestamptz', { name: 'expires_at', nullable: true })
  expiresAt: Date | null;

  @Column('timestamptz', { name: 'revoked_at', nullable: true })
  revokedAt: Date | null;
}
