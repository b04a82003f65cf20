#!/usr/bin/env node
// What `npx cloudsms` runs: the built command line, where there is a build.
import fs from 'node:fs';

const main = new URL('../dist/src/cli/main.js', import.meta.url);
if (!fs.existsSync(main)) {
  console.error('The program is not built yet: npm run build');
  process.exit(1);
}
await import(main.href);
