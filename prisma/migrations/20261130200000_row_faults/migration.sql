-- Three rows in a row could not be begun, for a fault of ours.
ALTER TYPE "BulkPauseReason" ADD VALUE 'ROW_FAULTS';
