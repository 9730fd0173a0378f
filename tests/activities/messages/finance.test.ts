import { expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { financeOf } from '../../../prisma/notifications.ts';
import type { Role } from '../../../prisma/generated/enums.ts';
import { db } from '../../world/database.ts';
import { aFleet } from '../../world/factories.ts';

class Undo extends Error {}

const person = (role: Role, fleetId: string | null = null) => {
  const id = randomUUID();
  return { id, name: 'Asha', role, fleetId, phone: `69${id.slice(0, 8)}` };
};

test('who looks after the money of a fleet is told, however many people are above the fleets', async () => {
  const { id: fleetId } = await aFleet();
  const [manager, dispatcher] = [person('MANAGER', fleetId), person('OPERATIONS', fleetId)];
  const above = Array.from({ length: 300 }, () => person('SUPER_ADMIN'));

  let told: string[] = [];
  const tell = db.$transaction(async (tx) => {
    await tx.user.createMany({ data: [...above, manager, dispatcher] });
    told = await financeOf(tx, fleetId);
    throw new Undo(); // So many people above the fleets would be told by every test that follows.
  });

  await expect(tell).rejects.toThrow(Undo);
  expect(told).toContain(manager.id);
  expect(told).not.toContain(dispatcher.id);
});
