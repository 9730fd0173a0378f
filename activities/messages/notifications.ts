import type { Client } from '@temporalio/client';
import type { Logger } from 'pino';
import type { Db } from '../../prisma/client.ts';
import type { Sealer } from '../../prisma/sealed.ts';
import { passengerText } from '../../workflows/domain/messages/notifications.ts';
import type { Delivery, PassengerEvent } from '../../workflows/domain/messages/notifications.ts';
import { paise } from '../../workflows/domain/money.ts';
import { notificationProcess } from '../../workflows/processes.ts';
import { begin } from '../begin.ts';
import type { SendSms } from '../partners/sms.ts';

interface Deps {
  db: Db;
  sealer: Sealer;
  sms: SendSms;
}

export interface RecordDelivery {
  notificationId: string;
  attempt: number;
  delivery: Delivery;
  final: boolean;
}

/**
 * Begins the delivery of queued messages behind the commit that queued them, so that nobody waits for it and no history holds it.
 * What is lost here, because the process dies or Temporal is away, the schedule begins within two minutes.
 */
export const delivering =
  ({ client, log }: { client: Client; log: Logger }) =>
  (notificationIds: string[]): void => {
    for (const id of notificationIds)
      begin(client, notificationProcess(id)).catch(() => log.warn({ notificationId: id }, 'delivery not begun'));
  };

export const notificationActivities = ({ db, sealer, sms }: Deps) => ({
  /** Sends the SMS of a notification. The partner knows no idempotency, so a retry may send a second one: better than none. */
  async sendPassengerSms(notificationId: string): Promise<Delivery> {
    const notification = await db.notification.findUnique({ where: { id: notificationId } });
    if (!notification?.tripId) return 'REFUSED';
    const trip = await db.trip.findUnique({
      where: { id: notification.tripId },
      select: {
        id: true,
        shortId: true,
        pickupTime: true,
        pricePaise: true,
        passengerPhone: true,
        sealedCode: true,
        tripAssignments: {
          orderBy: { createdAt: 'desc' },
          take: 1,
          select: {
            status: true,
            driver: { select: { firstName: true } },
            vehicle: { select: { vehicleNumber: true } },
          },
        },
      },
    });
    if (!trip?.passengerPhone) return 'REFUSED';
    const latest = trip.tripAssignments[0];
    if (isAhead(notification.event) && latest?.status !== 'ASSIGNED' && latest?.status !== 'ACTIVE') return 'REFUSED';
    const text = passengerText(notification.event as PassengerEvent, {
      shortId: trip.shortId,
      pickupTime: trip.pickupTime.toISOString(),
      driverFirstName: latest?.driver.firstName ?? 'Your driver',
      vehicleNumber: latest?.vehicle?.vehicleNumber ?? 'your cab',
      totalPaise: trip.pricePaise === null ? null : paise(trip.pricePaise),
      code: trip.sealedCode && sealer.open('boarding-code', trip.sealedCode, trip.id),
    });
    return sms(trip.passengerPhone, text);
  },

  /** Records one attempt, and the verdict when it was the last. Safe to retry: an attempt is recorded once. */
  async recordDelivery({ notificationId, attempt, delivery, final }: RecordDelivery): Promise<void> {
    await db.$transaction(async (tx) => {
      const tried = { notificationId, channel: 'SMS' as const, provider: 'exotel', attempt, status: delivery };
      await tx.deliveryAttempt.createMany({ data: [tried], skipDuplicates: true });
      if (final) {
        const status = delivery === 'SENT' ? 'SENT' : 'FAILED';
        await tx.notification.updateMany({ where: { id: notificationId, status: 'QUEUED' }, data: { status } });
      }
    });
  },
});

/** News of a driver who comes are worth nothing, and mislead, when they do not come any more. */
const isAhead = (event: string): boolean =>
  event === 'passenger:assigned' || event === 'passenger:on_the_way' || event === 'passenger:arrived';

export type NotificationActivities = ReturnType<typeof notificationActivities>;
