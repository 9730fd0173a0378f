import { temporal } from '../world/temporal.ts';

/** A request of a scene; throws when it is refused. */
export const done = async (sent: Promise<{ status: number; body: unknown }>) => {
  const { status, body } = await sent;
  if (status >= 300) throw new Error(`${status} ${JSON.stringify(body)}`);
};

export const handleOf = (workflowId: string) => temporal.workflow.getHandle(workflowId);
