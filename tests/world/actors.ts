import type { Actor } from '../../workflows/domain/commands.ts';

/** A driver as his commands name him. */
export const asDriver = ({ id, userId }: { id: string; userId: string }): Actor & { driverId: string } => ({
  ...{ userId, driverId: id, role: 'DRIVER', requestId: 'test' },
});

/** A member of staff as his commands name him. */
export const asStaff = (userId: string, role = 'OPERATIONS'): Actor => ({
  ...{ userId, driverId: null, role, requestId: 'test' },
});
