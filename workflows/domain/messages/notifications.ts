import type { Paise } from '../money.ts';
import { istText } from '../time.ts';
import type { Instant } from '../time.ts';

/** Events of which the passenger of a trip is told by SMS. */
export type PassengerEvent =
  | 'passenger:assigned'
  | 'passenger:on_the_way'
  | 'passenger:arrived'
  | 'passenger:completed'
  | 'passenger:cancelled'
  | 'passenger:no_show';

/** What became of one attempt; what nobody knows counts as not delivered. */
export type Delivery = 'SENT' | 'REFUSED' | 'UNREACHABLE';

export interface PassengerText {
  shortId: string;
  pickupTime: Instant;
  driverFirstName: string;
  vehicleNumber: string;
  totalPaise: Paise | null;
  /** The boarding code; the one secret that an SMS may carry. */
  code: string | null;
}

const rupeesText = (amount: Paise) => (amount % 100 === 0 ? String(amount / 100) : (amount / 100).toFixed(2));

/** Source: notifications.md, SMS texts. */
export const passengerText = (event: PassengerEvent, trip: PassengerText): string => {
  switch (event) {
    case 'passenger:assigned': {
      const pickup = `${trip.driverFirstName}, ${trip.vehicleNumber}, picks you up on ${istText(trip.pickupTime)}.`;
      return `Driver's Klub: ${pickup}${trip.code ? ` Boarding code ${trip.code}.` : ''}`;
    }
    case 'passenger:on_the_way':
      return `${trip.driverFirstName} (${trip.vehicleNumber}) is on the way.`;
    case 'passenger:arrived':
      return `Your cab ${trip.vehicleNumber} has arrived.`;
    case 'passenger:completed':
      return `Trip ${trip.shortId} completed. Total Rs ${rupeesText(trip.totalPaise ?? (0 as Paise))}.`;
    case 'passenger:cancelled':
      return `Trip ${trip.shortId} on ${istText(trip.pickupTime)} was cancelled.`;
    case 'passenger:no_show':
      return `Trip ${trip.shortId} was closed because we could not meet you.`;
  }
};
