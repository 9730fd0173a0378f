/**
 * Every `patched()` flag, one named function each, so that nobody has to search for them. To change what a running workflow
 * does: add a function here, branch on it, record a history of the old shape (`npm run record`), and note owner and removal:
 *
 *   // since 2026-12-01, remove when no trip older than it is open
 *   export const remindsTheDriver = () => patched('reminds-the-driver');
 *
 * There has been no release yet, so nothing runs under older code, the list is empty, and `npm run reset` forgets what a checkout
 * of yesterday left behind.
 */
export {};
