import { expect, test } from '@jest/globals';
import { get, post } from '../world/api.ts';
import { db } from '../world/database.ts';
import { aDriver, aFleet, aPhone, hubPoint } from '../world/factories.ts';
import { smsWith } from '../world/sms.ts';
import { temporal } from '../world/temporal.ts';

test('a driver works a day: check-in, a trip with a boarding code, check-out, cash', async () => {
  const fleet = await aFleet();
  const driver = await aDriver(fleet);
  const passengerPhone = aPhone();

  const shift = await post('/attendance/check-in', { ...hubPoint, odometer: 1000 }, driver);
  expect(shift).toMatchObject({ status: 201, body: { data: { status: 'PENDING', odometerStart: 1000 } } });
  const shiftId = shift.body.data.id as string;
  const approved = await post(`/attendance/${shiftId}/approve`, {}, fleet.manager);
  expect(approved.body.data).toMatchObject({ status: 'APPROVED', approvedBy: fleet.manager.id });

  const booked = await post(
    '/trips',
    {
      pickupLocation: 'Connaught Place, New Delhi',
      dropLocation: 'Cyber Hub, Gurugram',
      tripType: 'INTER_CITY',
      pickupTime: new Date(Date.now() + 600_000).toISOString(),
      passengerName: 'Priya',
      passengerPhone,
      boardingCode: true,
    },
    fleet.operations,
  );
  expect(booked).toMatchObject({ status: 201, body: { data: { status: 'CREATED', originCity: 'DELHI' } } });
  const trip = booked.body.data;

  const assigned = await post('/admin/trips/assign', { tripId: trip.id, driverId: driver.id }, fleet.operations);
  expect(assigned).toMatchObject({ status: 201, body: { data: { assignment: { driverId: driver.id } } } });
  const here = { lat: trip.pickupLat, lng: trip.pickupLng };
  expect((await post(`/trips/${trip.id}/start`, here, driver)).body.data.phase).toBe('EN_ROUTE');
  expect((await post(`/trips/${trip.id}/arrived`, here, driver)).body.data.status).toBe('ARRIVED_EVENT_SENT');
  const otp = await smsWith(passengerPhone, /Boarding code (\d{4})/);
  expect((await post(`/trips/${trip.id}/onboard`, { otp }, driver)).body.data.phase).toBe('ONBOARD');
  const completed = await post(`/trips/${trip.id}/complete`, here, driver);
  expect(completed.body.data).toMatchObject({ status: 'COMPLETED', fareBreakdown: { appliedFare: trip.price } });
  await smsWith(passengerPhone, /completed\. Total Rs (\d+)/);
  expect((await get(`/drivers/${driver.id}`, fleet.manager)).body.data.isAvailable).toBe(true);

  const out = await post('/attendance/check-out', { odometer: 1040, cashDeposited: 780.5 }, driver);
  expect(out.body.data).toMatchObject({ status: 'CHECKED_OUT', totalKm: 40, cashDeposited: 780.5 });

  const process = temporal.workflow.getHandle(`shift:${shiftId}`);
  expect((await process.describe()).status.name).toBe('RUNNING');
  await process.executeUpdate('recordCashReconciled', { args: [{ reconciliationId: shiftId }] });
  await process.result();
  expect(await db.attendance.findUnique({ where: { id: shiftId } })).toMatchObject({ cashStatus: 'RECONCILED' });
});
