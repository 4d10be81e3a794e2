/**
 * Dialogs. The browser's own element keeps the focus inside, gives it back afterwards, and closes on Escape.
 * @module
 */
import type { ComponentChildren, VNode } from 'preact';
import { useEffect, useId, useRef, useState } from 'preact/hooks';
import { messageOf } from '../api/api-error.js';
import { html } from '../html.js';
import { Button } from './button.js';
import { Notice } from './notice.js';

/** What a dialog is told. */
export interface DialogProps {
  readonly title: string;
  /** Text of the button that does it. Absent: there is only one to close it. */
  readonly action?: string;
  readonly danger?: boolean;
  readonly disabled?: boolean;
  /** Does it. The dialog closes when it is done, unless it gives back false; what it throws is shown. */
  readonly onAction?: () => Promise<unknown>;
  readonly onClose: () => void;
  readonly children?: ComponentChildren;
}

/** A dialog, open as long as it is drawn. */
export function Dialog(props: DialogProps): VNode {
  const { title, action, danger, disabled, onAction, onClose, children } = props;
  const id = useId();
  const element = useRef<HTMLDialogElement>(null);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string>();

  useEffect(() => {
    const opener = document.activeElement;
    const dialog = element.current;
    dialog?.showModal();
    dialog?.querySelector<HTMLElement>('input:not([type=checkbox]), select, footer button')?.focus();
    return () => {
      dialog?.close();
      // The element is taken away with the dialog still in it, so the browser would not know where to go.
      if (opener instanceof HTMLElement && opener.isConnected) opener.focus();
    };
  }, []);

  const submit = async (event: Event) => {
    event.preventDefault();
    if (onAction === undefined || busy || disabled) return;
    setBusy(true);
    setProblem(undefined);
    try {
      if ((await onAction()) !== false) onClose();
    } catch (error) {
      setProblem(messageOf(error));
    } finally {
      setBusy(false);
    }
  };

  return html`<dialog class="dialog" ref=${element} aria-labelledby=${id}
    onCancel=${(event: Event) => {
      event.preventDefault();
      onClose();
    }}>
    <form onSubmit=${submit} novalidate>
      <header>
        <h2 id=${id}>${title}</h2>
        <${Button} kind="quiet" small icon="close" label="Close" onClick=${onClose} />
      </header>
      ${children}
      ${problem && html`<div role="alert"><${Notice} tone="bad">${problem}</${Notice}></div>`}
      <footer>
        <${Button} onClick=${onClose}>${action === undefined ? 'Close' : 'Cancel'}</${Button}>
        ${
          action &&
          html`<${Button} kind=${danger ? 'danger' : 'primary'} type="submit" disabled=${busy || disabled}>
            ${busy ? 'One moment …' : action}
          </${Button}>`
        }
      </footer>
    </form>
  </dialog>`;
}
