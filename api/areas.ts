/** A group of routes in the document: what it is about, and under which paths it stands. */
interface Group {
  name: string;
  about: string;
  paths: RegExp;
}

/** The routes by area, in the order in which the document shows them. Of several groups that know a path the last one has it. */
export const groups: readonly Group[] = [
  { name: 'People: login', about: 'Login codes by SMS, tokens, sessions.', paths: /^\/auth/ },
  { name: 'People: users', about: 'Who may log in, in which role, for which fleet and hubs.', paths: /^\/users/ },
  { name: 'People: drivers', about: 'Profiles of drivers, their status, KYC and availability.', paths: /^\/drivers/ },
  { name: 'Fleet: fleets and hubs', about: 'Fleets, their hubs and managers.', paths: /^\/(?:fleets|fleet-managers)/ },
  { name: 'Fleet: vehicles', about: 'Vehicles, their papers and status.', paths: /^\/vehicles/ },
  { name: 'Fleet: roster', about: 'Roster links: which driver has which vehicle.', paths: /^\/assignments/ },
  {
    name: 'Shifts: attendance',
    about: 'Check-in, breaks, check-out, and the decision of the manager.',
    paths: /^\/attendance/,
  },
  {
    name: 'Trips: booking and driving',
    about: 'Book a trip, and drive it from the start to its end.',
    paths: /^\/trips/,
  },
  {
    name: 'Trips: dispatch',
    about: 'Give trips to drivers, take them back, cancel them.',
    paths: /^\/(?:admin\/trips|assignments\/trip|trips\/:id\/assign$)/,
  },
  {
    name: 'Trips: prices and places',
    about: 'What a trip costs, and where places are.',
    paths: /^\/(?:pricing|maps|public)/,
  },
  { name: 'Money: drivers', about: "A driver's balance, rental, earnings and payments.", paths: /^\/payments?\b/ },
  {
    name: 'Money: back office',
    about: 'Rental plans, penalties, incentives, collections, payouts and the books.',
    paths: /^\/(?:payments\/admin|admin\/(?!trips)|orders)/,
  },
  { name: 'Money: webhooks', about: 'What the payment gateway tells.', paths: /^\/webhooks/ },
  { name: 'Partners', about: 'What booking partners call.', paths: /^\/(?:partners?|rapido)\b/ },
  { name: 'Messages', about: 'Notifications to drivers and staff.', paths: /^\/notifications/ },
  { name: 'Service', about: 'Whether the service is alive.', paths: /^\/$|\/health/ },
];

/** The group of a path as it is declared (`/trips/:id`). Throws for a path of none, so that no route is left out. */
export const groupOf = (path: string): string => {
  const group = groups.findLast(({ paths }) => paths.test(path));
  if (!group) throw new Error(`${path} belongs to no group of api/areas.ts.`);
  return group.name;
};
