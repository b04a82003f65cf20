import { Check, Column, CreateDateColumn, Entity, PrimaryGeneratedColumn } from 'typeorm';

import type { AppPolicy } from './domain/app-policy.js';

/** A team that uses the gateway. Every message, key and cost belongs to one. */
@Entity('app')
@Check('app_requests_per_second_check', 'requests_per_second > 0')
@Check('app_sms_per_second_check', 'sms_per_second > 0')
export class App implements AppPolicy {
  @PrimaryGeneratedColumn('identity', { generatedIdentity: 'ALWAYS', type: 'integer' })
  id: number;

  @Column('text', { unique: true })
  name: string;

  @CreateDateColumn({ name: 'created_at', type: 'timestamptz' })
  createdAt: Date;

  @Column('boolean', { name: 'strict_numbers', default: false })
  strictNumbers: boolean;

  @Column('boolean', { name: 'strict_senders', default: false })
  strictSenders: boolean;

  @Column('text', { name: 'allowed_routes', array: true, default: [] })
  allowedRoutes: string[];

  @Column('text', { name: 'allowed_senders', array: true, default: [] })
  allowedSenders: string[];

  @Column('integer', { name: 'registered_countries', array: true, default: [] })
  registeredCountries: number[];

  @Column('integer', { name: 'requests_per_second', nullable: true })
  requestsPerSecond: number | null;

  @Column('integer', { name: 'sms_per_second', nullable: true })
  smsPerSecond: number | null;
}
