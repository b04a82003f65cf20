import 'reflect-metadata';

import { Logger } from '@nestjs/common';
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
import { PlatformRoleModule } from '../../src/roles/platform.js';
import { platformDocument } from '../../src/roles/platform-documentation.js';
import type { Runtime } from '../../src/runtime.js';

// Writes docs/openapi.json and docs/openapi-platform.json from the built program, without a database; --check says instead
// whether they are what they should be.
const { values } = parseArgs({ options: { check: { type: 'boolean', default: false } } });

const runtime: Runtime = {
  config: loadConfig({}, 'sandbox.json'),
  logger: createLogger('silent'),
  secrets: new Secrets(Buffer.alloc(32)),
  tls: { callback: {}, platform: {}, uipClient: {}, pushClient: {} },
  databases: { gateway: 'postgres://nobody@localhost/nothing', platform: 'postgres://nobody@localhost/nothing' },
  addresses: {},
};
// Two applications in one process are two data sources of one name, which neither connects.
Logger.overrideLogger(false);
const documents = [
  { name: 'docs/openapi.json', module: ApiModule.register(runtime), documentOf: apiDocument },
  {
    name: 'docs/openapi-platform.json',
    module: PlatformRoleModule.register(runtime, () => 0),
    documentOf: platformDocument,
  },
];
for (const { name, module, documentOf } of documents) {
  const file = path.resolve(name);
  // A preview instantiates nothing: it only knows which controllers there are.
  const application = await NestFactory.create(module, { preview: true, logger: false, abortOnError: false });
  const document = JSON.stringify(documentOf(application));
  const text = await format(document, { ...(await resolveConfig(file)), filepath: file });
  if (!values.check) {
    fs.writeFileSync(file, text);
  } else if (!fs.existsSync(file) || fs.readFileSync(file, 'utf8') !== text) {
    process.stderr.write(`${name} is not what the program says: run "npm run openapi".\n`);
    process.exitCode = 1;
  }
}
