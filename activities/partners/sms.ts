import type { Logger } from 'pino';
import type { Delivery } from '../../workflows/domain/messages/notifications.ts';
import { call } from './http.ts';

export interface SmsConfig {
  baseUrl: string;
  accountSid: string;
  apiKey: string;
  apiToken: string;
  senderId: string;
  endpoint: string;
  dltEntityId?: string | undefined;
  dltTemplateId?: string | undefined;
  smsType?: string | undefined;
  priority?: string | undefined;
}

export type SendSms = (phone: string, body: string) => Promise<Delivery>;

/** Without a partner: development and test may write texts to the log (`logsTexts`), nobody else may. */
export const withoutPartner =
  (log: Logger, logsTexts: boolean): SendSms =>
  (_phone, text) => {
    if (!logsTexts) return Promise.resolve('REFUSED');
    log.info({ text }, 'sms');
    return Promise.resolve('SENT');
  };

const timeoutMs = 10_000;

const withScheme = (baseUrl: string) =>
  (/^https?:\/\//.test(baseUrl) ? baseUrl : `https://${baseUrl}`).replace(/\/+$/, '');

/** Exotel's SMS call. Source: notifications.md, Channels. A 4xx is its explicit no; everything else may be tried again. */
export const exotel = (config: SmsConfig): SendSms => {
  const url = `${withScheme(config.baseUrl)}/v1/Accounts/${config.accountSid}/Sms/${config.endpoint}`;
  const authorization = `Basic ${Buffer.from(`${config.apiKey}:${config.apiToken}`).toString('base64')}`;
  return async (phone, body) => {
    const form = new URLSearchParams({ From: config.senderId, To: `+91${phone}`, Body: body });
    if (config.dltEntityId) form.set('DltEntityId', config.dltEntityId);
    if (config.dltTemplateId) form.set('DltTemplateId', config.dltTemplateId);
    if (config.smsType) form.set('SmsType', config.smsType);
    if (config.priority) form.set('Priority', config.priority);
    const answer = await call(url, { method: 'POST', headers: { authorization }, body: form }, timeoutMs);
    if (answer.kind === 'unknown') return 'UNREACHABLE';
    if (answer.status >= 200 && answer.status < 300) return understood(answer.text) ? 'SENT' : 'UNREACHABLE';
    const refused = answer.status >= 400 && answer.status < 500 && answer.status !== 429 && answer.status !== 408;
    return refused ? 'REFUSED' : 'UNREACHABLE';
  };
};

/** The partner's own envelope, as JSON or XML; anything else came from something in between. */
const understood = (text: string): boolean => text.includes('SMSMessage');
