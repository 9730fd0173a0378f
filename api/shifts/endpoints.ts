import type { Endpoint } from '../http/endpoint.ts';
import { attendance } from './attendance.ts';
import { attendanceCheckIn } from './attendance-check-in.ts';
import { attendanceDesk } from './attendance-desk.ts';

/** The routes of attendance. */
export const shiftsEndpoints: readonly Endpoint[] = [...attendanceCheckIn, ...attendance, ...attendanceDesk];
