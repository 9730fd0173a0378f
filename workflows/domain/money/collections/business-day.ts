import { istDay, ms } from '../../time.ts';
import type { Instant, IstDay } from '../../time.ts';

/** The business day of what happened at a moment: that of the check-in of the shift that contains it, else the Indian day. Rule 1. */
export const businessDay = (at: Instant, checkInOfShift: Instant | null): IstDay => istDay(ms(checkInOfShift ?? at));
