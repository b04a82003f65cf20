import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';

/** A text with variables. What is sent or queued keeps the text that it was made of: a change touches nothing of it. */
@Entity('template')
@Index('template_name', ['appId', 'name'], { unique: true })
export class TemplateText {
  @PrimaryColumn('uuid')
  id: string;

  @ForeignKey('App', { name: 'template_app_id_fkey' })
  @Column('integer', { name: 'app_id' })
  appId: number;

  @Column('text')
  name: string;

  @Column('text')
  text: string;

  /** Counts the changes of the text, from 1. */
  @Column('integer', { default: 1 })
  version: number;

  @Column('timestamptz', { name: 'created_at' })
  createdAt: Date;

  @Column('timestamptz', { name: 'changed_at' })
  changedAt: Date;
}
