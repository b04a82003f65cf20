import { Check, Column, Entity, PrimaryGeneratedColumn } from 'typeorm';

/** A way to the platform: a ROUTE_ID with one provider account, one currency and one rate. The first is the default. */
@Entity('route')
@Check('route_segments_per_second_check', 'segments_per_second > 0')
export class Route {
  @PrimaryGeneratedColumn('identity', { generatedIdentity: 'ALWAYS', type: 'smallint' })
  id: number;

  /** ROUTE_ID on the wire. */
  @Column('text', { unique: true })
  name: string;

  @Column('integer', { unique: true })
  position: number;

  @Column('char', { length: 3 })
  currency: string;

  @Column('integer', { name: 'segments_per_second' })
  segmentsPerSecond: number;

  // What follows is the dispatcher's, which changes it by its own statements.

  @Column('double precision', { default: 0, select: false })
  tokens: number;

  @Column('timestamptz', { name: 'tokens_at', default: () => 'now()', select: false })
  tokensAt: Date;

  @Column('smallint', { default: 0, select: false })
  failures: number;

  @Column('timestamptz', { name: 'paused_until', nullable: true, select: false })
  pausedUntil: Date | null;

  @Column('text', { name: 'pause_reason', nullable: true, select: false })
  pauseReason: string | null;

  @Column('timestamptz', { name: 'stopped_at', nullable: true, select: false })
  stoppedAt: Date | null;

  @Column('uuid', { name: 'probe_floor', nullable: true, select: false })
  probeFloor: string | null;
}
