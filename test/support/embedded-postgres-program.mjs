// A program that uses the embedded PostgreSQL (the built one), for specs that need several programs or kill one:
// embedded-postgres-program.mjs <data directory>. Prints one line of JSON when it is ready, stops at the end of its input.
import { startEmbeddedPostgres } from '../../dist/src/database/embedded-postgres.js';

const server = await startEmbeddedPostgres({ dataDir: process.argv[2], durable: false });
console.log(JSON.stringify({ adopted: server.adopted, pid: server.pid, url: server.url('postgres') }));
process.stdin.resume().once('end', () => {
  void server.stop();
});
