const shared = {
  extensionsToTreatAsEsm: ['.ts'],
  testEnvironment: 'node',
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        jsc: { parser: { syntax: 'typescript' }, target: 'es2024', experimental: { keepImportAttributes: true } },
        module: { type: 'es6' },
      },
    ],
  },
};

/**
 * `rules` needs nothing and answers in seconds; `system` runs on PostgreSQL, Temporal and the simulators, started once;
 * a file of `faults` has a world for itself, which it breaks; `example` adds a domain to a copy of the project and tests it there.
 */
export default {
  testTimeout: 120_000,
  maxWorkers: 2,
  reporters: ['default', '<rootDir>/tests/world/tiers.js'],
  projects: [
    {
      ...shared,
      displayName: 'rules',
      testMatch: ['<rootDir>/tests/{domain,replay}/**/*.test.ts', '<rootDir>/tests/*.test.ts'],
    },
    {
      ...shared,
      displayName: 'system',
      testMatch: ['<rootDir>/tests/{workflows,activities,api,e2e,local}/**/*.test.ts'],
      globalSetup: '<rootDir>/tests/world/start/start.js',
      globalTeardown: '<rootDir>/tests/world/start/stop.js',
    },
    {
      ...shared,
      displayName: 'faults',
      testMatch: ['<rootDir>/tests/faults/**/*.test.ts'],
      globalSetup: '<rootDir>/tests/world/start/start-breakable.js',
      globalTeardown: '<rootDir>/tests/world/start/stop-breakable.js',
      setupFilesAfterEnv: ['<rootDir>/tests/world/start/breakable.js'],
    },
    { ...shared, displayName: 'example', testMatch: ['<rootDir>/tests/example-domain/*.test.ts'] },
  ],
};
