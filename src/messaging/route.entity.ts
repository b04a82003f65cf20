import { Column, Entity, PrimaryGeneratedColumn } from 'typeorm';

/** A way to the platform: a ROUTE_ID with one provider account, one currency and one rate. The first is the default. */
@Entity('route')
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
}
