import { expect, test } from '@jest/globals';
import { passengerText } from '../../../workflows/domain/messages/notifications.ts';
import type { PassengerEvent, PassengerText } from '../../../workflows/domain/messages/notifications.ts';
import { inPaise } from '../facts.ts';

const aText = (text: Partial<PassengerText> = {}): PassengerText => ({
  shortId: 'TRP20261122001',
  pickupTime: '2026-11-22T05:00:00.000Z',
  driverFirstName: 'Ravi',
  vehicleNumber: 'DL1ZA1234',
  totalPaise: null,
  code: null,
  ...text,
});

test.each<[PassengerEvent, string]>([
  ['passenger:assigned', "Driver's Klub: Ravi, DL1ZA1234, picks you up on 22 Nov, 10:30."],
  ['passenger:on_the_way', 'Ravi (DL1ZA1234) is on the way.'],
  ['passenger:arrived', 'Your cab DL1ZA1234 has arrived.'],
  ['passenger:cancelled', 'Trip TRP20261122001 on 22 Nov, 10:30 was cancelled.'],
  ['passenger:no_show', 'Trip TRP20261122001 was closed because we could not meet you.'],
])('the SMS of %s says: %s', (event, text) => {
  expect(passengerText(event, aText())).toBe(text);
});

test('the passenger of a trip with a boarding code learns it with the driver', () => {
  const text = passengerText('passenger:assigned', aText({ code: '0412' }));

  expect(text).toBe("Driver's Klub: Ravi, DL1ZA1234, picks you up on 22 Nov, 10:30. Boarding code 0412.");
});

test.each<PassengerEvent>([
  'passenger:on_the_way',
  'passenger:arrived',
  'passenger:completed',
  'passenger:cancelled',
  'passenger:no_show',
])('the SMS of %s never repeats the boarding code', (event) => {
  expect(passengerText(event, aText({ code: '0412', totalPaise: inPaise(810) }))).not.toContain('0412');
});

test.each([
  [810, '810'],
  [1338.75, '1338.75'],
  [592.5, '592.50'],
  [592.05, '592.05'],
])('a total of %d rupees reads Rs %s', (total, rupees) => {
  const text = passengerText('passenger:completed', aText({ totalPaise: inPaise(total) }));

  expect(text).toBe(`Trip TRP20261122001 completed. Total Rs ${rupees}.`);
});
