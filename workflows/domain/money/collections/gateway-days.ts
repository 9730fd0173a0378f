import { daysAfter } from '../../time.ts';
import type { IstDay } from '../../time.ts';

/** The business days before today that are still to be compared with the gateway's lists, oldest first, at most so many. */
export const daysToCompare = (first: IstDay, today: IstDay, done: ReadonlySet<IstDay>, max: number): IstDay[] => {
  const due: IstDay[] = [];
  for (let day = first; day < today && due.length < max; day = daysAfter(day, 1)) if (!done.has(day)) due.push(day);
  return due;
};
