import { z } from 'zod';
import { accepting, No, Yes } from './answer-parts.ts';

/** Source: easebuzz.md 2.1, 4.1. */
const Refusal = z.looseObject({ success: No }).transform(({ message }) => (typeof message === 'string' ? message : ''));

export const accepted = accepting(Refusal);

export const succeeded = <T extends z.ZodType>(data: T) => z.object({ success: Yes, data });
