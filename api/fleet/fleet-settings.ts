import { z } from 'zod';
import { audit } from '../../prisma/audit.ts';
import type { Fleet, Prisma } from '../../prisma/generated/client.ts';
import { get, patch } from '../http/endpoint.ts';
import { Amount, ById, NumericText, Percent, Rupees, Word } from '../http/shapes.ts';

const enforcements = ['NONE', 'WARN', 'BLOCK'] as const;
const graceHoursMax = 720;

export const FleetSettingsView = z.object({
  duesBlockLimit: Rupees.nullable(),
  rentalEnforcement: z.enum(enforcements),
  rentalGraceHours: z.number(),
  rentalQrSharePercent: z.number(),
  allowAdvance: z.boolean(),
  preferRtgs: z.boolean(),
});
z.globalRegistry.add(FleetSettingsView, { id: 'FleetSettings' });

const settingsOf = ({ duesBlockLimitPaise, ...fleet }: Fleet) => ({
  ...fleet,
  duesBlockLimit: duesBlockLimitPaise === null ? null : Number(duesBlockLimitPaise),
});

/** As they are answered, and so written into the audit. */
const audited = (fleet: Fleet): Prisma.InputJsonObject => z.encode(FleetSettingsView, settingsOf(fleet));

/** What a fleet decides about the money of its drivers. Source: money-common.md, Variables. */
export const fleetSettings = [
  get('/fleets/:id/settings', {
    allow: 'fleets:read-settings',
    summary: 'Read what a fleet decides about the money of its drivers',
    params: ById('fleet'),
    returns: FleetSettingsView,
    handle: ({ fleet }) => Promise.resolve(settingsOf(fleet)),
  }),

  patch('/fleets/:id/settings', {
    allow: 'fleets:change-settings',
    summary: 'Change what a fleet decides about the money of its drivers; what is not sent stays',
    says: 'Settings changed',
    params: ById('fleet'),
    body: z.object({
      duesBlockLimit: Amount.nullable().optional(),
      rentalEnforcement: Word(enforcements).optional(),
      rentalGraceHours: NumericText.pipe(z.number().int().min(0).max(graceHoursMax)).optional(),
      rentalQrSharePercent: Percent.optional(),
      allowAdvance: z.boolean().optional(),
      preferRtgs: z.boolean().optional(),
    }),
    returns: FleetSettingsView,
    async handle({ fleet: { id }, body, actor, db }) {
      const { duesBlockLimit, ...settings } = body;
      const data = { ...settings, ...(duesBlockLimit === undefined ? {} : { duesBlockLimitPaise: duesBlockLimit }) };
      const changed = await db.$transaction(async (tx) => {
        await tx.$queryRaw`SELECT "id" FROM "fleets" WHERE "id" = ${id}::uuid FOR NO KEY UPDATE`;
        const before = await tx.fleet.findUniqueOrThrow({ where: { id } });
        const after = await tx.fleet.update({ where: { id }, data });
        const change = { before: audited(before), after: audited(after) };
        await audit(tx, actor, { action: 'fleet.settingsChanged', subject: 'fleet', subjectId: id, ...change });
        return after;
      });
      return settingsOf(changed);
    },
  }),
];
