/**
 * Asks before something is gone.
 * @module
 */
import type { ComponentChildren, VNode } from 'preact';
import { html } from '../html.js';
import { Dialog } from './dialog.js';
import { say } from './notice.js';

/** The question. */
export function Confirm(props: {
  readonly title: string;
  readonly action: string;
  /** Said when it is done. */
  readonly done: string;
  readonly onAction: () => Promise<unknown>;
  readonly onClose: () => void;
  readonly children?: ComponentChildren;
}): VNode {
  const { title, action, done, onAction, onClose, children } = props;
  const act = async () => {
    await onAction();
    say(done);
  };
  return html`<${Dialog} title=${title} action=${action} danger onAction=${act} onClose=${onClose}>${children}</${Dialog}>`;
}
