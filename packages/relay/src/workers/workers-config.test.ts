import { availableParallelism } from 'node:os';
import { describe, expect, it } from 'vitest';
import { checkConfig, workerCount, workerPorts } from '../config/config-schema.js';
import { RelayServer } from '../relay-server.js';

describe('a configuration of several workers', () => {
  it.each([
    [{ count: 1 }],
    [{ count: 'auto' }],
    [{ count: 3, ports: 8090 }],
    [{ count: 2, ports: [8090, 9000] }],
    [{ count: 2, publicUrl: 'wss://w{worker}.relay.example.net' }],
    [{ count: 2, publicUrl: 'ws://relay.example.net:{port}' }],
    [{ count: 2, silenceMs: 30_000 }],
    [{ count: 2, silenceMs: 0 }],
  ])('may say %j', (workers) => {
    expect(checkConfig({ workers }, 'relay.yaml').workers).toEqual(workers);
  });

  it.each([
    [{}, 'workers.count: must be a number from 1 to 256, or auto'],
    [{ count: 0 }, 'workers.count: must be a number'],
    [{ count: 2.5 }, 'workers.count: must be a number'],
    [{ count: 2, port: 1 }, 'workers.port is not a known setting'],
    [{ count: 2, ports: [8090] }, 'workers.ports: must be 2 ports, one for each worker'],
    [{ count: 2, ports: [8090, 8090] }, 'workers.ports: must be different ports'],
    [{ count: 2, ports: 65_535 }, 'workers.ports: leaves no room'],
    [{ count: 2, publicUrl: 'wss://relay.example.net' }, 'workers.publicUrl: must be ws://host:port'],
    [{ count: 2, silenceMs: 10 }, 'workers.silenceMs: must be at least 1000 milliseconds, or 0 for never'],
    [{ count: 2, publicUrl: 'https://w{worker}.example.net' }, 'workers.publicUrl: must be ws://host:port'],
  ])('may not say %j', (workers, problem) => {
    expect(() => checkConfig({ workers }, 'relay.yaml')).toThrow(`relay.yaml: ${problem}`);
  });

  it('gives no worker the port of the relay', () => {
    const config = { listen: { port: 8091 }, workers: { count: 2, ports: 8090 } };
    expect(() => checkConfig(config, 'relay.yaml')).toThrow(
      'workers.ports: must not be the port of the relay',
    );
  });

  it('says what leads to each worker, where the relay has a public address', () => {
    const config = { publicUrl: 'wss://relay.example.net', workers: { count: 2 } };
    expect(() => checkConfig(config, 'relay.yaml')).toThrow('workers.publicUrl: is needed');
    expect(checkConfig({ ...config, workers: { count: 1 } }, 'relay.yaml')).toBeDefined();
  });

  it('is not for a relay of one process', () => {
    expect(() => new RelayServer({ workers: { count: 2 } })).toThrow('a RelayServer is one process');
  });
});

describe('the ports of workers', () => {
  it.each([
    [{ count: 3 }, [0, 0, 0]],
    [{ count: 3, ports: 8090 }, [8090, 8091, 8092]],
    [{ count: 2, ports: [9000, 8000] }, [9000, 8000]],
  ])('are, by %j, %j', (workers, ports) => {
    expect(workerPorts(workers)).toEqual(ports);
  });

  it('are as many as there are processors, where their number is auto', () => {
    expect(workerCount('auto')).toBe(availableParallelism());
  });
});
