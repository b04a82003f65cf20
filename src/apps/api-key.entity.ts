import { Column, CreateDateColumn, Entity, ForeignKey, PrimaryColumn } from 'typeorm';

/** What a key allows its bearer to do. */
export type Scope = 'messages:send' | 'messages:read' | 'billing:read' | 'admin';

/** Every scope there is. */
export const SCOPES: readonly Scope[] = ['messages:send', 'messages:read', 'billing:read', 'admin'];

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

  @Column('timestamptz', { name: 'expires_at', nullable: true })
  expiresAt: Date | null;

  @Column('timestamptz', { name: 'revoked_at', nullable: true })
  revokedAt: Date | null;
}
