import type { Base } from './http/endpoint.ts';
import { createOnce } from './http/once.ts';

/** Remarks and links of a command, written down before it is sent, so that they never enter the workflow. */
export const writeText = async (
  { db, newId }: Pick<Base, 'db' | 'newId'>,
  text: { remarks?: string | undefined; imageUrl?: string | undefined },
): Promise<string | null> => {
  if (!text.remarks && !text.imageUrl) return null;
  const id = newId('text');
  await createOnce(() => db.commandText.create({ data: { id, ...text } }));
  return id;
};
