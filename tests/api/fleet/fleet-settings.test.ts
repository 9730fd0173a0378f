import { beforeAll, expect, test } from '@jest/globals';
import { get, patch } from '../../world/api.ts';
import type { Sent } from '../../world/api.ts';
import { db } from '../../world/database.ts';
import { aFleet } from '../../world/factories.ts';
import { expectInvalid, expectRefused } from '../http/refused.ts';

type Fleet = Awaited<ReturnType<typeof aFleet>>;

let fleet: Fleet;
let other: Fleet;
beforeAll(async () => {
  [fleet, other] = [await aFleet(), await aFleet()];
});

const read = ({ id }: Fleet, by: Sent) => get(`/fleets/${id}/settings`, by);
const change = ({ id }: Fleet, body: object, by: Sent = fleet.fleetAdmin) => patch(`/fleets/${id}/settings`, body, by);

const usual = {
  ...{ duesBlockLimit: null, rentalEnforcement: 'WARN', rentalGraceHours: 0, rentalQrSharePercent: 100 },
  ...{ allowAdvance: true, preferRtgs: false },
};

test('a fleet begins with the usual settings, which its managers read', async () => {
  for (const by of [other.superAdmin, other.fleetAdmin, other.manager])
    expect((await read(other, by)).body.data).toEqual(usual);
  expectRefused(await read(other, other.operations), 403, 'FORBIDDEN');
  expectRefused(await read(other, fleet.manager), 403, 'SCOPE_FORBIDDEN');
});

test('what is sent is changed, the rest stays, and who did it is written down with before and after', async () => {
  const first = { duesBlockLimit: '500.50', rentalEnforcement: 'block', rentalQrSharePercent: 72.25 };
  const changed = { ...usual, duesBlockLimit: 500.5, rentalEnforcement: 'BLOCK', rentalQrSharePercent: 72.25 };

  expect((await change(fleet, first)).body.data).toEqual(changed);
  const rest = { rentalGraceHours: 24, allowAdvance: false, preferRtgs: true, unknown: 1 };
  const second = await change(fleet, { ...rest, duesBlockLimit: null }, fleet.superAdmin);

  const { unknown: _, ...known } = rest;
  const last = { ...changed, ...known, duesBlockLimit: null };
  expect(second).toMatchObject({ status: 200, body: { data: last } });
  expect((await read(fleet, fleet.manager)).body.data).toEqual(last);
  const where = { subjectId: fleet.id, action: 'fleet.settingsChanged' };
  expect(await db.auditEntry.findMany({ where, orderBy: { id: 'asc' } })).toMatchObject([
    { actorId: fleet.fleetAdmin.id, before: usual, after: changed },
    { actorId: fleet.superAdmin.id, before: changed, after: last },
  ]);
});

test('changes at once do not undo each other', async () => {
  await Promise.all([
    change(other, { rentalGraceHours: 12 }, other.fleetAdmin),
    change(other, { preferRtgs: true }, other.superAdmin),
    change(other, { duesBlockLimit: 0 }, other.fleetAdmin),
  ]);

  const all = { ...usual, rentalGraceHours: 12, preferRtgs: true, duesBlockLimit: 0 };
  expect((await read(other, other.manager)).body.data).toEqual(all);
  const where = { subjectId: other.id, action: 'fleet.settingsChanged' };
  const audits = await db.auditEntry.findMany({ where, orderBy: { id: 'asc' } });
  const steps = [usual, ...audits.map(({ after }) => after)];
  // Each change began where the one before it ended.
  expect(audits.map(({ before }) => before)).toEqual(steps.slice(0, 3));
  expect(steps.at(-1)).toEqual(all);
});

test.each([
  [{ duesBlockLimit: -1 }, 'duesBlockLimit'],
  [{ duesBlockLimit: 1.005 }, 'duesBlockLimit'],
  [{ rentalEnforcement: 'SOMETIMES' }, 'rentalEnforcement'],
  [{ rentalGraceHours: 1.5 }, 'rentalGraceHours'],
  [{ rentalGraceHours: 721 }, 'rentalGraceHours'],
  [{ rentalQrSharePercent: 100.01 }, 'rentalQrSharePercent'],
  [{ rentalQrSharePercent: 33.333 }, 'rentalQrSharePercent'],
  [{ allowAdvance: 'true' }, 'allowAdvance'],
  [{ preferRtgs: 1 }, 'preferRtgs'],
])('the setting %j is refused', async (body, field) => {
  expectInvalid(await change(fleet, body), field);
});

test('settings are changed by SUPER_ADMIN and by the administrator of the fleet alone', async () => {
  for (const by of [fleet.manager, fleet.operations])
    expectRefused(await change(fleet, { allowAdvance: true }, by), 403, 'FORBIDDEN');
  expectRefused(await change(fleet, { allowAdvance: true }, other.fleetAdmin), 403, 'SCOPE_FORBIDDEN');
});
