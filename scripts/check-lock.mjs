// Fails when package-lock.json lacks an optional platform package that one of its packages names: npm drops such
// entries silently when a registry lacks them, and a later `npm ci` on another machine fails.
import fs from 'node:fs';

const { packages } = JSON.parse(fs.readFileSync(process.argv[2] ?? 'package-lock.json', 'utf8'));

/** Whether the lock holds `name` where the package at `from` would resolve it. */
function resolvable(from, name) {
  for (let directory = from; ;) {
    if (packages[`${directory ? `${directory}/` : ''}node_modules/${name}`]) return true;
    if (!directory) return false;
    directory = directory.slice(0, Math.max(0, directory.lastIndexOf('node_modules/') - 1));
  }
}

const missing = Object.entries(packages).flatMap(([path, entry]) =>
  Object.entries(entry.optionalDependencies ?? {})
    .filter(([name]) => !resolvable(path, name))
    .map(([name, version]) => `${path}@${entry.version}: ${name}@${version}`),
);
console.log(missing.length > 0 ? missing.join('\n') : 'lock complete');
process.exit(missing.length > 0 ? 1 : 0);
