/**
 * The two ways through a meeting, for tests of what must be the same in both.
 * @module
 */
import type { Meeting } from './stage.js';
import type { ListenerSubject, Peer, SenderSubject } from './subjects.js';

/** From one end to the other. */
export interface Way {
  readonly from: ListenerSubject | SenderSubject;
  readonly to: ListenerSubject | SenderSubject;
  /** Of the end that it starts from. */
  readonly name: 'sender' | 'listener';
  /** The end that it starts from, and the other. */
  ends(meeting: Meeting): readonly [Peer, Peer];
}

/** From the sender to the listener, and back. */
export function waysBetween(listener: ListenerSubject, sender: SenderSubject): readonly Way[] {
  return [
    { from: sender, to: listener, name: 'sender', ends: (m) => [m.atSender, m.atListener] },
    { from: listener, to: sender, name: 'listener', ends: (m) => [m.atListener, m.atSender] },
  ];
}
