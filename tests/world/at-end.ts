/** Closes something when the test file ends; outside of jest it ends with its process. */
export const atEnd = (close: () => Promise<unknown>): void => {
  (globalThis as { afterAll?: (work: () => Promise<unknown>) => void }).afterAll?.(close);
};
