/**
 * How processes are doing, under the names that most exporters have for it.
 * @module
 */
import type { Family, Sample } from './exposition.js';
import type { ProcessHealth } from './process-health.js';

type PerProcess = readonly [
  name: string,
  type: Family['type'],
  help: string,
  of: (health: ProcessHealth) => number | undefined,
];

const PER_PROCESS: readonly PerProcess[] = [
  ['process_resident_memory_bytes', 'gauge', 'Resident memory.', (health) => health.residentBytes],
  [
    'process_cpu_seconds_total',
    'counter',
    'Processor time.',
    (health) => health.cpuUserSeconds + health.cpuSystemSeconds,
  ],
  ['process_open_fds', 'gauge', 'Open file descriptors.', (health) => health.descriptors],
  ['process_max_fds', 'gauge', 'File descriptors that may be open.', (health) => health.maxDescriptors],
  [
    'hybridge_descriptor_shortages_total',
    'counter',
    'How often no file descriptor was left.',
    (health) => health.descriptorShortages,
  ],
  ['nodejs_heap_size_used_bytes', 'gauge', 'Heap that is in use.', (health) => health.heapUsedBytes],
  ['nodejs_external_memory_bytes', 'gauge', 'Memory outside the heap.', (health) => health.externalBytes],
  [
    'nodejs_eventloop_lag_p50_seconds',
    'gauge',
    'Median lateness of the event loop over the last two seconds.',
    (health) => health.lagP50Seconds,
  ],
  [
    'nodejs_eventloop_lag_p99_seconds',
    'gauge',
    '99th percentile of the lateness of the event loop over the last two seconds.',
    (health) => health.lagP99Seconds,
  ],
  [
    'nodejs_eventloop_lag_max_seconds',
    'gauge',
    'Greatest lateness of the event loop over the last two seconds.',
    (health) => health.lagMaxSeconds,
  ],
];

/** The process is named where there are several: `worker="0"` is the primary. */
export function processFamilies(health: ReadonlyMap<number, ProcessHealth>): Family[] {
  return PER_PROCESS.map(([name, type, help, of]) => {
    const samples = [...health].flatMap(([worker, each]): Sample[] => {
      const value = of(each);
      if (value === undefined) return [];
      return [health.size === 1 ? { value } : { labels: { worker }, value }];
    });
    return { name, type, help, samples };
  });
}
