import { randomUUID } from 'node:crypto';
import { connect } from '../prisma/client.ts';
import type { Db } from '../prisma/client.ts';
import type { Sealer } from '../prisma/sealed.ts';

export interface DemoLogin {
  role: string;
  phone: string;
  name: string;
}

const staff = [
  { role: 'FLEET_ADMIN', phone: '9800000002', name: 'Farah Fleet' },
  { role: 'MANAGER', phone: '9800000003', name: 'Manoj Manager' },
  { role: 'OPERATIONS', phone: '9800000004', name: 'Omkar Operations' },
] as const;

/** Connaught Place, so that every demo address is within reach. */
const demoHub = { address: 'Connaught Place, New Delhi', lat: 28.6315, lng: 77.2167, hubType: 'OFFICE' };

/**
 * One login per role in one small fleet, so that a newcomer can try everything at once. Only for the embedded database; a second
 * start finds them there.
 */
export const seedDemo = async (databaseUrl: string, { seal }: Sealer): Promise<DemoLogin[]> => {
  const { db, close } = connect(databaseUrl, 2);
  try {
    const known = await db.user.count({ where: { phone: admin.phone } });
    if (known === 0) await insert(db, seal);
    return [admin, ...staff, driver].map(({ role, phone, name }) => ({ role, phone, name }));
  } finally {
    await close();
  }
};

const admin = { role: 'SUPER_ADMIN', phone: '9800000001', name: 'Sara Superadmin' } as const;
const driver = { role: 'DRIVER', phone: '9800000005', name: 'Dev Driver' } as const;

const insert = async (db: Db, seal: Sealer['seal']): Promise<void> => {
  const fleetId = randomUUID();
  const hubId = randomUUID();
  const driverId = randomUUID();
  const vehicleId = randomUUID();
  const userId = randomUUID();
  await db.$transaction(async (tx) => {
    await tx.user.create({ data: { id: randomUUID(), ...admin } });
    await tx.fleet.create({
      data: {
        ...{ id: fleetId, name: 'Demo Cabs', mobile: '9800000000', city: 'Delhi' },
        fleetType: 'COMPANY',
        sealedPanNumber: seal('identity-number', 'ABCDE1234F', fleetId),
      },
    });
    await tx.hub.create({ data: { id: hubId, fleetId, ...demoHub } });
    for (const person of staff) {
      const hubs = person.role === 'OPERATIONS' ? { create: [{ hubId }] } : {};
      await tx.user.create({ data: { id: randomUUID(), ...person, fleetId, hubs } });
    }
    await tx.user.create({ data: { id: userId, ...driver, fleetId } });
    const [firstName = '', lastName = ''] = driver.name.split(' ');
    await tx.driver.create({
      data: { id: driverId, userId, fleetId, hubId, firstName, lastName, mobile: driver.phone, kycStatus: 'APPROVED' },
    });
    await tx.vehicle.create({
      data: {
        ...{ id: vehicleId, fleetId, hubId, vehicleNumber: 'DL01DK0001' },
        vehicleName: 'Tata',
        vehicleModel: 'Tigor EV',
      },
    });
    await tx.assignment.create({ data: { id: randomUUID(), fleetId, driverId, vehicleId, startTime: new Date() } });
  });
};
