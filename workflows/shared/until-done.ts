import { allHandlersFinished, condition, setHandler } from '@temporalio/workflow';
import type { UpdateDefinition } from '@temporalio/common';

/** Lives until its one command has succeeded; a refused one may come again. */
export const untilDone = async <R, I>(
  update: UpdateDefinition<R, [I]>,
  work: (input: I) => Promise<R>,
): Promise<void> => {
  let isDone = false;
  setHandler(update, async (input) => {
    const outcome = await work(input);
    isDone = true;
    return outcome;
  });
  await condition(() => isDone && allHandlersFinished());
};
