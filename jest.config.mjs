const shared = {
  testEnvironment: 'node',
  setupFiles: ['<rootDir>/test/properties.mjs'],
  extensionsToTreatAsEsm: ['.ts'],
  // Sources import './x.js', as Node's ESM resolution demands; the file on disk is x.ts. libphonenumber's './x.json.js' is one.
  moduleNameMapper: { '^(\\.{1,2}/(?!.*\\.json\\.js$).*)\\.js$': '$1' },
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        swcrc: false,
        sourceMaps: 'inline',
        module: { type: 'es6' },
        jsc: {
          target: 'es2022',
          parser: { syntax: 'typescript', decorators: true },
          transform: { legacyDecorator: true, decoratorMetadata: true, useDefineForClassFields: false },
          keepClassNames: true,
        },
      },
    ],
  },
};

/** @type {import('jest').Config} */
export default {
  // Under ESM every spec file keeps its own module graph (about 25 MB with Nest and TypeORM): recycle workers.
  workerIdleMemoryLimit: '700MB',
  maxWorkers: 2,
  // A limit against hanging, not a measure: a loaded machine must not fail a spec. Jest knows it for all projects only.
  testTimeout: 180_000,
  projects: [
    // Beside the sources, without a database: what `npm run check` runs.
    { ...shared, displayName: 'unit', roots: ['<rootDir>/src'], testRegex: '\\.spec\\.ts$' },
    // One PostgreSQL for the whole run; it starts only when a spec of this project runs.
    {
      ...shared,
      displayName: 'integration',
      roots: ['<rootDir>/test'],
      testRegex: '\\.(spec|e2e-spec)\\.ts$',
      globalSetup: '<rootDir>/test/global-setup.mjs',
      globalTeardown: '<rootDir>/test/global-teardown.mjs',
    },
  ],
};
