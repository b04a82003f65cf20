// global-setup.mjs leaves the way back here; with TEST_DATABASE_URL there is nothing to stop.
export default async function teardown() {
  await globalThis.stopTestPostgres?.();
}
