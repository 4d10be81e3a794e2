/**
 * A listener that answers by itself. `http-listener-process.js CONNECTION_STRING`
 * @module
 */
import { HybridConnectionListener } from '@hybridge/listener';
import { answer } from './http-service.js';

const listener = new HybridConnectionListener(process.argv[2] ?? '');
listener.on('request', answer);
await listener.listen();
process.stdout.write('ready 0\n');
