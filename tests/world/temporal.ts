import { Client, Connection, defaultGrpcRetryOptions, makeGrpcRetryInterceptor } from '@temporalio/client';
import { atEnd } from './at-end.ts';
import { world } from './world.ts';

let isClosing = false;
const usual = defaultGrpcRetryOptions();

/** A call that ends because its file does is not made again: on a closed connection that would fail the next file. */
const retries = makeGrpcRetryInterceptor({
  ...usual,
  retryableDecider: (attempt, status) => !isClosing && usual.retryableDecider(attempt, status),
});
const connection = Connection.lazy({ address: world.temporalAddress, interceptors: [retries] });

/** The Temporal server of the run. */
export const temporal = new Client({ connection });

atEnd(() => {
  isClosing = true;
  return connection.close();
});
