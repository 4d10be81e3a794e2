import { exposition } from '@hybridge/service';
import { describe, expect, it } from 'vitest';
import { metricFamilies } from './metric-families.js';

describe('metrics in the text format', () => {
  it('have help, type, labels and values', () => {
    const text = exposition([
      {
        name: 'a_total',
        type: 'counter',
        help: 'Back\\slash\nand line.',
        samples: [{ value: 1.5 }, { labels: { name: 'a"b\\c\nd', worker: 2 }, value: 3 }],
      },
      { name: 'none', type: 'gauge', help: 'Nobody.', samples: [] },
    ]);
    expect(text).toBe(
      [
        '# HELP a_total Back\\\\slash\\nand line.',
        '# TYPE a_total counter',
        'a_total 1.5',
        'a_total{name="a\\"b\\\\c\\nd",worker="2"} 3',
        '',
      ].join('\n'),
    );
  });

  it('of a relay are named as the format wants, each once', () => {
    const families = metricFamilies({
      counts: [],
      refusals: new Map(),
      metered: [],
      health: new Map(),
      alarms: [],
      auditRecordsLost: 0,
      storeWriteFailures: 0,
      version: '1',
      uptimeSeconds: 1,
    });
    const names = families.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    for (const { name, type } of families) {
      expect(name).toMatch(/^[a-z][a-z0-9_]*$/);
      expect(name.endsWith('_total')).toBe(type === 'counter');
    }
  });

  it('have every documented name in a help text', () => {
    const documented = [
      ...['Success', 'ClientError', 'ServerError', 'TotalRequests'].flatMap((kind) => [
        `ListenerConnections-${kind}`,
        `SenderConnections-${kind}`,
      ]),
      ...[
        'ActiveConnections',
        'ActiveListeners',
        'ListenerDisconnects',
        'SenderDisconnects',
        'BytesTransferred',
      ],
    ];
    const helps = metricFamilies({
      counts: [],
      refusals: new Map(),
      metered: [],
      health: new Map(),
      alarms: [],
      auditRecordsLost: 0,
      storeWriteFailures: 0,
      version: '1',
      uptimeSeconds: 1,
    }).map(({ help }) => help.split(':')[0]);
    expect(helps).toEqual(expect.arrayContaining(documented));
  });
});
