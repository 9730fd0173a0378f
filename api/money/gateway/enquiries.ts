import type { Transaction } from '../../../prisma/generated/client.ts';
import { payInFacts } from '../../../workflows/domain/money/pay-ins.ts';
import { payInEnquiry } from '../../../workflows/money/pay-ins.ts';
import { payInProcess } from '../../../workflows/processes.ts';
import type { Base } from '../../http/endpoint.ts';

/** Wakes the process of a payment that is open, so that it asks the gateway what became of it; every 30 seconds at most. */
export const enquire = async ({ services, requestId }: Base, row: Transaction): Promise<void> => {
  if (row.status !== 'PENDING' || row.easebuzzTxnId === null || row.driverId === null) return;
  const { retryAfterSeconds } = await services.limits.take('enquiry', row.id);
  if (retryAfterSeconds === null) services.temporal.signal(payInProcess(payInFacts(row)), payInEnquiry, requestId);
};
