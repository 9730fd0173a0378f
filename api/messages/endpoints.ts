import type { Endpoint } from '../http/endpoint.ts';
import { inbox } from './inbox.ts';

/** The routes of the inbox. */
export const messagesEndpoints: readonly Endpoint[] = inbox;
