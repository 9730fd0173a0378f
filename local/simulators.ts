import { startGoogleMaps } from './partners/google-maps.ts';
import { startSms } from './partners/sms.ts';

// The partners alone, for a system that runs in containers and reaches them by their address in its network.

const host = '0.0.0.0';

await startSms({ port: 8081, host });
await startGoogleMaps({ port: 8082, host });
