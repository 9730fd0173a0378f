import { randomUUID } from 'node:crypto';
import type { Request, RequestHandler, Response } from 'express';
import { clock, escape } from './page.ts';
import { startSimulator } from './simulator.ts';
import type { Address } from './simulator.ts';

const messagesMax = 5_000;

type Message = { sid: string; to: string; body: string; at: string };

/**
 * Stands in for Exotel, which sends our text messages: the same path, form and basic auth as the real one. Its page is
 * the phone of everybody; `GET /messages?to=` answers the texts of one number, newest first.
 */
export const startSms = (address: Address) => {
  const messages: Message[] = [];

  const send = (request: Request<{ sid: string }>, response: Response) => {
    const { From: from, To: to, Body: body } = (request.body ?? {}) as Record<string, string | undefined>;
    if (!from || !body || !/^\+?\d{10,13}$/.test(to ?? ''))
      return void restException(response, 400, 'From, To or Body is not valid');
    const message = { sid: randomUUID().replaceAll('-', ''), to: to ?? '', body, at: new Date().toISOString() };
    messages.unshift(message);
    messages.length = Math.min(messages.length, messagesMax);
    response.json({ SMSMessage: exotelShape(message, from, request.params.sid) });
  };

  return startSimulator(
    {
      title: 'SMS simulator',
      hint: 'Every text that the system sends ends here, newest first. Login codes are the big numbers.',
      routes: (app) => app.post('/v1/Accounts/:sid/Sms/:endpoint', authenticate, send),
      views: (app) =>
        app.get('/messages', (request, response) => {
          const wanted = digits(typeof request.query['to'] === 'string' ? request.query['to'] : '');
          response.json(messages.filter(({ to }) => digits(to).endsWith(wanted)));
        }),
      refuse: (_request, response) => restException(response, 400, 'The number is on the do-not-disturb list'),
      show: () => render(messages),
    },
    address,
  );
};

const authenticate: RequestHandler = (request, response, next) => {
  const [scheme, credentials = ''] = (request.headers.authorization ?? '').split(' ');
  const [key, token] = Buffer.from(credentials, 'base64').toString().split(':');
  if (scheme?.toLowerCase() === 'basic' && key && token) return next();
  restException(response, 401, 'Authentication is required');
};

const restException = (response: Response, status: number, text: string) => {
  response.status(status).json({ RestException: { Status: status, Message: text } });
};

const exotelShape = ({ sid, to, body, at }: Message, from: string, account: string) => ({
  Sid: sid,
  AccountSid: account,
  From: from,
  To: to,
  DateCreated: at,
  DateUpdated: at,
  DateSent: null,
  Body: body,
  Direction: 'outbound-api',
  Uri: `/v1/Accounts/${account}/SMS/Messages/${sid}`,
  ApiVersion: null,
  Price: null,
  Status: 'queued',
  SmsUnits: null,
  DetailedStatusCode: 21010,
  DetailedStatus: 'PENDING_TO_OPERATOR',
});

const digits = (phone: string) => phone.replace(/\D/g, '').slice(-10);

const render = (messages: Message[]) => {
  const byPhone = Map.groupBy(messages.slice(0, 200), ({ to }) => to);
  const phones = [...byPhone].map(
    ([phone, texts]) => `<section><h2>${escape(phone)}</h2>${texts.map(renderText).join('')}</section>`,
  );
  return phones.join('') || '<p class="empty">No text was sent yet.</p>';
};

const renderText = ({ body, at }: Message) =>
  `<p><time>${clock(at)}</time>${escape(body).replace(/\b\d{6}\b|(?<=\bcode )\d{4}\b/gi, '<span class="code">$&</span>')}</p>`;
