/** The application: requests to the API. The relay passes them on; whoever has no key gets no further than that. */
import { json } from 'node:stream/consumers';
import { request } from '@hybridge/sender';

const connectionString = process.env.HYBRIDGE_CONNECTION_STRING;

const made = await request({
  connectionString,
  method: 'POST',
  path: '/orders',
  headers: { 'Content-Type': 'application/json' },
  body: JSON.stringify({ what: 'a desk' }),
});
console.log(made.status, await json(made.body));

const all = await request({ connectionString, path: '/orders' });
console.table(await json(all.body));

// Any HTTP client will do, but for the token that `request` makes.
const stranger = await fetch(process.env.API_URL);
console.log(`without a token: ${stranger.status} ${stranger.statusText}`);
