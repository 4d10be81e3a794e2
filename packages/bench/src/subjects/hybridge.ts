/**
 * `hybridge forward`, `hybridge relay` and `hybridge manager`, started by the command as a person would.
 *
 * A variant is a line: its name, and what it adds to the command lines and configurations of the three.
 * @module
 */
import { freePort, HybridgeProcess, serverCertificate } from '@hybridge/conformance';
import { formatConnectionString, generateKey } from '@hybridge/sas';
import { Scratch } from '../scratch.js';
import { versionOfPackage } from './package-version.js';
import type { Route, Subject, Way } from './subject.js';

/** What makes a variant. */
interface Variant {
  /** TLS on the legs between the relay and both edges. */
  readonly tls?: boolean;
  /** More arguments for the commands. */
  readonly forward?: readonly string[];
  readonly relay?: readonly string[];
  readonly manager?: readonly string[];
  /** Where it differs from what comes without it. */
  readonly suites?: readonly string[];
}

/** As it comes, without TLS. */
export const hybridge = tunnel('hybridge', 'hybridge', 'as it comes, without TLS', {});

/** As it comes, with TLS to the relay. */
export const hybridgeTls = tunnel(
  'hybridge-tls',
  'hybridge, TLS',
  'TLS 1.3 and a P-256 certificate on both legs to the relay, verified',
  { tls: true },
);

/** Connections to the relay that both edges keep dialled. */
const AHEAD = {
  forward: ['--preconnect', '16'],
  manager: ['--preconnect', '16'],
  suites: ['connections', 'delay'],
} as const;

/** All connections in one. */
const SHARED = {
  forward: ['--multiplex'],
  suites: ['throughput', 'round-trip', 'loaded', 'connections', 'delay'],
} as const;

/** With connections dialled ahead, without TLS. */
export const hybridgePreconnect = tunnel(
  'hybridge-preconnect',
  'hybridge, ahead',
  '`--preconnect 16` at both edges, without TLS',
  AHEAD,
);

/** With connections dialled ahead, and TLS. */
export const hybridgeTlsPreconnect = tunnel(
  'hybridge-tls-preconnect',
  'hybridge, TLS, ahead',
  '`--preconnect 16` at both edges, with TLS',
  { tls: true, ...AHEAD },
);

/** With connections that share one rendezvous, without TLS. */
export const hybridgeMultiplex = tunnel(
  'hybridge-multiplex',
  'hybridge, shared',
  '`forward --multiplex`: connections share one rendezvous, without TLS',
  SHARED,
);

/** With connections that share one rendezvous, and TLS. */
export const hybridgeTlsMultiplex = tunnel(
  'hybridge-tls-multiplex',
  'hybridge, TLS, shared',
  '`forward --multiplex`: connections share one rendezvous, with TLS',
  { tls: true, ...SHARED },
);

function tunnel(id: string, name: string, about: string, variant: Variant): Subject {
  return {
    id,
    name,
    about,
    encrypted: variant.tls === true,
    ours: true,
    stretches: true,
    ...(variant.suites && { suites: variant.suites }),
    find: async () => ({ version: versionOfPackage('hybridge') }),
    start: (route) => start(variant, route),
  };
}

async function start(variant: Variant, { targetPort, innerLeg = async (port) => port }: Route): Promise<Way> {
  const scratch = new Scratch();
  const started: HybridgeProcess[] = [];
  const run = async (...command: Parameters<typeof HybridgeProcess.start>) => {
    const running = await HybridgeProcess.start(...command);
    started.unshift(running);
    return running;
  };
  const stop = async () => {
    for (const running of started) await running.end('SIGKILL');
    scratch.remove();
  };
  try {
    const certificate = variant.tls === true ? await serverCertificate(['localhost']) : undefined;
    const [listen, send] = [rule('defaultListener', 'Listen'), rule('defaultSender', 'Send')];
    const port = await freePort();
    const config = scratch.write(
      'relay.json',
      JSON.stringify({
        dataDir: scratch.path,
        listen: { host: '127.0.0.1', port, ...(certificate && { tls: keyPair(scratch, certificate) }) },
        admin: { port: 0 },
        namespaces: [
          { name: '127.0.0.1', authorizationRules: [listen, send], hybridConnections: [{ name: 'bench' }] },
        ],
      }),
    );
    const relay = await run('relay', ['--config', config, ...(variant.relay ?? [])]);
    // One port for both edges: they find the relay, and each other's rendezvous, at the far side of the inner legs.
    const endpoint = new URL(`${certificate ? 'wss' : 'ws'}://127.0.0.1:${await innerLeg(port)}/`);
    const environment = ({ name, primaryKey }: typeof listen) => ({
      HYBRIDGE_CONNECTION_STRING: formatConnectionString({
        ...{ endpoint, entityPath: 'bench', sharedAccessKeyName: name, sharedAccessKey: primaryKey },
      }),
    });
    const trust = certificate ? ['--ca', scratch.write('ca.pem', certificate.ca)] : [];
    const manager = await run(
      'manager',
      ['--endpoint', `127.0.0.1:${targetPort}`, ...trust, ...(variant.manager ?? [])],
      environment(listen),
    );
    const forward = await run(
      'forward',
      ['--listen', '127.0.0.1:0', ...trust, ...(variant.forward ?? [])],
      environment(send),
    );
    return {
      port: Number(String(forward.ready.listen).split(':').at(-1)),
      hops: [[forward.pid], [relay.pid], [manager.pid]],
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

function rule(name: string, right: string) {
  return { name, rights: [right], primaryKey: generateKey() };
}

function keyPair(scratch: Scratch, { cert, key }: { readonly cert: string; readonly key: string }) {
  return { cert: scratch.write('server.pem', cert), key: scratch.write('server.key', key) };
}
