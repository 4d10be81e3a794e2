/** An Express application behind the relay: it opens no port. */
import { HybridConnectionListener } from '@hybridge/listener';
import express from 'express';

const app = express();
const orders = [{ id: 1, what: 'a lamp' }];

app.use(express.json());
app.get('/orders', (_, response) => response.json(orders));
app.post('/orders', (request, response) => {
  const order = { id: orders.length + 1, what: String(request.body.what) };
  orders.push(order);
  response.status(201).json(order);
});

const listener = new HybridConnectionListener({
  connectionString: process.env.HYBRIDGE_CONNECTION_STRING,
  stripPath: true,
});
listener.attach(app);
await listener.listen();
process.send?.('listening');
process.once('SIGTERM', () => listener.close());
process.once('disconnect', () => listener.close());
