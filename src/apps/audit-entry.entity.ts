import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** One change made by API: who, what, when. A trigger refuses that it is ever changed or removed. */
@Entity('audit_entry')
@Index('audit_entry_object', ['object', 'objectId', 'id'])
export class AuditEntry {
  /** UUIDv7: its order is that of time. */
  @PrimaryColumn('uuid')
  id: string;

  /** Business time. */
  @Column('timestamptz')
  at: Date;

  /** Whose key made the change; null: the command line. */
  @Column('integer', { name: 'app_id', nullable: true })
  appId: number | null;

  @Column('uuid', { name: 'key_id', nullable: true })
  keyId: string | null;

  /** `X-Request-Id` of the request. */
  @Column('text', { name: 'request_id', nullable: true })
  requestId: string | null;

  /** Object and verb: `app.created`, `key.revoked`. */
  @Column('text')
  action: string;

  /** Kind of the object: `app`, `key`. */
  @Column('text')
  object: string;

  @Column('text', { name: 'object_id' })
  objectId: string;

  /** What it was, without secrets; null: it was not there. */
  @Column('jsonb', { nullable: true })
  before: object | null;

  /** What it became, without secrets; null: it is gone. */
  @Column('jsonb', { nullable: true })
  after: object | null;
}
