/** What became of a call to a partner. Unknown is not failed: the partner may have acted. */
export type Answer = { kind: 'answered'; status: number; text: string } | { kind: 'unknown'; reason: string };

/** One HTTP call with a time limit; never throws, never follows a redirect, never logs what it sends. */
export const call = async (url: string, init: RequestInit, timeoutMs: number): Promise<Answer> => {
  try {
    const response = await fetch(url, { ...init, redirect: 'manual', signal: AbortSignal.timeout(timeoutMs) });
    return { kind: 'answered', status: response.status, text: await response.text() };
  } catch (error) {
    return { kind: 'unknown', reason: error instanceof Error ? error.name : 'unknown' };
  }
};
