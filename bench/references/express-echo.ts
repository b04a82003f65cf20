import express from 'express';
import type { AddressInfo } from 'node:net';

import { serve } from '../support/program.js';

const commands = {
  /** A bare Express server that reads JSON and gives it back with 202. @returns its URL */
  async listen(): Promise<string> {
    const application = express();
    application.use(express.json());
    application.post('/v1/messages', (request, response) => {
      response.status(202).json(request.body);
    });
    const server = application.listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  },
};

export type ExpressEchoCommands = typeof commands;

serve(commands);
