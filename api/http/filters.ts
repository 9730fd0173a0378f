import { z } from 'zod';
import { dayMs, istDayStartMs } from '../../workflows/domain/time.ts';
import type { IstDay } from '../../workflows/domain/time.ts';
import { counted, DayIn, InstantIn } from './shapes.ts';

/** From when on, in a filter. */
export const From = z
  .union([DayIn.transform((day) => new Date(istDayStartMs(day as IstDay))), InstantIn])
  .meta({ description: 'Business day, or ISO-8601 date and time' });

/** Until when, in a filter: the first moment that does not count any more. */
export const Before = z
  .union([
    DayIn.transform((day) => new Date(istDayStartMs(day as IstDay) + dayMs)),
    InstantIn.transform((at) => new Date(at.getTime() + 1)),
  ])
  .meta({ description: 'Business day, which counts to its end, or ISO-8601 date and time' });

/** A yes or no in a filter, as text; without one both count. */
export const Truth = z.enum(['true', 'false']).optional();

/** How many of something, from 1 on; moved into its range, and never refused. */
export const Clamped = (description: string, { fallback, max }: { fallback: number; max: number }) =>
  z
    .string()
    .optional()
    .transform((text) => counted(text, fallback, max))
    .meta({
      type: 'integer',
      minimum: 1,
      maximum: max,
      default: fallback,
      description: `${description}; a value out of range is moved into it`,
    });
