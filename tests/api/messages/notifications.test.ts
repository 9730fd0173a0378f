import { beforeEach, expect, test } from '@jest/globals';
import { get, patch, post } from '../../world/api.ts';
import { db } from '../../world/database.ts';
import { aDriver, aFleet } from '../../world/factories.ts';
import { aNotification } from './situations.ts';

let fleet: Awaited<ReturnType<typeof aFleet>>;
let driver: Awaited<ReturnType<typeof aDriver>>;
beforeEach(async () => {
  fleet = await aFleet();
  driver = await aDriver(fleet);
});

const minutesAgo = (minutes: number) => ({ createdAt: new Date(Date.now() - minutes * 60_000) });

/** Of the driver, oldest first: one that was read, and two that were not. */
const threeNotifications = async () => [
  await aNotification(driver.userId, { ...minutesAgo(3), readAt: new Date() }),
  await aNotification(driver.userId, minutesAgo(2)),
  await aNotification(driver.userId, minutesAgo(1)),
];

const inboxOf = async (query = '', caller: { token: string } = driver) => {
  const { status, body } = await get(`/notifications${query}`, caller);
  expect(status).toBe(200);
  return { ids: (body.data as { id: string }[]).map(({ id }) => id), pagination: body.pagination, data: body.data };
};

test('people read what they were told, newest first, with how much of it is unread', async () => {
  const [read, older, newer] = await threeNotifications();

  const { ids, data, pagination } = await inboxOf('?limit=2');

  expect(ids).toEqual([newer!.id, older!.id]);
  expect(pagination).toEqual({ page: 1, limit: 2, total: 3, totalPages: 2, unread: 2 });
  expect(data[0]).toEqual({
    ...{ id: newer!.id, event: 'assignment:created', title: 'Your vehicle is DL01AB1234', body: null },
    ...{ payload: { vehicleNumber: 'DL01AB1234' }, readAt: null, createdAt: newer!.createdAt.toISOString() },
  });
  expect(await inboxOf('?page=2&limit=2')).toMatchObject({ ids: [read!.id] });
});

test.each([
  ['true', [2, 1], 2],
  ['false', [0], 1],
])('unread=%s is a filter of the rows, not of the count of the unread', async (unread, places, total) => {
  const three = await threeNotifications();

  const { ids, pagination } = await inboxOf(`?unread=${unread}`);

  expect(ids).toEqual(places.map((place) => three[place]!.id));
  expect(pagination).toMatchObject({ total, unread: 2 });
});

test('what somebody has read stays read since then', async () => {
  const [, older] = await threeNotifications();

  expect((await patch(`/notifications/${older!.id}/read`, {}, driver)).body.data).toEqual({ updated: 1 });
  const { readAt } = await db.notification.findUniqueOrThrow({ where: { id: older!.id } });
  expect((await patch(`/notifications/${older!.id}/read`, {}, driver)).body.data).toEqual({ updated: 0 });

  expect(readAt).not.toBeNull();
  expect(await db.notification.findUnique({ where: { id: older!.id } })).toMatchObject({ readAt });
  expect((await inboxOf()).pagination.unread).toBe(1);
});

test('everything is read at once, of nobody else', async () => {
  await threeNotifications();
  const ofManager = await aNotification(fleet.manager.id);

  expect((await patch('/notifications/read-all', {}, driver)).body.data).toEqual({ updated: 2 });

  expect((await inboxOf()).pagination.unread).toBe(0);
  expect((await patch('/notifications/read-all', {}, driver)).body.data).toEqual({ updated: 0 });
  expect(await db.notification.findUnique({ where: { id: ofManager.id } })).toMatchObject({ readAt: null });
});

test('nobody reads the inbox of another, and of what was only pushed there is none', async () => {
  const ofManager = await aNotification(fleet.manager.id);
  const pushed = await aNotification(driver.userId, { channels: ['PUSH'] });

  for (const caller of [driver, fleet.superAdmin, fleet.fleetAdmin]) {
    expect((await inboxOf('', caller)).ids).not.toContain(ofManager.id);
    const { status, body } = await patch(`/notifications/${ofManager.id}/read`, {}, caller);
    expect([status, body.errorCode]).toEqual([403, 'SCOPE_FORBIDDEN']);
  }
  expect((await inboxOf()).ids).toEqual([]);
  expect((await patch(`/notifications/${pushed.id}/read`, {}, driver)).status).toBe(403);
  expect(await db.notification.count({ where: { id: { in: [ofManager.id, pushed.id] }, readAt: null } })).toBe(2);
});

test('what the system tells a driver arrives in their inbox', async () => {
  const bonus = { driverId: driver.id, amount: 150, reason: 'Diwali', category: 'BONUS' };
  expect((await post('/payments/admin/incentive', bonus, fleet.manager)).status).toBe(201);

  const { data } = await inboxOf('?unread=true');

  expect(data).toMatchObject([{ event: 'incentive:created', payload: { amount: '150.00' }, readAt: null }]);
});
