/**
 * A tunnel made of the `ssh2` package: `ssh2-process.js relay`, `… listener RELAY TARGET`, `… sender RELAY`.
 *
 * The listener asks for a remote forwarding, the sender for a direct connection to it, as `ssh -R` and `ssh -L` do.
 * @module
 */
import net from 'node:net';
import type { Duplex } from 'node:stream';
import ssh2 from 'ssh2';

const [, , role, relayPort, targetPort] = process.argv;
/** The name under which the listener's forwarding is known. */
const PLACE = { host: '127.0.0.1', port: 1 };
const algorithms = { cipher: ['aes128-gcm@openssh.com'] as ssh2.CipherAlgorithm[] };

function ready(port = 0): void {
  process.stdout.write(`ready ${port}\n`);
}

function relay(): void {
  let listener: ssh2.Connection | undefined;
  const hostKeys = [ssh2.utils.generateKeyPairSync('ed25519').private];
  const server = new ssh2.Server({ hostKeys, algorithms }, (client) => {
    client.on('error', () => undefined);
    client.on('authentication', (context) => context.accept());
    client.on('request', (accept) => {
      listener = client;
      accept?.();
    });
    client.on('tcpip', (accept, reject) => {
      if (listener === undefined) return void reject();
      listener.forwardOut(PLACE.host, PLACE.port, '127.0.0.1', 0, (error, far) => {
        if (error === undefined) join(accept(), far);
        else reject();
      });
    });
  });
  // By itself the server would leave small packets to wait for acknowledgements.
  const front = net.createServer({ noDelay: true }, (socket) => server.injectSocket(socket));
  front.listen(0, '127.0.0.1', () => ready((front.address() as net.AddressInfo).port));
}

function connect(onReady: (client: ssh2.Client) => void): void {
  const client = new ssh2.Client();
  client.once('ready', () => onReady(client));
  const socket = net.connect({ port: Number(relayPort), host: '127.0.0.1', noDelay: true });
  client.connect({ sock: socket, username: 'bench', password: 'bench', algorithms });
}

function listener(): void {
  connect((client) => {
    client.on('tcp connection', (_details, accept) => {
      join(
        net.connect({ port: Number(targetPort), host: '127.0.0.1', noDelay: true, allowHalfOpen: true }),
        accept(),
      );
    });
    client.forwardIn(PLACE.host, PLACE.port, (error) => {
      if (error) throw error;
      ready();
    });
  });
}

function sender(): void {
  connect((client) => {
    const server = net.createServer({ noDelay: true, allowHalfOpen: true }, (socket) => {
      client.forwardOut('127.0.0.1', 0, PLACE.host, PLACE.port, (error, channel) => {
        if (error) socket.destroy();
        else join(socket, channel);
      });
    });
    server.listen({ port: 0, host: '127.0.0.1', backlog: 4096 }, () => {
      ready((server.address() as net.AddressInfo).port);
    });
  });
}

function join(near: Duplex, far: Duplex): void {
  near.pipe(far).pipe(near);
  near.on('error', () => far.destroy());
  far.on('error', () => near.destroy());
  near.once('close', () => far.destroy());
}

({ relay, listener, sender })[role as 'relay' | 'listener' | 'sender']();
