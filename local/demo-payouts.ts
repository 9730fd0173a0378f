import { setTimeout as sleep } from 'node:timers/promises';
import { connect } from '../prisma/client.ts';
import type { Stage } from './demo-money.ts';

interface Driver {
  id: string;
  firstName: string;
  phone: string;
}

interface Scene {
  api: string;
  /** Whoever uploads, and whoever releases. */
  manager: string;
  second: string;
  /** Four with a bank account, and one without. */
  payees: readonly Driver[];
  withoutBank: Driver;
  /** The controls of the simulated gateway, and the database; null where the demo plays against a system elsewhere. */
  gateway: string | undefined;
  databaseUrl: string | undefined;
}

interface Batch {
  batchId: string;
  status: string;
  valid: number;
  failed: number;
}

interface Payout {
  shortId: string;
  detailStatus: string;
  attempt: number;
}

/** Bank accounts younger than a day wait for a second person each; there is no waiting for a day in a demo. */
const letAccountsAge = async (databaseUrl: string, ids: string[]): Promise<void> => {
  const { db, close } = connect(databaseUrl, 1);
  await db.driver.updateMany({
    where: { id: { in: ids } },
    data: { bankChangedAt: new Date(Date.now() - 172_800_000) },
  });
  await close();
};

/** A file of six rows: one bad, one twice, one whose answer is lost. It is released by another person, and ends in a report. */
export const playPayouts = async (
  { call, tell, dim }: Stage,
  { api, manager, second, payees, withoutBank, gateway, databaseUrl }: Scene,
): Promise<string> => {
  const [anil, bela, chand, dev] = payees as [Driver, Driver, Driver, Driver];
  if (databaseUrl)
    await letAccountsAge(
      databaseUrl,
      payees.map(({ id }) => id),
    );
  if (gateway) {
    const lost = JSON.stringify({
      match: chand.firstName,
      call: 'transfer',
      answer: 'lose',
      becomesAfterMs: 2_000,
      times: 1,
    });
    await fetch(`${gateway}/_fake/scenario`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: lost,
    });
  }
  const file = [
    'phone,amount,penalty,incentive,payoutCycle',
    `${anil.phone},4200.50,,200,Week 48`,
    `${bela.phone},3900,150,,Week 48`,
    `${chand.phone},3100,,,Week 48`,
    `${dev.phone},2750,,,Week 48`,
    `${anil.phone},4200.50,,200,week 48`,
    `${withoutBank.phone},3000,,,Week 48`,
  ].join('\r\n');
  const form = new FormData();
  form.set('file', new Blob([file], { type: 'text/csv' }), `week-48-${Date.now()}.csv`);
  form.set('wait', '0');
  const headers = { authorization: `Bearer ${manager}` };
  const answer = await fetch(`${api}/payments/admin/bulk-payout`, { method: 'POST', headers, body: form });
  const { data } = (await answer.json()) as { data: Batch };
  const path = `/payments/admin/bulk-payout/${data.batchId}`;
  tell('Meera (MG)', `uploads six rows: ${data.valid} may be paid, ${data.failed} may not; it is ${data.status}`);

  await call('POST', `${path}/approve`, second);
  tell('Farida (FA)', 'releases the file: whoever uploads does not');
  for (let tries = 0; tries < 300; tries += 1) {
    const { status } = await call<{ status: string }>('GET', path, manager);
    if (status.startsWith('COMPLETED')) break;
    await sleep(200);
  }
  if (gateway) {
    const [paid] = await call<Payout[]>('GET', `/payments/admin/payouts?driverId=${chand.id}`, manager);
    const { shortId, detailStatus, attempt } = paid!;
    tell(
      'The gateway',
      `took ${shortId}, and its answer was lost: it was asked by number, and is ${detailStatus} in attempt ${attempt}`,
    );
  }
  const report = await fetch(`${api}${path}/report`, { headers: { ...headers, accept: 'text/csv' } });
  tell('Meera (MG)', 'reads the report:');
  for (const line of (await report.text()).trim().split(/\r?\n/)) {
    const [row, phone, , name, amount, , , , status, errorCode] = line.split(',');
    console.log(dim(`               ${[row, phone, name, amount, status, errorCode].join('  ')}`));
  }
  return data.batchId;
};
