import { EventEmitter } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { auditFiles } from '@hybridge/service';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { ManagerConfig } from '../config/manager-config.js';
import type { ManagerEvents } from '../manager.js';
import type { ForwardedConnection, PolicyViolation } from '../status/connection-status.js';
import { PolicyViolationError } from '../target/policy-violation.js';
import type { Severity } from './audit-record.js';
import type { AuditOptions } from './audit-settings.js';
import { ManagerAudit } from './manager-audit.js';

const OPTIONS: AuditOptions = {
  ...{ enabled: true, dir: undefined, maxBytes: 65_536, maxFiles: 3, maxAgeDays: 1 },
  syslog: { facility: 'authpriv', records: 'important', isAsked: true },
};
const NOW = Date.UTC(2026, 0, 2, 3, 4, 5);
const ID = 'relay.example.net/payroll';

const CONNECTION: ForwardedConnection = {
  ...{ id: 'a-guid', rendezvousId: 'a-guid', remoteEndpoint: { address: '203.0.113.7', port: 51_812 } },
  ...{ target: 'sql01.corp.example:1433', address: '10.1.2.3', localPort: 40_000, openedAt: new Date(NOW) },
};
const WAY = {
  ...{ id: 'a-guid', sender: '203.0.113.7:51812', target: 'sql01.corp.example:1433' },
  ...{ address: '10.1.2.3', localPort: 40_000 },
};
const VIOLATION: PolicyViolation = {
  ...{ at: new Date(NOW), during: 'dial', rule: 'deny: "*:22"', message: 'sql01:22 may not be reached' },
  ...{ target: 'sql01:22', address: '10.1.2.3' },
};

const CRM_ID = 'relay.example.net/crm';

/** What of a configuration matters here. */
function configuration(audit = OPTIONS, ...names: readonly string[]): ManagerConfig {
  const connections = names.map((name) => ({ namespace: 'Relay.example.net', hybridConnection: name }));
  return { audit, connections } as unknown as ManagerConfig;
}

async function auditing(changes: Partial<AuditOptions> = {}, dataDir?: string) {
  const manager = new EventEmitter<ManagerEvents>();
  const logged: [Severity, string][] = [];
  const problems: string[] = [];
  const clock = { wall: NOW, elapsed: 0 };
  const audit = new ManagerAudit({
    options: { ...OPTIONS, ...changes },
    dataDir,
    onProblem: (problem) => problems.push(problem),
    now: () => clock.wall,
    elapsed: () => clock.elapsed,
    openSystemLog: () => ({
      lost: 0,
      write: (severity, line) => logged.push([severity, JSON.parse(line).operation]),
      close: async () => undefined,
    }),
  });
  onTestFinished(() => audit.close());
  await audit.start();
  audit.listen(manager);
  const records = async () => (await audit.query({ limit: 100 })).records.toReversed();
  return { manager, audit, records, logged, problems, clock };
}

function folder(): string {
  const made = mkdtempSync(join(tmpdir(), 'manager-audit-'));
  onTestFinished(() => rmSync(made, { recursive: true }));
  return made;
}

/** As it will be read. */
const plain = (value: unknown) => JSON.parse(JSON.stringify(value)) as unknown;

describe('what is written down of a connection', () => {
  it('is who came, whereto, how long, how much and why it ended', async () => {
    const { manager, records } = await auditing();
    manager.emit('open', 'pay', CONNECTION, ID);
    const numbers = { bytesToTarget: 1_840, bytesFromTarget: 91_220, durationMs: 5 };
    manager.emit('end', 'pay', { ...CONNECTION, ...numbers, reason: 'finished', error: undefined }, ID);
    const at = new Date(NOW).toISOString();
    expect(plain(await records())).toEqual([
      { at, operation: 'tunnel-opened', connection: ID, ...WAY },
      {
        ...{ at, operation: 'tunnel-ended', connection: ID, ...WAY, openedAt: at, durationMs: 5 },
        ...{ bytesToTarget: 1_840, bytesFromTarget: 91_220, reason: 'finished' },
      },
    ]);
  });

  it('has the id in the relay’s log as well, where that is another one', async () => {
    const { manager, records } = await auditing();
    manager.emit('open', 'pay', { ...CONNECTION, rendezvousId: 'another' }, ID);
    expect((await records())[0]).toMatchObject({ id: 'a-guid', rendezvousId: 'another' });
  });

  it('says what went wrong, and that the policy ended it', async () => {
    const { manager, records } = await auditing();
    const numbers = { bytesToTarget: 0, bytesFromTarget: 0, durationMs: 1 };
    const error = Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' });
    manager.emit('end', 'pay', { ...CONNECTION, ...numbers, reason: 'target failed', error }, ID);
    const policy = new PolicyViolationError(VIOLATION);
    manager.emit('end', 'pay', { ...CONNECTION, ...numbers, reason: 'stopped', error: policy }, ID);
    expect(await records()).toMatchObject([
      { reason: 'target failed', code: 'ECONNRESET', message: 'read ECONNRESET' },
      { reason: 'policy', rule: VIOLATION.rule, code: 'EACCES' },
    ]);
  });
});

describe('a sender that was not led to the target', () => {
  const { address: _, localPort: __, openedAt: ___, ...sender } = CONNECTION;
  const { address: ____, localPort: _____, ...way } = WAY;

  it('is recorded with what the target said', async () => {
    const { manager, records } = await auditing();
    const failure = { at: new Date(NOW), code: 'ECONNREFUSED', message: 'connect ECONNREFUSED', advice: 'x' };
    manager.emit('targetFailure', 'pay', failure, sender, ID);
    expect(plain(await records())).toEqual([
      {
        ...{ at: expect.any(String), operation: 'target-failed', connection: ID, ...way },
        ...{ code: 'ECONNREFUSED', message: 'connect ECONNREFUSED' },
      },
    ]);
  });

  it('is recorded once when it was the policy, with the rule', async () => {
    const { manager, records } = await auditing();
    const failure = { at: new Date(NOW), code: 'EACCES', message: VIOLATION.message, advice: 'x' };
    manager.emit('targetFailure', 'pay', failure, { ...sender, violation: VIOLATION }, ID);
    manager.emit('policyViolation', 'pay', VIOLATION, ID);
    const { rule, message, during, address } = VIOLATION;
    expect(plain(await records())).toEqual([
      {
        ...{ at: expect.any(String), operation: 'policy-violation', connection: ID, ...way },
        ...{ rule, message, during, address },
      },
    ]);
  });
});

describe('the place at the relay', () => {
  const because = Object.assign(new Error('The key is wrong'), { code: 'ERR_RELAY_UNAUTHORIZED' });
  const refused = { name: 'refused', retryAt: new Date(NOW), because, advice: 'x' } as const;

  it('was had for as long as it was, whatever became of the clock and of the name', async () => {
    const { manager, records, clock } = await auditing();
    manager.emit('state', 'pay', { name: 'online', since: new Date(NOW) }, ID);
    clock.wall -= 3_600_000;
    clock.elapsed += 1_234.5;
    const change = { added: [], removed: [], changed: ['payroll'] };
    manager.emit('configuration', change, configuration(OPTIONS, 'Payroll'), 'socket');
    manager.emit('state', 'payroll', { ...refused, name: 'waiting' }, ID);
    const lost = { operation: 'unregistered', connection: ID, name: 'payroll', registeredMs: 1_235 };
    expect((await records()).at(-1)).toMatchObject(lost);
  });

  it('is recorded when it is had, lost and refused; a refusal once', async () => {
    const { manager, records } = await auditing();
    const gone = { ...refused, name: 'waiting', because: new Error('gone') } as const;
    manager.emit('state', 'pay', { name: 'connecting', attempt: 1 }, ID);
    manager.emit('state', 'pay', { name: 'online', since: new Date(NOW) }, ID);
    for (const state of [gone, refused, refused, gone]) manager.emit('state', 'pay', state, ID);
    manager.emit('state', 'pay', { name: 'online', since: new Date(NOW) }, ID);
    manager.emit('state', 'pay', { name: 'stopping' }, ID);
    expect(await records()).toMatchObject([
      { operation: 'registered', connection: ID, name: 'pay' },
      { operation: 'unregistered', state: 'waiting', message: 'gone', registeredMs: 0 },
      { operation: 'registration-failed', state: 'refused', code: 'ERR_RELAY_UNAUTHORIZED' },
      { operation: 'registration-failed', state: 'waiting' },
      { operation: 'registered' },
      { operation: 'unregistered', state: 'stopping' },
    ]);
  });

  it('that the policy forbids is recorded with the rule', async () => {
    const { manager, records } = await auditing();
    manager.emit('policyViolation', 'pay', { ...VIOLATION, during: 'registration' }, ID);
    expect(await records()).toMatchObject([
      { operation: 'policy-violation', connection: ID, during: 'registration', rule: VIOLATION.rule },
    ]);
  });
});

describe('a changed configuration', () => {
  const change = { added: ['crm'], removed: ['pay'], changed: [] };

  it('is recorded with who changed it; one that changes nothing is not', async () => {
    const { manager, records } = await auditing();
    const config = configuration();
    manager.emit('configuration', { ...change, added: [], removed: [] }, config, 'file');
    manager.emit('configuration', change, config, 'browser');
    expect(await records()).toMatchObject([{ operation: 'configuration-changed', by: 'browser', ...change }]);
  });

  it('gives its name to another hybrid connection, and nothing that the former one did', async () => {
    const { manager, records } = await auditing();
    const numbers = { bytesToTarget: 1, bytesFromTarget: 2, durationMs: 3 };
    const end = { ...CONNECTION, ...numbers, reason: 'finished', error: undefined } as const;
    manager.emit('state', 'pay', { name: 'online', since: new Date(NOW) }, ID);
    manager.emit('state', 'pay', { name: 'stopping' }, ID);
    manager.emit('configuration', { ...change, added: ['pay'] }, configuration(OPTIONS, 'crm'), 'file');
    manager.emit('state', 'pay', { name: 'online', since: new Date(NOW) }, CRM_ID);
    manager.emit('end', 'pay', end, ID);
    const told = (await records()).map(({ operation, connection }) => [operation, connection]);
    expect(told).toEqual([
      ['registered', ID],
      ['unregistered', ID],
      ['configuration-changed', undefined],
      ['registered', CRM_ID],
      ['tunnel-ended', ID],
    ]);
  });

  it('may switch the files off and on; that it does is the last thing written', async () => {
    const dataDir = folder();
    const { manager, audit, records } = await auditing({}, dataDir);
    manager.emit('open', 'pay', CONNECTION, ID);
    const nothing = { added: [], removed: [], changed: [] };
    const off = { ...OPTIONS, enabled: false };
    manager.emit('configuration', nothing, configuration(off), 'file');
    manager.emit('open', 'pay', CONNECTION, ID);
    expect(await records()).toMatchObject([{ operation: 'tunnel-opened' }]);
    manager.emit('configuration', nothing, configuration(), 'file');
    await audit.close();
    const [file] = await auditFiles(join(dataDir, 'audit'));
    const lines = readFileSync(file!.path, 'utf8').trim().split('\n');
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([
      { operation: 'tunnel-opened' },
      { operation: 'configuration-changed', by: 'file', audit: { enabled: false } },
      { operation: 'tunnel-opened' },
      { operation: 'configuration-changed', by: 'file', audit: { enabled: true } },
    ]);
  });
});

describe('the records', () => {
  it('are in files that only their owner can read', async () => {
    const dataDir = folder();
    const { manager, audit } = await auditing({}, dataDir);
    manager.emit('open', 'pay', CONNECTION, ID);
    await audit.query({ limit: 1 });
    const [file] = await auditFiles(join(dataDir, 'audit'));
    expect(statSync(file!.path).mode & 0o777).toBe(0o600);
    expect(audit.folder).toBe(join(dataDir, 'audit'));
  });

  it.each([[true], [false]])(
    'are found by hybrid connection and operation, page by page (files: %s)',
    async (hasFiles) => {
      const { manager, audit } = await auditing({}, hasFiles ? folder() : undefined);
      for (const id of [ID, CRM_ID, ID, ID]) manager.emit('open', 'pay', CONNECTION, id);
      audit.record({ operation: 'manager-stopped' });
      const first = await audit.query({ limit: 2, connection: ID, operation: 'tunnel' });
      expect(first.records.map(({ connection }) => connection)).toEqual([ID, ID]);
      const second = await audit.query({ limit: 2, connection: ID, operation: 'tunnel', before: first.next });
      expect(second.records).toHaveLength(1);
      expect((await audit.query({ limit: 9, operation: 'manager' })).records).toHaveLength(1);
    },
  );

  it('go on when the folder cannot be used, and that is said', async () => {
    const { manager, audit, problems } = await auditing({ dir: '/dev/null/audit' });
    manager.emit('open', 'pay', CONNECTION, ID);
    await audit.close();
    expect(problems).toEqual([expect.stringContaining('cannot be written (ENOTDIR)')]);
    audit.record({ operation: 'manager-stopped' });
    expect(audit.lost).toBe(1);
  });

  it('hear nothing any more when the log is closed', async () => {
    const { manager, audit } = await auditing();
    await audit.close();
    expect(manager.eventNames()).toEqual([]);
  });
});

describe('the log of the system', () => {
  it.each([
    ['important', [['warning', 'policy-violation']]],
    [
      'all',
      [
        ['info', 'tunnel-opened'],
        ['warning', 'policy-violation'],
      ],
    ],
  ] as const)('gets %s records', async (records, expected) => {
    const { manager, logged } = await auditing({ syslog: { facility: 'authpriv', records, isAsked: true } });
    manager.emit('open', 'pay', CONNECTION, ID);
    manager.emit('policyViolation', 'pay', { ...VIOLATION, during: 'registration' }, ID);
    expect(logged).toEqual(expected);
  });

  it('gets those that nobody asked for only where there are files', async () => {
    const syslog = { facility: 'authpriv', records: 'important', isAsked: false } as const;
    for (const dataDir of [undefined, folder()]) {
      const { manager, logged } = await auditing({ syslog }, dataDir);
      manager.emit('policyViolation', 'pay', { ...VIOLATION, during: 'registration' }, ID);
      expect(logged).toHaveLength(dataDir === undefined ? 0 : 1);
    }
  });

  it('gets none when it is not to', async () => {
    const { manager, logged } = await auditing({ syslog: undefined });
    manager.emit('policyViolation', 'pay', { ...VIOLATION, during: 'registration' }, ID);
    expect(logged).toEqual([]);
  });
});
