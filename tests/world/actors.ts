import type { Actor } from '../../workflows/domain/commands.ts';

/** A driver as their commands name them. */
export const asDriver = ({ id, userId }: { id: string; userId: string }): Actor & { driverId: string } => ({
  ...{ userId, driverId: id, role: 'DRIVER', requestId: 'test' },
});

/** A member of staff as their commands name them. */
export const asStaff = (userId: string, role = 'OPERATIONS'): Actor => ({
  ...{ userId, driverId: null, role, requestId: 'test' },
});
