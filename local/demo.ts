import { randomInt, randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { join, resolve } from 'node:path';
import { payQr, qrOf, settleDay } from './demo-day.ts';
import { playMoney } from './demo-money.ts';
import { playPayouts } from './demo-payouts.ts';
import { readRunning } from './lock.ts';

// Plays the main job against the running system, over HTTP only, with new people each time.

const folder = resolve(process.env['LOCAL_FOLDER'] ?? join(import.meta.dirname, '../.local'));
const { API_URL, SMS_URL, TEMPORAL_UI_URL } = process.env;
const elsewhere = API_URL && SMS_URL ? { api: API_URL, sms: SMS_URL, temporalUi: TEMPORAL_UI_URL } : undefined;
const running = elsewhere ?? readRunning(folder);
if (!running) {
  console.error(
    'Nothing is running. Start it with `npm start` in another terminal, then try again, or name API_URL and SMS_URL.',
  );
  process.exit(1);
}
const { api, sms, temporalUi } = running;
const databaseUrl = 'databaseUrl' in running ? running.databaseUrl : process.env['DATABASE_URL'];

const dim = (text: string) => `\u001b[2m${text}\u001b[0m`;
const bold = (text: string) => `\u001b[1m${text}\u001b[0m`;
const act = (title: string) => console.log(`\n${bold(title)}`);
const tell = (who: string, what: string) => console.log(`  ${who.padEnd(12)} ${what}`);

interface Envelope {
  success: boolean;
  statusCode: number;
  message: string;
  errorCode?: string;
  data: never;
}

const patienceMs = 30_000;

/** As an app does: while nobody can answer it sends the same request again; who is logged in, with the same key. */
const send = async (method: string, path: string, token: string | null, body?: unknown): Promise<Envelope> => {
  const known = { authorization: `Bearer ${token}`, 'idempotency-key': randomUUID() };
  const headers = { 'content-type': 'application/json', ...(token ? known : {}) };
  const sent = body === undefined ? {} : { body: JSON.stringify(body) };
  for (const startedMs = performance.now(); ; await sleep(200)) {
    const signal = AbortSignal.timeout(patienceMs);
    const answer = await fetch(`${api}${path}`, { method, headers, signal, ...sent })
      .then((response) => response.json() as Promise<Envelope>)
      .catch(() => null);
    const isLate = performance.now() - startedMs > patienceMs;
    if (answer && (answer.statusCode !== 503 || isLate)) return answer;
    if (isLate) throw new Error(`${method} ${path}: nobody answers at ${api}. Is \`npm start\` still running?`);
  }
};

/** A call that has to succeed for the play to go on. */
const call = async <T>(method: string, path: string, token: string | null, body?: unknown): Promise<T> => {
  const answer = await send(method, path, token, body);
  if (!answer.success) throw new Error(`${method} ${path}: ${answer.statusCode} ${answer.errorCode} ${answer.message}`);
  return answer.data;
};

const newPhone = () => `9${randomInt(100_000_000, 999_999_999)}`;

/** The newest text that a phone got; the SMS simulator shows them all on its page. */
const newestSms = async (phone: string, pattern: RegExp): Promise<string> => {
  for (let tries = 0; tries < 100; tries += 1) {
    const response = await fetch(`${sms}/messages?to=${encodeURIComponent(`+91${phone}`)}`);
    const messages = (await response.json()) as { body: string }[];
    const found = messages.map(({ body }) => pattern.exec(body)?.[1]).find(Boolean);
    if (found) return found;
    await sleep(50);
  }
  throw new Error(`No SMS for ${phone} matches ${pattern}.`);
};

const logIn = async (who: string, phone: string): Promise<string> => {
  await call('POST', '/auth/send-otp', null, { phone });
  const otp = await newestSms(phone, /(\d{6})/);
  const { accessToken } = await call<{ accessToken: string }>('POST', '/auth/verify-otp', null, { phone, otp });
  tell(who, `logs in with the code ${otp} ${dim(`(SMS to ${phone})`)}`);
  return accessToken;
};

interface Row {
  id: string;
  shortId: string;
}

const superAdminPhone = process.env['SUPER_ADMIN_PHONE'] ?? '9800000001';

act('1. An administrator sets up a fleet');
const admin = await logIn('Sara (SA)', superAdminPhone);
const fleet = await call<Row>('POST', '/fleets', admin, {
  name: `Demo Fleet ${randomInt(1000)}`,
  mobile: newPhone(),
  city: 'Delhi',
  fleetType: 'COMPANY',
  panNumber: 'ABCDE1234F',
});
const hub = await call<Row>('POST', `/fleets/${fleet.id}/hubs`, admin, {
  address: 'Connaught Place, New Delhi',
  location: { lat: 28.6315, lng: 77.2167 },
  hubType: 'OFFICE',
});
tell('Sara (SA)', `creates fleet ${fleet.shortId} with hub ${hub.shortId}`);
const person = async (name: string, role: string, extra: object) => {
  const phone = newPhone();
  const user = await call<Row>('POST', '/users', admin, { name, phone, role, fleetId: fleet.id, ...extra });
  return { id: user.id, phone };
};
const manager = await person('Meera', 'MANAGER', {});
const firstDispatcher = await person('Om', 'OPERATIONS', { hubIds: [hub.id] });
const secondDispatcher = await person('Opal', 'OPERATIONS', { hubIds: [hub.id] });
/** A driver with login and profile, on a vehicle of their own. */
const hire = async (firstName: string) => {
  const user = await person(`${firstName} Kumar`, 'DRIVER', {});
  const name = { firstName, lastName: 'Kumar', mobile: user.phone };
  const profile = await call<Row>('POST', '/drivers', admin, {
    userId: user.id,
    fleetId: fleet.id,
    hubId: hub.id,
    paymentModel: 'RENTAL',
    ...name,
  });
  const vehicle = await call<Row & { vehicleNumber: string }>('POST', '/vehicles', admin, {
    fleetId: fleet.id,
    hubId: hub.id,
    vehicleNumber: `DL ${randomInt(10, 99)} AB ${randomInt(1000, 9999)}`,
    vehicleName: 'Tata',
    vehicleModel: 'Tigor EV',
  });
  await call('POST', '/assignments', admin, { driverId: profile.id, vehicleId: vehicle.id });
  tell('Sara (SA)', `hires ${firstName} and puts ${profile.shortId} on the roster of ${vehicle.vehicleNumber}`);
  return { ...user, profile, vehicle };
};
tell('Sara (SA)', 'hires a MANAGER and two OPERATIONS');
const dinesh = await hire('Dinesh');
const deepa = await hire('Deepa');

act('2. The driver begins the day');
const driver = await logIn('Dinesh (DR)', dinesh.phone);
const shift = await call<Row>('POST', '/attendance/check-in', driver, {
  lat: 28.6316,
  lng: 77.2169,
  odometer: 41_200,
  selfieUrl: 'https://files.example.com/selfie.jpg',
});
tell('Dinesh (DR)', `checks in at the hub: shift ${shift.shortId}, waiting for approval`);
const meera = await logIn('Meera (MG)', manager.phone);
await call('POST', `/attendance/${shift.id}/approve`, meera, {});
tell('Meera (MG)', 'approves the shift');
await call('POST', '/attendance/start-break', driver);
const { durationMinutes } = await call<{ durationMinutes: number }>('POST', '/attendance/end-break', driver);
tell('Dinesh (DR)', `has tea (${durationMinutes} minutes)`);

act('3. A trip is booked, and two dispatchers want to give it away at the same moment');
const om = await logIn('Om (OP)', firstDispatcher.phone);
const opal = await logIn('Opal (OP)', secondDispatcher.phone);
const journey = { pickupLocation: 'Connaught Place, New Delhi', dropLocation: 'Cyber Hub, Gurugram' };
const pickupTime = new Date(Date.now() + 600_000).toISOString();
const quote = await call<{ totalFare: number; distanceKm: number; estimatedExtras: { night: number } }>(
  'POST',
  '/pricing/preview',
  null,
  {
    ...journey,
    tripType: 'INTER_CITY',
    pickupTime,
  },
);
const night = quote.estimatedExtras.night > 0 ? ` and Rs ${quote.estimatedExtras.night} for the night` : '';
tell('Om (OP)', `asks what ${quote.distanceKm.toFixed(1)} km cost: Rs ${quote.totalFare}${night}`);
const passengerPhone = newPhone();
const trip = await call<Row>('POST', '/trips', om, {
  ...journey,
  tripType: 'INTER_CITY',
  pickupTime,
  passengerName: 'Priya',
  passengerPhone,
  boardingCode: true,
});
tell('Om (OP)', `books ${trip.shortId} for Priya, pickup in ten minutes, with a boarding code`);
const assignment = { tripId: trip.id, driverId: dinesh.profile.id };
const race = await Promise.all([
  send('POST', '/admin/trips/assign', om, assignment),
  send('POST', '/admin/trips/assign', opal, assignment),
]);
race.forEach((answer, index) => {
  const who = index === 0 ? 'Om (OP)' : 'Opal (OP)';
  tell(who, answer.success ? 'assigns Dinesh: 201' : `assigns Dinesh: ${answer.statusCode} ${answer.errorCode}`);
});

act('4. The ride');
const { pickupLat, pickupLng } = await call<{ pickupLat: number; pickupLng: number }>(
  'GET',
  `/trips/${trip.id}`,
  driver,
);
const here = { lat: pickupLat, lng: pickupLng };
await call('POST', `/trips/${trip.id}/start`, driver, here);
tell('Dinesh (DR)', 'starts');
await call('POST', `/trips/${trip.id}/arrived`, driver, here);
tell('Dinesh (DR)', 'arrives at the pickup');
const wrong = await send('POST', `/trips/${trip.id}/onboard`, driver, { otp: 'abcd' });
tell('Dinesh (DR)', `guesses the boarding code: ${wrong.statusCode} ${wrong.errorCode}`);
const code = await newestSms(passengerPhone, /Boarding code (\d{4})/);
await call('POST', `/trips/${trip.id}/onboard`, driver, { otp: code });
tell('Priya', `reads the code ${code} from her SMS and boards`);
const ride = await call<{ finalFare: number }>('POST', `/trips/${trip.id}/complete`, driver, here);
tell('Dinesh (DR)', `completes the trip: Rs ${ride.finalFare} ${dim(`(quoted Rs ${quote.totalFare}${night})`)}`);
const qr = await qrOf({ call, act, tell, dim }, meera, dinesh.vehicle.id);
await payQr(qr, 90);
tell('Priya', `tips Rs 90 by the QR in the car ${dim(qr.paymentPage)}`);
const { isAvailable } = await call<{ isAvailable: boolean }>('GET', `/drivers/${dinesh.profile.id}`, om);
tell('Om (OP)', `sees Dinesh ${isAvailable ? 'free again' : 'still busy'}`);

act('5. A breakdown, and a passenger who does not come');
const book = (pickup: Date) =>
  call<Row>('POST', '/trips', om, { ...journey, tripType: 'INTER_CITY', pickupTime: pickup.toISOString() });
const minutes = (count: number) => new Date(Date.now() + count * 60_000);
const broken = await book(minutes(20));
await call('POST', '/admin/trips/assign', om, { tripId: broken.id, driverId: dinesh.profile.id });
await call('POST', `/trips/${broken.id}/start`, driver);
tell('Dinesh (DR)', `starts ${broken.shortId}, and his car breaks down`);
await call('POST', '/admin/trips/reassign', om, { tripId: broken.id, driverId: deepa.profile.id });
const deepaToken = await logIn('Deepa (DR)', deepa.phone);
await call('POST', `/trips/${broken.id}/start`, deepaToken);
await call('POST', `/trips/${broken.id}/complete`, deepaToken);
tell('Deepa (DR)', 'takes over, starts and completes the trip');
const missed = await book(minutes(-31));
await call('POST', '/admin/trips/assign', om, { tripId: missed.id, driverId: deepa.profile.id });
await call('POST', `/trips/${missed.id}/start`, deepaToken);
const gone = await call<{ status: string }>('POST', `/trips/${missed.id}/noshow`, deepaToken, here);
tell('Deepa (DR)', `waits 31 minutes at the next pickup; nobody comes: ${gone.status}`);

act('6. The drivers go home');
const closed = await call<{ totalKm: number; cashDeposited: number }>('POST', '/attendance/check-out', driver, {
  odometer: 41_236,
  cashDeposited: ride.finalFare,
});
tell('Dinesh (DR)', `checks out: ${closed.totalKm} km, Rs ${closed.cashDeposited} in cash`);

const late = await call<Row>('POST', '/attendance/check-in', deepaToken, {
  lat: 28.6316,
  lng: 77.2169,
  odometer: 9000,
});
await call('POST', '/attendance/check-out', deepaToken, { odometer: 9040 });
const decided = await call<{ approvalStatus: string }>('POST', `/attendance/${late.id}/approve`, meera, {});
tell('Meera (MG)', `had not decided the shift of Deepa before she left; now it is ${decided.approvalStatus}`);

act('7. The cash is counted, and the day reconciled');
const day = await settleDay({ call, act, tell, dim }, { manager: meera, om, driverId: dinesh.profile.id, shift });

const payment = await playMoney(
  { call, act, tell, dim },
  { driver, manager: meera, driverId: dinesh.profile.id, databaseUrl },
);

const messages = await call<{ title: string }[]>('GET', '/notifications?unread=true&limit=3', driver);
tell('Dinesh (DR)', `reads in his inbox: ${messages.map(({ title }) => title).join('; ')}`);

act('11. A file of payouts');
const payee = async (firstName: string) => {
  const { id: userId, phone } = await person(`${firstName} Kumar`, 'DRIVER', {});
  const bank = { bankAccountNumber: `5010${randomInt(10_000_000, 99_999_999)}`, bankIfscCode: 'HDFC0001234' };
  const about = { userId, fleetId: fleet.id, hubId: hub.id, firstName, lastName: 'Kumar', mobile: phone };
  const profile = await call<Row>('POST', '/drivers', admin, {
    ...about,
    ...bank,
    bankAccountName: `${firstName} Kumar`,
  });
  return { id: profile.id, firstName, phone };
};
const payees = await Promise.all(['Anil', 'Bela', `Chand${randomInt(10_000)}`, 'Dev'].map(payee));
const farida = await person('Farida', 'FLEET_ADMIN', {});
const file = await playPayouts(
  { call, act, tell, dim },
  {
    ...{ api, manager: meera, second: await logIn('Farida (FA)', farida.phone), payees, databaseUrl },
    withoutBank: { id: dinesh.profile.id, firstName: 'Dinesh', phone: dinesh.phone },
    gateway: 'gateway' in running ? running.gateway : undefined,
  },
);

act('Now look at');
const found = (id: string) => `${temporalUi}/namespaces/default/workflows/${encodeURIComponent(id)}`;
if (temporalUi) {
  console.log(
    `  ${found(`shift:${shift.id}`)}\n  ${dim('the shift: over, since its cash is counted and its day reconciled')}`,
  );
  console.log(`  ${found(`collection:${day.id}`)}\n  ${dim('the collection of the day: it waits for a payout')}`);
  console.log(`  ${found(`pay-in:${payment.transactionId}`)}\n  ${dim('the payment: paid and over')}`);
  console.log(
    `  ${found(`bulk-payout:${file}`)}\n  ${dim('the file of payouts: its rows are counted, and none is named')}`,
  );
  console.log(`  ${found(`trip:${trip.id}`)}\n  ${dim('the trip: one update per command, each with its transaction')}`);
}
console.log(`  ${sms}\n  ${dim('what Priya and the others got on their phones')}`);
