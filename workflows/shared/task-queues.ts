/** Trips, shifts, notifications: short work that somebody waits for. Bulk work gets queues of its own, so that it never stands before this one. */
export const coreQueue = 'core';
/** Calls to the payment gateway, activities alone: a slow gateway never occupies the slots of drivers' commands. */
export const gatewayQueue = 'gateway';
/** Calls to the gateway's accounts and transfers, activities alone, with fewer slots: it may be asked less at once. */
export const wireQueue = 'wire';
/** Files of payouts, activities alone: a file that takes minutes keeps nobody else from the gateway. */
export const bulkQueue = 'bulk';

/** All of them. A worker serves each, unless it is told which. */
export const taskQueues = [coreQueue, gatewayQueue, wireQueue, bulkQueue] as const;
export type TaskQueue = (typeof taskQueues)[number];
