import { expect, test } from '@jest/globals';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { apiEnv } from '../api/env.ts';
import { workerEnv } from '../workers/env.ts';
import { searchAttributes } from '../workflows/shared/search-attributes.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const read = (path: string) => readFileSync(join(root, path), 'utf8');
const found = (text: string, pattern: RegExp) => [...text.matchAll(pattern)].map(([, ...groups]) => groups.join(' '));

const compose = read('docker-compose.yml');
const service = (name: string) =>
  new RegExp(`^  ${name}:(?: &\\S+)?\n((?: {4}.*\n|\n)*)`, 'm').exec(compose)?.[1] ?? '';
const addresses = ['DATABASE_URL', 'TEMPORAL_ADDRESS'];
const variables = (name: string) => [...addresses, ...found(service(name), /^ {6}([A-Z][A-Z0-9_]+):/gm)];

/** The image and the ports fix some settings, and production takes no notice of the others. */
const fixed = ['NODE_ENV', 'PORT', 'TEMPORAL_NAMESPACE', 'OTP_BYPASS_KEY', 'TRIP_RULES_RELAXED'];
const settings = (path: string) => found(read(path), /^\s+([A-Z][A-Z0-9_]+): /gm).filter((key) => !fixed.includes(key));

/** What compose refuses to start without. */
const demanded: Record<string, string> = {
  POSTGRES_PASSWORD: 'letters',
  DATA_KEY: Buffer.alloc(32).toString('base64'),
  JWT_ACCESS_SECRET: 'a secret of access',
  JWT_REFRESH_SECRET: 'a secret of refresh',
  ALLOWED_ORIGINS: 'https://admin.example.com',
  EASEBUZZ_MERCHANT_KEY: 'key',
  EASEBUZZ_SALT_KEY: 'salt',
  PAYMENT_SUCCESS_URL: 'https://api.example.com/success',
  PAYMENT_FAILURE_URL: 'https://api.example.com/failure',
};

test('each process gets every setting that it reads, and none of the other', () => {
  expect(variables('api').sort()).toEqual(settings('api/env.ts').sort());
  expect(variables('worker').sort()).toEqual(settings('workers/env.ts').sort());
});

test('what compose demands is enough for both processes to start', () => {
  expect([...new Set(found(compose, /\$\{(\w+):\?/g))].sort()).toEqual(Object.keys(demanded).sort());

  const environment = { ...demanded, DATABASE_URL: 'postgresql://', NODE_ENV: 'production' };
  const given = (name: string) =>
    Object.fromEntries(Object.entries(environment).filter(([key]) => [...variables(name), 'NODE_ENV'].includes(key)));
  expect(() => apiEnv(given('api'))).not.toThrow();
  expect(() => workerEnv(given('worker'))).not.toThrow();
});

test('the settings of the demo arrive', () => {
  const passed = [...variables('api'), ...variables('worker'), 'COMPOSE_PROFILES'];

  expect(found(read('local/demo.env'), /^(\w+)=/gm).filter((key) => !passed.includes(key))).toEqual([]);
});

test('no secret stands in the file', () => {
  const secrets = found(compose, /^\s+([A-Z_]*(?:PASSWORD|PWD|SECRET|TOKEN|KEY|SID|DATABASE_URL)): *(.*)$/gm);

  expect(secrets.length).toBeGreaterThan(10);
  expect(secrets.filter((line) => !/^\w+ (?:$|\$\{|postgresql:\/\/postgres:\$\{)/.test(line))).toEqual([]);
});

test('everything listens on the loopback address', () => {
  const ports = found(compose, /^ +ports: \[(.*)\]$/gm).flatMap((list) => list.split(', '));

  expect(ports.length).toBeGreaterThan(3);
  expect(ports.filter((port) => !port.startsWith("'127.0.0.1:"))).toEqual([]);
});

test('versions are pinned, and the same where they have to be', () => {
  const images = found(compose, /^ +image: (.*)$/gm).filter((image) => image !== 'drivers-klub');

  expect(images.filter((image) => !/:\d+\.\d+/.test(image))).toEqual([]);
  expect(new Set(found(compose, /temporalio\/(?:server|admin-tools):(.*)$/gm)).size).toBe(1);
  const { devDependencies } = JSON.parse(read('package.json')) as { devDependencies: { node: string } };
  expect(found(read('Dockerfile'), /^FROM node:(.*)-slim$/gm)).toEqual([devDependencies.node]);
});

test('the commands exist in the image', () => {
  const files = found(compose, /command: \[node, (\S+)\]/g).filter((path) => !path.startsWith('local/'));
  const copied = found(read('Dockerfile'), /^COPY (\w+) \1$/gm);

  expect(files.filter((path) => !existsSync(join(root, path)) || !copied.includes(path.split('/')[0]!))).toEqual([]);
  expect(files.length).toBeGreaterThan(2);
});

test('the server is set up as the local one is', () => {
  const local = found(read('local/temporal.ts'), /^ {2}'((?:history|matching)\.\w+)': (\d+)/gm);

  expect(found(compose, /^ {6}((?:history|matching)\.\w+): \[\{ value: (\d+) \}\]$/gm)).toEqual(local);
  expect(local.length).toBeGreaterThan(2);
  const attributes = searchAttributes.map(({ name, type }) => `${name}=${type}`);
  expect(found(compose, /for attribute in (.*); do/g)).toEqual([attributes.join(' ')]);
});
