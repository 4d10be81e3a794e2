/**
 * Buttons, and choices of one among a few.
 * @module
 */
import type { ComponentChildren, VNode } from 'preact';
import { html } from '../html.js';
import { Icon, type IconName } from './icon.js';

/** What a button is told. */
export interface ButtonProps {
  readonly kind?: 'primary' | 'danger' | 'quiet' | undefined;
  readonly small?: boolean | undefined;
  readonly icon?: IconName | undefined;
  /** What a screen reader says, where the text is missing or says too little. */
  readonly label?: string | undefined;
  readonly type?: 'button' | 'submit' | undefined;
  readonly disabled?: boolean | undefined;
  readonly onClick?: (() => void) | undefined;
  readonly children?: ComponentChildren;
}

/** A button. */
export function Button(props: ButtonProps): VNode {
  const { kind = '', small, icon, label, type = 'button', disabled, onClick, children } = props;
  const bare = children === undefined || children === null;
  const name = `button ${kind}${small ? ' small' : ''}${bare ? ' icon-only' : ''}`;
  return html`<button class=${name} type=${type} disabled=${disabled} aria-label=${label}
    title=${bare ? label : undefined} onClick=${onClick}>
    ${icon && html`<${Icon} name=${icon} />`}${children}
  </button>`;
}

/** One of a few, side by side. */
export function Choice<T extends string | number>(props: {
  readonly label: string;
  readonly value: T;
  readonly options: readonly { readonly value: T; readonly text: string }[];
  readonly onChange: (value: T) => void;
}): VNode {
  const { label, value, options, onChange } = props;
  return html`<div class="choice" role="group" aria-label=${label}>
    ${options.map(
      (
        each,
      ) => html`<button type="button" key=${each.value} aria-pressed=${each.value === value ? 'true' : 'false'}
        onClick=${() => onChange(each.value)}>${each.text}</button>`,
    )}
  </div>`;
}
