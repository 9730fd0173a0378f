import { z } from 'zod';
import { paiseOfLiteral } from '../../../workflows/domain/money/gateway-amounts.ts';

// Answers are read with numbers as text: see `literalJson`.

export const Yes = z.union([z.literal(true), z.literal('1'), z.literal('true')]);
export const No = z.union([z.literal(false), z.literal('0'), z.literal('false')]);
export const Flag = z.union([Yes.transform(() => true), No.transform(() => false)]);

/** Empty where the gateway says nothing. */
export const Text = z
  .string()
  .nullish()
  .transform((text) => text ?? '');

export const Amount = z.string().transform((text, context) => {
  const amount = paiseOfLiteral(text);
  if (amount !== null) return amount;
  context.addIssue('is no amount');
  return z.NEVER;
});

/** 0 while the gateway tells none. */
export const Fee = Amount.nullish().transform((amount) => amount ?? 0);

/** Answers of a product whose refusals look like `refusal`. */
export const accepting =
  (refusal: z.ZodType<string>) =>
  <T extends z.ZodType>(answer: T) =>
    z.union([
      answer.transform((value: z.output<T>) => ({ isAccepted: true as const, value })),
      refusal.transform((text) => ({ isAccepted: false as const, text })),
    ]);
