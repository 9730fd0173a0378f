import { readFileSync } from 'node:fs';
import type { Running } from './lock.ts';
import { partnerNames, partners } from './partners/partners.ts';

type Login = { role: string; phone: string; name: string };

/** The text that greets after a start: where everything is, who may log in, what to try, how to stop. */
export const card = (running: Running, logins: Login[], seconds: number): string =>
  [
    `Driver's Klub runs (${seconds.toFixed(1)} s).`,
    ...section('Where', addresses(running)),
    ...(logins.length > 0 ? section(`Logins (the code appears at ${running.sms})`, logins.map(login)) : []),
    ...section('Try', tries(running, logins)),
    ...(running.temporalUi ? section('Watch (more: docs/runbook.md)', filters(running.temporalUi)) : []),
    ...section(
      'Logs',
      running.logs.map((file) => [file]),
    ),
    '',
    'Ctrl-C stops everything. "npm run demo" plays a day, "npm run reset" (when stopped) forgets all data.',
  ].join('\n');

/** The addresses alone, for a second start that finds the system running. */
export const addressList = (running: Running): string => section('Where', addresses(running)).join('\n');

const addresses = ({ api, docs, temporalUi, temporalAddress, databaseUrl, ...running }: Running) => [
  ['API', api],
  ['API docs', docs],
  temporalUi ? ['Temporal UI', temporalUi] : ['Temporal', temporalAddress],
  ...partnerNames.map((name) => [partners[name].title, running[name]]),
  ['PostgreSQL', databaseUrl.replace(/:[^:@/]*@(?!127\.0\.0\.1)/, ':…@')],
];

const login = ({ role, phone, name }: Login) => [role, phone, name];

const tries = ({ api }: Running, logins: Login[]) => {
  const phone = (logins.find(({ role }) => role === 'SUPER_ADMIN') ?? logins[0])?.phone ?? '<phone of a user>';
  const trip = {
    tripType: 'INTER_CITY',
    pickup: 'Connaught Place, New Delhi',
    drop: 'Taj Mahal, Agra',
    vehicleType: 'EV',
  };
  const login = [post(`${api}/auth/send-otp`, { phone })];
  const code = [
    post(`${api}/auth/verify-otp`, { phone, otp: '<code>' }),
    '(then -H "authorization: Bearer <accessToken>")',
  ];
  return [[`curl ${api}/health`], [post(`${api}/pricing/preview`, trip)], login, [code.join('  ')]];
};

const runbook = new URL('../docs/runbook.md', import.meta.url);

/** The saved filters of the runbook, for the Temporal UI at this address. */
export const filters = (temporalUi: string): string[][] =>
  [...readFileSync(runbook, 'utf8').matchAll(/\[([^\]]+)\]\(http:\/\/127\.0\.0\.1:8233(\/[^)]+)\)/g)].map(
    ([, title, path]) => [title!, `${temporalUi}${path}`],
  );

const post = (url: string, body: object) =>
  `curl ${url} -H 'content-type: application/json' -d '${JSON.stringify(body)}'`;

const section = (title: string, rows: string[][]): string[] => {
  const widths = (rows[0] ?? []).map((_cell, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const aligned = rows.map((row) =>
    `  ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('   ')}`.trimEnd(),
  );
  return ['', title, ...aligned];
};
