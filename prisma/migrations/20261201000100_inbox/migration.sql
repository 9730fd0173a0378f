-- A badge asks how many are unread, also in the inbox of staff, which holds tens of thousands that are read.
CREATE INDEX "notifications_unread_idx" ON "notifications" ("userId", "createdAt", "id") WHERE "readAt" IS NULL;
