/** Phones in texts keep their last four digits. */
export const masked = (text: string) => text.replace(/(?<!\d)(?:\+?91)?[6-9]\d{5}(\d{4})(?!\d)/g, '******$1');

/** Where a fault is, and of what kind. Its text may quote what was sent (the ORM prints whole arguments), so only the end of it stays. */
export const withoutValues = (error: unknown) => {
  if (!(error instanceof Error)) return { type: typeof error };
  const frames = (error.stack ?? '').split('\n').filter((line) => line.trimStart().startsWith('at '));
  return { type: error.name, message: masked(error.message.trim().split('\n').at(-1) ?? ''), stack: frames.join('\n') };
};
