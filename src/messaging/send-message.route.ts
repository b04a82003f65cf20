import type { INestApplicationContext } from '@nestjs/common';

import { scopesOf } from '../apps/access.decorator.js';
import { Authorization } from '../apps/authorization.service.js';
import { type DirectRoute, directRoute } from '../rest/direct-route.js';
import { MessagesController } from './messages.controller.js';
import { readSendMessage } from './send-message.reader.js';

/** The short way to `POST /v1/messages`: what guard, pipe and controller do, in their order. */
export function sendMessageRoute(application: INestApplicationContext): DirectRoute {
  const controller = application.get(MessagesController);
  const authorization = application.get(Authorization);
  const scopes = scopesOf(MessagesController, 'send');
  return directRoute(MessagesController, 'send', async ({ headers, requestId, body }) => {
    const caller = await authorization.admit(headers.authorization, scopes, requestId);
    const idempotencyKey = headers['idempotency-key'] as string | undefined;
    return controller.send(caller, readSendMessage(body), { body }, idempotencyKey);
  });
}
