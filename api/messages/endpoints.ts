import type { Endpoint } from '../http/endpoint.ts';
import { notifications } from './notifications.ts';

/** The routes of the inbox. */
export const messagesEndpoints: readonly Endpoint[] = notifications;
