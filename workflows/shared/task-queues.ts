/** Trips, shifts, notifications: short work that somebody waits for. Bulk work gets queues of its own, so that it never stands before this one. */
export const coreQueue = 'core';
