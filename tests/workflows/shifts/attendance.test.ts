import { expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { shiftRecord } from '../../../workflows/domain/shifts/shift-record.ts';
import type { shiftWorkflow } from '../../../workflows/shifts/attendance.ts';
import type { ShiftFacts } from '../../../workflows/domain/shifts/attendance.ts';
import { paise } from '../../../workflows/domain/money.ts';
import { shiftProcess } from '../../../workflows/processes.ts';
import { attributes } from '../../../workflows/shared/search-attributes.ts';
import { asDriver, asStaff } from '../../world/actors.ts';
import { temporal } from '../../world/temporal.ts';
import { until } from '../../world/until.ts';
import { aShiftFacts, fakeCommits, here } from '../fakes.ts';
import { cardOf, onTemporal, refusedWith, statusOf } from '../on-temporal.ts';

const rows = fakeCommits(shiftRecord);
const { begin } = onTemporal(rows.activities);

const driver = asDriver({ id: randomUUID(), userId: randomUUID() });
const verdict = { by: asStaff(randomUUID(), 'MANAGER'), textId: null };
const counted = { reconciliationId: randomUUID() };
const checkOutWith = (rupees: number) => ({
  ...{ by: driver, ...here, odometerEnd: 1040, forced: false, textId: null },
  cashDepositedPaise: paise(rupees * 100),
});

const anOpenShift = async (shape: Partial<ShiftFacts> = {}) => {
  const facts = aShiftFacts(shape);
  rows.insert(facts);
  return { id: facts.attendanceId, shift: await begin(shiftProcess(facts)) };
};

test('a shift is approved, has a break, is closed without cash, and is over', async () => {
  const { id, shift } = await anOpenShift();

  await shift.executeUpdate('approve', { args: [verdict] });
  await shift.executeUpdate('startBreak', { args: [{ by: driver, breakId: randomUUID() }] });
  await shift.executeUpdate('endBreak', { args: [{ by: driver }] });
  await shift.executeUpdate('checkOut', { args: [checkOutWith(0)] });
  await shift.result();

  expect(rows.committed(id).map(({ name }) => name)).toEqual(['approve', 'startBreak', 'endBreak', 'checkOut']);
});

test('a closed shift waits for its late decision and its cash, and ends when both came: decision first', async () => {
  const { id, shift } = await anOpenShift();
  await shift.executeUpdate('checkOut', { args: [checkOutWith(780)] });
  const waitsForBoth = await cardOf(shift);

  await shift.executeUpdate('approve', { args: [verdict] });
  const waitsForCash = await cardOf(shift);
  await shift.executeUpdate('recordCashReconciled', { args: [counted] });
  await shift.result();

  expect(waitsForBoth).toContain('the late decision of the fleet manager and the reconciliation of the declared cash');
  expect(rows.row(id)).toMatchObject({ status: 'CHECKED_OUT', approvalStatus: 'APPROVED' });
  expect(waitsForCash).toContain('| the reconciliation of the declared cash |');
});

test('a closed shift ends as well when its cash is counted before the late decision, here a rejection', async () => {
  const { id, shift } = await anOpenShift();
  await shift.executeUpdate('checkOut', { args: [checkOutWith(780)] });

  await shift.executeUpdate('recordCashReconciled', { args: [counted] });
  const afterCash = await statusOf(shift);
  await shift.executeUpdate('reject', { args: [verdict] });
  await shift.result();

  expect(afterCash).toBe('RUNNING');
  expect(rows.row(id)).toMatchObject({ status: 'CHECKED_OUT', approvalStatus: 'REJECTED' });
});

test('a rejected shift is closed at once and over', async () => {
  const { id, shift } = await anOpenShift();

  await shift.executeUpdate('reject', { args: [verdict] });
  await shift.result();

  expect(rows.row(id)).toMatchObject({ status: 'REJECTED', checkOutTime: expect.any(String) });
});

test('cash cannot be reconciled while the shift is open, and twice is once', async () => {
  const { id, shift } = await anOpenShift();
  const early = await refusedWith(shift.executeUpdate('recordCashReconciled', { args: [counted] }));
  await shift.executeUpdate('checkOut', { args: [checkOutWith(780)] });

  await shift.executeUpdate('recordCashReconciled', { args: [counted] });
  await shift.executeUpdate('recordCashReconciled', { args: [counted] });

  expect(early).toBe('INVALID_STATE_TRANSITION');
  expect(rows.row(id)).toMatchObject({ cashStatus: 'RECONCILED' });
  expect(rows.committed(id).filter(({ name }) => name === 'recordCashReconciled')).toHaveLength(1);
});

test('a driver on a break who checks out has both behind them', async () => {
  const openBreak = { id: randomUUID(), startTime: new Date().toISOString() };
  const { id, shift } = await anOpenShift({ status: 'APPROVED', approvalStatus: 'APPROVED', openBreak });
  const resting = await cardOf(shift);

  await shift.executeUpdate('checkOut', { args: [checkOutWith(0)] });
  await shift.result();

  expect(resting).toContain('the end of the break');
  expect(rows.row(id)).toMatchObject({ status: 'CHECKED_OUT', openBreak: null });
});

test('operations find the shifts that are on a break', async () => {
  const { shift } = await anOpenShift({ status: 'APPROVED', approvalStatus: 'APPROVED' });

  await shift.executeUpdate('startBreak', { args: [{ by: driver, breakId: randomUUID() }] });

  await until(async () => (await shift.describe()).typedSearchAttributes.get(attributes.State) === 'ON_BREAK');
});

test('after 500 commands a shift goes on in a fresh run, with its facts and without losing a command', async () => {
  const { id, shift } = await anOpenShift();
  const latest = temporal.workflow.getHandle<typeof shiftWorkflow>(shift.workflowId);
  const { runId: firstRun } = await shift.describe();
  const approveAgain = () => refusedWith(latest.executeUpdate('approve', { args: [verdict] }));

  const answers: string[] = [];
  for (let batch = 0; batch < 12; batch += 1)
    answers.push(...(await Promise.all(Array.from({ length: 50 }, approveAgain))));

  await until(async () => (await latest.describe()).runId !== firstRun, 'a fresh run');
  expect(new Set(answers)).toEqual(new Set(['no refusal']));
  expect(await cardOf(latest)).toContain('APPROVED, approval APPROVED, cash NONE');
  await latest.executeUpdate('checkOut', { args: [checkOutWith(0)] });
  await latest.result();
  expect(rows.committed(id).map(({ name }) => name)).toEqual(['approve', 'checkOut']);
});
