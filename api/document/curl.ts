import type { z } from 'zod';
import { permissions } from '../permissions.ts';
import { isDoor } from '../doors.ts';
import type { Endpoint } from '../http/endpoint.ts';
import { fieldOf } from '../http/scope.ts';
import { noteOf } from '../http/shapes.ts';

/** What an endpoint is asked in the documentation, with shell variables for ids and moments, and what it answered. */
export interface Example {
  query?: Record<string, string>;
  body?: object;
  answer?: unknown;
}

export type Examples = Readonly<Record<string, Example>>;

/** The variable of an id is named after the record that it names. */
export const pathVariable = ({ params }: Endpoint, name: string): string => {
  const field = (params as z.ZodObject | undefined)?.shape[name] as z.ZodType | undefined;
  const subject = field && noteOf(field)?.subject;
  if (!subject) return `$${name.toUpperCase()}`;
  return `$${fieldOf(subject).toUpperCase()}_ID`;
};

/** What a driver may do is shown as a driver does it; all else as FLEET_ADMIN, or as SUPER_ADMIN where only that role may. */
const tokenVariable = ({ allow }: Endpoint): string | null => {
  if (allow === 'public' || isDoor(allow)) return null;
  const roles = permissions[allow];
  if (roles.includes('DRIVER')) return '$DRIVER_TOKEN';
  return roles.includes('FLEET_ADMIN') ? '$TOKEN' : '$ADMIN_TOKEN';
};

const searchOf = (query: Example['query'] = {}): string => {
  const fields = Object.entries(query).map(([name, value]) => `${name}=${encodeURIComponent(value)}`);
  return fields.length > 0 ? `?${fields.join('&').replaceAll('%24', '$')}` : '';
};

/** The request of an example for bash and zsh. The body is a here-document, so that its JSON stands as it is. */
export const curlOf = (endpoint: Endpoint, path: string, { query, body }: Example): string => {
  const method = endpoint.method === 'get' ? '' : `-X ${endpoint.method.toUpperCase()} `;
  const target = path.replace(/:(\w+)/g, (_, name: string) => pathVariable(endpoint, name));
  const token = tokenVariable(endpoint);
  const line = [
    `curl ${method}"$API${target}${searchOf(query)}"`,
    ...(token ? [`-H "authorization: Bearer ${token}"`] : []),
    ...(body ? ["-H 'content-type: application/json' -d @- <<END"] : []),
  ].join(' ');
  return body ? `${line}\n${JSON.stringify(body, null, 2)}\nEND` : line;
};

/** Where the document says the API is; a running API puts its own address in its place. */
export const localOrigin = 'http://127.0.0.1:3000';

/** How the variables of the lines get their values, with the logins that `npm start` prints. */
export const preparation = `
On the page \`/docs\`, log in at the top: the routes then show ids that you may use, and _Try it out_ works as it stands. In bash or zsh,
\`$TOKEN\` is the access token of a FLEET_ADMIN, \`$DRIVER_TOKEN\` of a DRIVER, \`$ADMIN_TOKEN\` of a SUPER_ADMIN; \`npm start\` prints
their phones. To log in:

\`\`\`sh
API=${localOrigin}
PHONE=9800000002
curl "$API/auth/send-otp" -H 'content-type: application/json' -d '{"phone":"'$PHONE'"}'
\`\`\`

The code appears on the page of the SMS simulator:

\`\`\`sh
OTP=123456
TOKEN=$(curl -s "$API/auth/verify-otp" -H 'content-type: application/json' -d '{"phone":"'$PHONE'","otp":"'$OTP'"}' |
  sed 's/.*"accessToken":"//; s/".*//')
PICKUP_TIME=$(date -u -d '+20 minutes' +%FT%TZ 2>/dev/null || date -u -v+20M +%FT%TZ)
\`\`\`

The other variables stand for what earlier answers and SMS showed: \`GET /drivers/me\` has the \`$DRIVER_ID\`, \`$FLEET_ID\`, \`$HUB_ID\`,
\`$ASSIGNMENT_ID\` and \`$VEHICLE_ID\` of a driver, and booking a trip answers with its \`$TRIP_ID\`.`;
