import { z } from 'zod';
import { batchStatuses, rowStatuses } from '../../../workflows/domain/money/payouts/bulk-payouts.ts';
import { get } from '../../http/endpoint.ts';
import { inPages } from '../../http/in-pages.ts';
import type { After } from '../../http/in-pages.ts';
import { ById, pageOf, Paging, skipTake, Word } from '../../http/shapes.ts';
import {
  BatchDetail,
  BatchView,
  batchView,
  forReport,
  ReportRow,
  reportRow,
  rowView,
  withPayout,
} from './bulk-views.ts';

const newestFirst = [{ createdAt: 'desc' as const }, { id: 'desc' as const }];

/** What became of files of payouts. Source: payouts.md. */
export const bulkReports = [
  get('/payments/admin/bulk-payouts', {
    allow: 'payouts:manage',
    summary: 'List files of payouts, newest first',
    query: z.object({ status: Word(batchStatuses).optional(), ...Paging }),
    list: true,
    returns: BatchView,
    async handle({ query, db, visible }) {
      const { status } = query;
      const where = { AND: [visible.bulkPayout, { ...(status && { status }) }] };
      const page = pageOf(query);
      const [total, rows] = await Promise.all([
        db.bulkPayout.count({ where }),
        db.bulkPayout.findMany({ where, orderBy: newestFirst, ...skipTake(page) }),
      ]);
      return { ...page, total, rows: rows.map(batchView) };
    },
  }),

  get('/payments/admin/bulk-payout/:id', {
    allow: 'payouts:manage',
    summary: 'Read a file of payouts with its rows, by their status',
    params: ById('bulkPayout'),
    query: z.object({ status: Word(rowStatuses).optional(), ...Paging }),
    returns: BatchDetail,
    paged: true,
    async handle({ bulkPayout, query, db }) {
      const status = query.status === 'PENDING' ? { in: ['PENDING' as const, 'PROCESSING' as const] } : query.status;
      const where = { batchId: bulkPayout.id, ...(status && { status }) };
      const page = pageOf(query);
      const [total, rows] = await Promise.all([
        db.bulkPayoutRow.count({ where }),
        db.bulkPayoutRow.findMany({ where, orderBy: { rowNumber: 'asc' }, include: withPayout, ...skipTake(page) }),
      ]);
      return { ...batchView(bulkPayout), ...page, total, rows: rows.map(rowView) };
    },
  }),

  get('/payments/admin/bulk-payout/:id/report', {
    allow: 'payouts:manage',
    summary: 'Download what became of each row of a file of payouts',
    params: ById('bulkPayout'),
    returns: ReportRow,
    output: 'csv',
    handle({ bulkPayout, db }) {
      const read = (page: After<string>) =>
        db.bulkPayoutRow.findMany({
          where: { batchId: bulkPayout.id },
          ...{ orderBy: { rowNumber: 'asc' }, include: forReport, ...page },
        });
      return Promise.resolve({ name: `${bulkPayout.shortId}.csv`, rows: inPages(read, reportRow) });
    },
  }),
];
