import type { PreviewView, SubmissionView } from '../../src/messaging/answer.view.js';
import type { TemplatePreviewView, TemplateView } from '../../src/messaging/templates/template.view.js';
import { TestApi } from '../support/api.js';

let api: TestApi;

beforeAll(async () => {
  api = await TestApi.start();
});
afterAll(() => api.stop());

let serial = 0;
async function create(text: string): Promise<TemplateView> {
  const answer = await api.call('post', '/v1/templates').send({ name: `template-${++serial}`, text });
  expect([answer.status, answer.body]).toEqual([201, expect.any(Object)]);
  return answer.body as TemplateView;
}

const send = (template: object, key?: string) => {
  const call = api.call('post', '/v1/messages');
  if (key !== undefined) void call.set('Idempotency-Key', key);
  return call.send({ to: ['+85267000011'], template });
};

async function storedText({ id }: Pick<SubmissionView, 'id'>): Promise<string> {
  const [{ text }] = await api.source.query<{ text: string }[]>('select text from submission where id = $1', [id]);
  return text;
}

describe('templates', () => {
  test('are made, changed, listed and removed; a name is one template', async () => {
    const made = await create('Hello {{name}}');
    expect(made).toMatchObject({ version: 1, builtIn: false, variables: [{ name: 'name', required: true }] });
    const again = await api.call('post', '/v1/templates').send({ name: made.name, text: 'x' });
    expect([again.status, (again.body as { code: string }).code]).toEqual([409, 'template_exists']);
    const changed = await api.call('patch', `/v1/templates/${made.id}`).send({ text: 'Bye {{name}}' });
    expect(changed.body).toMatchObject({ id: made.id, version: 2, text: 'Bye {{name}}' });
    const first = await api.call('get', '/v1/templates?limit=1');
    const { items, nextCursor } = first.body as { items: TemplateView[]; nextCursor: string };
    expect(items).toMatchObject([{ id: 'otp', builtIn: true }]);
    const rest = await api.call('get', `/v1/templates?cursor=${nextCursor}`);
    expect((rest.body as { items: TemplateView[] }).items.map(({ id }) => id)).toEqual([made.id]);
    expect((await api.call('delete', `/v1/templates/${made.id}`)).status).toBe(204);
    expect((await api.call('get', `/v1/templates/${made.id}`)).status).toBe(404);
    const builtIn = await api.call('patch', '/v1/templates/otp').send({ text: 'x' });
    expect([builtIn.status, (builtIn.body as { code: string }).code]).toEqual([409, 'built_in_template']);
  });

  test('a text whose braces are no variable is refused', async () => {
    const { status, body } = await api.call('post', '/v1/templates').send({ name: 'bad', text: 'Hello {{' });
    expect([status, (body as { code: string }).code]).toEqual([422, 'malformed_template']);
  });

  test('a message is made of template and variables, and keeps its text whatever becomes of the template', async () => {
    const { id } = await create('Hello {{name}}, {{amount}}');
    const template = { id, variables: { name: '{{amount}}', amount: 5 } };
    const sent = await send(template, 'template-key');
    expect(sent.status).toBe(202);
    await api.call('patch', `/v1/templates/${id}`).send({ text: 'Changed' });
    expect(await storedText(sent.body as SubmissionView)).toBe('Hello {{amount}}, 5');
    const repeated = await send(template, 'template-key');
    expect(repeated.text).toBe(sent.text);
    await api.call('delete', `/v1/templates/${id}`);
    expect((await send(template, 'template-key')).text).toBe(sent.text);
    const gone = await send(template);
    expect([gone.status, (gone.body as { code: string }).code]).toEqual([422, 'unknown_template']);
  });

  test.each([
    [{}, 'missing_variables', ['template.variables.name', 'template.variables.code']],
    [{ name: 'x' }, 'missing_variables', ['template.variables.code']],
    [{ name: 'x', code: 1, other: 2 }, 'invalid_variables', ['template.variables.other']],
    [{ name: ['x'], code: 1 }, 'invalid_variables', ['template.variables.name']],
  ])('variables %j are refused as %s', async (variables, code, fields) => {
    const { id } = await create('{{name}} {{code}}');
    const { status, body } = await send({ id, variables });
    const { code: given, errors } = body as { code: string; errors: { field: string }[] };
    expect([status, given, errors.map(({ field }) => field)]).toEqual([422, code, fields]);
  });

  test('text and template exclude each other, and one has to be there', async () => {
    for (const given of [{}, { text: 'x', template: { id: 'otp' } }]) {
      const { status, body } = await api.call('post', '/v1/messages').send({ to: ['+85267000011'], ...given });
      expect([status, (body as { code: string }).code]).toEqual([400, 'invalid_request']);
    }
  });

  test('another app has no such template', async () => {
    const { id } = await create('mine');
    const app = await api.createApp({ allowedRoutes: ['*'] });
    const { key } = await api.createKey(app.id, ['messages:send', 'templates:manage']);
    const { status, body } = await api
      .call('post', '/v1/messages', key)
      .send({ to: ['+85267000011'], template: { id } });
    expect([status, (body as { code: string }).code]).toEqual([422, 'unknown_template']);
    expect((await api.call('get', `/v1/templates/${id}`, key)).status).toBe(404);
  });

  test('one-time passwords are built in (protocol.md 10)', async () => {
    const sent = await send({ id: 'otp', variables: { signature: 'Bank', code: '123456', minutes: 5 } });
    expect(sent.body).toMatchObject({ segments: 1, encoding: 'gsm7' });
    expect(await storedText(sent.body as SubmissionView)).toContain('Bank: 123456 (5 min)');
  });

  test('a preview tells the range of segments and cost, by examples and greatest lengths', async () => {
    const { id } = await create('Dear {{name}}, {{note}}');
    const { status, body } = await api.call('post', `/v1/templates/${id}/preview`).send({
      variables: { name: { examples: ['Ann', '李'] }, note: { maxLength: 155 } },
      countries: [852],
    });
    const { shortest, longest, cost } = body as TemplatePreviewView;
    expect(status).toBe(200);
    expect(shortest).toMatchObject({ text: 'Dear Ann, ', encoding: 'gsm7', segments: 1 });
    expect(longest).toMatchObject({ encoding: 'ucs2', segments: 3, tooLong: false });
    expect(cost).toEqual([
      {
        countryCode: 852,
        price: { amount: '0.35', currency: 'HKD' },
        least: { amount: '0.35', currency: 'HKD' },
        most: { amount: '1.05', currency: 'HKD' },
      },
    ]);
  });
});

test('the preview of a message advises', async () => {
  const text = `It’s ${'x'.repeat(80)}`;
  const answer = await api.call('post', '/v1/messages/preview').send({ to: ['+85267000011', '+85267000012'], text });
  const { advice, segments } = answer.body as PreviewView;
  expect(segments).toBe(2);
  expect(advice.forcing).toMatchObject([{ codePoint: 'U+2019', positions: [2], replacement: "'" }]);
  expect(advice.encodings.map(({ encoding, total }) => [encoding, total.amount])).toEqual([
    ['gsm7', '0.70'],
    ['latin1', '0.70'],
    ['ucs2', '1.40'],
  ]);
  expect(advice.overEdge).toBe(15);
  expect(advice.suggestions[0]).toMatchObject({ code: 'replace_characters', segments: 1 });
});
