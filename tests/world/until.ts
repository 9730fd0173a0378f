const pauseMs = 25;
const usualPatienceMs = 45_000;

/** Waits for a state instead of sleeping: asks again until the answer is something. */
export const until = async <T>(
  ask: () => Promise<T | null | undefined | false>,
  what = 'the state',
  patienceMs = usualPatienceMs,
): Promise<T> => {
  const deadlineMs = Date.now() + patienceMs;
  for (;;) {
    const answer = await ask();
    if (answer) return answer;
    if (Date.now() > deadlineMs) throw new Error(`Waited ${patienceMs} ms for ${what}.`);
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
};
