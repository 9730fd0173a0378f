import type { Tx } from './client.ts';

/** What a person wrote with a command; it was stored before the command was sent (`api/command-texts.ts`). */
export const remarksOf = async (tx: Tx, textId: string | null | undefined): Promise<string | null> =>
  textId ? ((await tx.commandText.findUnique({ where: { id: textId } }))?.remarks ?? null) : null;
