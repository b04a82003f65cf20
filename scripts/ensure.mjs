// Runs before the npm commands: installs and builds what is missing or out of date. Node's own modules only, since
// nothing else is installed yet.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
process.chdir(root);

const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  console.error(`Node 20.19 or newer is needed; this is ${process.version}.`);
  process.exit(1);
}

/** Runs a script under this same Node and stops with its exit code when it fails. */
function run(script, args) {
  const result = spawnSync(process.execPath, [script, ...args], { stdio: 'inherit' });
  if (result.status !== 0) process.exit(result.status ?? 1);
}

const stampFile = 'node_modules/.install-stamp';
const wanted = createHash('sha256').update(fs.readFileSync('package-lock.json')).update(process.version).digest('hex');
const installed = fs.existsSync(stampFile) ? fs.readFileSync(stampFile, 'utf8') : '';
if (installed !== wanted) {
  if (process.env.npm_execpath === undefined) {
    console.error('Run this through npm (npm start, npm test ...), or run "npm ci --include=dev" first.');
    process.exit(1);
  }
  console.error('Installing the dependencies: once, about a minute ...');
  // npm_execpath is the npm that runs this script, so no shell is needed; --include=dev because NODE_ENV=production
  // would drop the compiler.
  run(process.env.npm_execpath, ['ci', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error']);
  fs.writeFileSync(stampFile, wanted);
}

if (process.argv.includes('--build')) {
  const newest = (file) => {
    if (!fs.existsSync(file)) return 0;
    const stat = fs.statSync(file);
    if (!stat.isDirectory()) return stat.mtimeMs;
    return Math.max(stat.mtimeMs, ...fs.readdirSync(file).map((name) => newest(path.join(file, name))));
  };
  const sources = [
    'src',
    'migrations',
    'bench',
    'scripts',
    'ormconfig.ts',
    'tsconfig.json',
    'tsconfig.build.json',
    'nest-cli.json',
  ];
  const built = fs.existsSync('dist/.built') ? fs.statSync('dist/.built').mtimeMs : 0;
  if (built < Math.max(...sources.map(newest))) {
    console.error('Building ...');
    const startedAt = new Date();
    run('node_modules/@nestjs/cli/bin/nest.js', ['build']);
    fs.writeFileSync('dist/.built', '');
    // A source saved while the compiler ran must be newer than the build.
    fs.utimesSync('dist/.built', startedAt, startedAt);
  }
}
