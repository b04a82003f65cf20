import 'reflect-metadata';

import { NestFactory } from '@nestjs/core';
import fs from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { format, resolveConfig } from 'prettier';

import { loadConfig } from '../../src/config/config.js';
import { Secrets } from '../../src/config/secrets.js';
import { createLogger } from '../../src/observability/logger.js';
import { ApiModule } from '../../src/roles/api.js';
import { apiDocument } from '../../src/roles/api-documentation.js';
import type { Runtime } from '../../src/runtime.js';

// Writes docs/openapi.json from the built program, without a database; --check says instead whether it is what it should be.
const { values } = parseArgs({ options: { check: { type: 'boolean', default: false } } });
const file = path.resolve('docs/openapi.json');

const runtime: Runtime = {
  config: loadConfig({}, 'sandbox.json'),
  logger: createLogger('silent'),
  secrets: new Secrets(Buffer.alloc(32)),
  tls: { callback: {}, platform: {}, uipClient: {}, pushClient: {} },
  databases: { gateway: 'postgres://nobody@localhost/nothing', platform: undefined },
  addresses: {},
};
// A preview instantiates nothing: it only knows which controllers there are.
const application = await NestFactory.create(ApiModule.register(runtime), {
  preview: true,
  logger: false,
  abortOnError: false,
});
const document = JSON.stringify(apiDocument(application));
const text = await format(document, { ...(await resolveConfig(file)), filepath: file });

if (!values.check) {
  fs.writeFileSync(file, text);
} else if (!fs.existsSync(file) || fs.readFileSync(file, 'utf8') !== text) {
  process.stderr.write('docs/openapi.json is not what the program says: run "npm run openapi".\n');
  process.exitCode = 1;
}
