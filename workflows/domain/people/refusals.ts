import type { Refusal } from '../refusal.ts';

/** A driver's own status, or what else keeps them from driving. */
const blocked = (status: string | undefined): string => {
  if (status === 'USER_INACTIVE') return 'may not log in: their user is deactivated';
  if (status === 'FLEET_INACTIVE') return 'belongs to a fleet that is closed';
  return `is ${status}`;
};

/** How logins, users and drivers say no. */
export const peopleRefusals = {
  TOKEN_REUSED: {
    status: 401,
    says: () => 'This session was ended because its refresh token was used twice',
    remedy: 'Log in again.',
  },
  INVALID_CREDENTIALS: {
    status: 400,
    says: (_: { attemptsLeft: number }) => 'The code is not correct',
    remedy: 'Type the code of the newest SMS.',
  },
  OTP_EXPIRED: {
    status: 400,
    says: () => 'The code has expired or was already used',
    remedy: 'Ask for a new code with POST /auth/send-otp.',
  },
  OTP_ATTEMPT_EXCEEDED: {
    status: 429,
    says: (_: { retryAfterSeconds: number } | { maxAttempts: number }) => 'Too many wrong codes',
    remedy: 'Wait, then ask for a new code with POST /auth/send-otp.',
  },
  OTP_RESEND_TOO_SOON: {
    status: 429,
    says: ({ retryAfterSeconds }: { retryAfterSeconds: number }) =>
      `Please wait ${retryAfterSeconds} seconds before asking for another code`,
    remedy: 'Wait for `details.retryAfterSeconds`.',
  },
  OTP_DELIVERY_FAILED: {
    status: 503,
    says: () => 'The code could not be sent',
    remedy: 'Check the phone number and try again in a minute.',
  },
  USER_NOT_REGISTERED: {
    status: 404,
    says: () => 'This phone number is not registered',
    remedy: 'Ask an administrator to create the user.',
  },
  USER_INACTIVE: {
    status: 403,
    says: () => 'This account is deactivated',
    remedy: 'Ask an administrator to reactivate the account.',
  },
  ROLE_NOT_ASSIGNABLE: {
    status: 403,
    says: ({ role }: { role: string }) => `You may not create or change a user of role ${role}`,
    remedy: 'Ask somebody with a higher role.',
  },
  PHONE_TAKEN: {
    status: 409,
    says: () => 'This phone number is already in use',
    remedy: 'Use another number, or find the user who has it.',
  },
  DRIVER_PROFILE_EXISTS: {
    status: 409,
    says: () => 'This user already has a driver profile',
    remedy: 'Edit the existing profile.',
  },
  USER_ROLE_NOT_DRIVER: {
    status: 400,
    says: () => 'The user is not of role DRIVER',
    remedy: 'Create the profile for a user of role DRIVER.',
  },
  DRIVER_NOT_ACTIVE: {
    status: 409,
    says: ({ status }: { status: string }) => `The driver ${blocked(status)}`,
    remedy:
      'Choose an active driver, or activate this one (PATCH /drivers/:id/status) and their user (PATCH /users/:id) first.',
  },
  DRIVER_BLOCKED: {
    code: 'DRIVER_NOT_ACTIVE',
    status: 403,
    says: ({ status, kycStatus }: { status?: string; kycStatus?: string }) =>
      kycStatus ? `The driver's KYC is ${kycStatus}` : `The driver ${blocked(status)}`,
    remedy: 'Talk to the fleet manager.',
  },
  DRIVER_UNDER_PENALTY: {
    status: 409,
    says: () => 'The driver is suspended or blacklisted',
    remedy: 'Waive the penalty instead; a SUPER_ADMIN may override with a `reason`.',
  },
  DRIVER_HAS_UNFINISHED: {
    code: 'INVALID_STATE_TRANSITION',
    status: 409,
    says: ({ open }: { open: readonly string[] }) =>
      `The driver cannot change the fleet while these are open: ${open.join(', ')}`,
    remedy: 'End or settle what `details.open` names, then move the driver.',
  },
  KYC_INCOMPLETE: {
    code: 'INVALID_STATE_TRANSITION',
    status: 409,
    says: ({ missing }: { missing: readonly string[] }) => `KYC cannot be approved without ${missing.join(', ')}`,
    remedy: 'Add what `details.missing` names with PATCH /drivers/:id first.',
  },
  UNKNOWN_PREFERENCE: {
    status: 400,
    says: ({ keys }: { keys: readonly string[] }) => `There is no preference ${keys.join(', ')}`,
    remedy: 'Send keys that GET /drivers/:id/preference shows.',
  },
  PREFERENCE_REQUEST_PENDING: {
    status: 400,
    says: (_: { requestId: string | null }) => 'A request of this driver waits for a decision',
    remedy: 'Wait until `details.requestId` is decided.',
  },
  LAST_SUPER_ADMIN: {
    status: 409,
    says: () => 'This would leave the platform without an administrator',
    remedy: 'Create another SUPER_ADMIN first, and let that person do it.',
  },
} satisfies Record<string, Refusal>;
