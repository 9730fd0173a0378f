import type { PartnerUrls } from '../../local/partners/partners.ts';

/** What a test may break. Whatever dies is started again. */
export type Part = 'api' | 'worker' | 'secondWorker' | 'postgres' | 'temporal';

/** Where the running system of this test run can be reached. */
export interface World extends PartnerUrls {
  folder: string;
  api: string;
  temporalAddress: string;
  databaseUrl: string;
  control: string;
  apiEnvironment: NodeJS.ProcessEnv;
  workerEnvironment: NodeJS.ProcessEnv;
}

export const world = JSON.parse(process.env['TEST_WORLD'] ?? '{}') as World;
