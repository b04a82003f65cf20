import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { randomBytes } from 'node:crypto';
import { type EntityManager, MoreThan, Not, Repository } from 'typeorm';

import { type ChangeRequest, Changes } from '../../apps/changes.service.js';
import { ApplicationError } from '../../errors.js';
import { Cursors, type Page, type PageQuery, type Position } from '../../rest/page.js';
import { isUuidv7, UUID_RANDOM_BYTES, uuidv7 } from '../../uuid.js';
import { isStorableText } from '../domain/encoding.js';
import { OTP_TEMPLATE_ID } from '../domain/otp-template.js';
import { parseTemplate } from '../domain/template.js';
import type { ChangeTemplateDto, CreateTemplateDto } from './template.dto.js';
import { TemplateText } from './template.entity.js';
import { OTP_TEMPLATE, templateView, type TemplateView } from './template.view.js';

/** Templates of an app at the most. */
const MAX_TEMPLATES = 1000;

/** The built-in template comes first. */
const cursors = new Cursors(
  'templates',
  (position: Position): position is [string] =>
    typeof position[0] === 'string' && (position[0] === OTP_TEMPLATE_ID || isUuidv7(position[0])),
);

/** The app has no such template. Whether another's has is not said. */
export class TemplateNotFoundError extends ApplicationError {
  constructor() {
    super('not_found', 'template_not_found', 'There is no such template.');
  }
}

/** The templates of an app. */
@Injectable()
export class Templates {
  constructor(
    @InjectRepository(TemplateText) private readonly templates: Repository<TemplateText>,
    private readonly changes: Changes,
  ) {}

  /**
   * Makes a template. Returns JSON text.
   * @throws ApplicationError `malformed_template`, `unstorable_text`, `too_many_templates` (rule), `template_exists` (conflict)
   */
  create(request: ChangeRequest, { name, text }: CreateTemplateDto): Promise<string> {
    checkText(name, text);
    const { appId } = request.caller;
    return this.changes.create(request, async (change) => {
      await checkName(change.manager, appId, name);
      if ((await change.manager.countBy(TemplateText, { appId })) >= MAX_TEMPLATES)
        throw new ApplicationError('rule', 'too_many_templates', `An app may have ${MAX_TEMPLATES} templates.`);
      const at = new Date(change.now);
      const id = uuidv7(Date.now(), randomBytes(UUID_RANDOM_BYTES));
      const row = Object.assign(new TemplateText(), {
        id,
        appId,
        name,
        text,
        version: 1,
        createdAt: at,
        changedAt: at,
      });
      await change.manager.insert(TemplateText, row);
      const view = templateView(row);
      await change.audit({ action: 'template.created', id, after: view });
      return view;
    });
  }

  /** The built-in one first, then the app's own, oldest first. */
  async list(appId: number, { limit, cursor }: PageQuery): Promise<Page<TemplateView>> {
    const [after] = cursors.decode(cursor) ?? [];
    const rows = await this.templates.find({
      where: { appId, ...(after === undefined || after === OTP_TEMPLATE_ID ? {} : { id: MoreThan(after) }) },
      order: { id: 'ASC' },
      take: limit + 1,
    });
    const views = [...(after === undefined ? [OTP_TEMPLATE] : []), ...rows.map(templateView)];
    return cursors.page(
      views,
      limit,
      ({ id }) => [id],
      (view) => view,
    );
  }

  /** @throws TemplateNotFoundError */
  async find(appId: number, id: string): Promise<TemplateView> {
    if (id === OTP_TEMPLATE_ID) return OTP_TEMPLATE;
    const row = isUuidv7(id) ? await this.templates.findOneBy({ id, appId }) : null;
    if (row === null) throw new TemplateNotFoundError();
    return templateView(row);
  }

  /**
   * Changes what the request names. Messages and bulks that were made of the template before keep their text.
   * @throws TemplateNotFoundError, ApplicationError `built_in_template`, `template_exists` (conflict), and those of `create`
   */
  change(request: ChangeRequest, id: string, { name, text }: ChangeTemplateDto): Promise<TemplateView> {
    checkText(name ?? '', text ?? '');
    return this.changes.make(request, async (change) => {
      const row = await lockTemplate(change.manager, request.caller.appId, id);
      const before = templateView(row);
      if (name !== undefined) await checkName(change.manager, row.appId, name, id);
      const changes = {
        changedAt: new Date(change.now),
        ...(name === undefined ? {} : { name }),
        ...(text === undefined || text === row.text ? {} : { text, version: row.version + 1 }),
      };
      await change.manager.update(TemplateText, { id }, changes);
      const after = templateView(Object.assign(row, changes));
      await change.audit({ action: 'template.changed', id, before, after });
      return after;
    });
  }

  /** Removes a template. @throws TemplateNotFoundError, ApplicationError `built_in_template` (conflict) */
  async remove(request: ChangeRequest, id: string): Promise<void> {
    await this.changes.make(request, async (change) => {
      const row = await lockTemplate(change.manager, request.caller.appId, id);
      await change.manager.delete(TemplateText, { id });
      await change.audit({ action: 'template.removed', id, before: templateView(row) });
    });
  }
}

function checkText(name: string, text: string): void {
  parseTemplate(text);
  if (isStorableText(text) && isStorableText(name)) return;
  throw new ApplicationError('rule', 'unstorable_text', 'text must not contain NUL or half of a surrogate pair.');
}

async function checkName(manager: EntityManager, appId: number, name: string, ownId?: string): Promise<void> {
  // Two that come at once take turns, so that the second sees the first.
  await manager.query('select from app where id = $1 for no key update', [appId]);
  const others = { appId, name, ...(ownId === undefined ? {} : { id: Not(ownId) }) };
  if (name !== OTP_TEMPLATE_ID && !(await manager.existsBy(TemplateText, others))) return;
  throw new ApplicationError('conflict', 'template_exists', 'The app has a template of this name.');
}

async function lockTemplate(manager: EntityManager, appId: number, id: string): Promise<TemplateText> {
  if (id === OTP_TEMPLATE_ID)
    throw new ApplicationError('conflict', 'built_in_template', 'The built-in template can not be changed.');
  const lock = { mode: 'pessimistic_write' } as const;
  const row = isUuidv7(id) ? await manager.findOne(TemplateText, { where: { id, appId }, lock }) : null;
  if (row === null) throw new TemplateNotFoundError();
  return row;
}
