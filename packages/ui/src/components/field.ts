/**
 * Fields of forms: a label, the input, and below it a hint or what is wrong.
 * @module
 */
import type { ComponentChildren, VNode } from 'preact';
import { useId } from 'preact/hooks';
import { html } from '../html.js';
import { Icon } from './icon.js';

interface FieldProps {
  readonly label: string;
  readonly hint?: string | undefined;
  /** What is wrong with the value. */
  readonly problem?: string | undefined;
}

/** What a text field is told. */
export interface TextFieldProps extends FieldProps {
  readonly value: string;
  readonly onInput: (value: string) => void;
  /** Told when the field is left. */
  readonly onBlur?: (() => void) | undefined;
  readonly type?: 'text' | 'password' | 'search' | 'datetime-local';
  readonly name?: string;
  readonly placeholder?: string;
  readonly inputMode?: 'numeric';
  readonly autoComplete?: string;
  readonly autoFocus?: boolean;
  readonly disabled?: boolean;
}

/** A line of text. */
export function TextField(props: TextFieldProps): VNode {
  const { label, hint, problem, value, onInput, ...rest } = props;
  const id = useId();
  return html`<div class="field">
    <label for=${id}>${label}</label>
    <input ...${rest} class="input" id=${id} value=${value} spellcheck=${false} autocapitalize="none"
      autocomplete=${rest.autoComplete ?? 'off'}
      aria-invalid=${problem === undefined ? undefined : 'true'} aria-describedby=${`${id}-note`}
      onInput=${(event: InputEvent) => onInput((event.currentTarget as HTMLInputElement).value)} />
    <${Note} id=${`${id}-note`} hint=${hint} problem=${problem} />
  </div>`;
}

/** One of a list. */
export function SelectField(
  props: FieldProps & {
    readonly value: string;
    readonly name?: string;
    readonly disabled?: boolean;
    readonly options: readonly { readonly value: string; readonly text: string }[];
    readonly onInput: (value: string) => void;
  },
): VNode {
  const { label, hint, problem, value, name, disabled, options, onInput } = props;
  const id = useId();
  return html`<div class="field">
    <label for=${id}>${label}</label>
    <select class="input" id=${id} name=${name} value=${value} disabled=${disabled}
      aria-invalid=${problem === undefined ? undefined : 'true'} aria-describedby=${`${id}-note`}
      onChange=${(event: Event) => onInput((event.currentTarget as HTMLSelectElement).value)}>
      ${options.map((each) => html`<option key=${each.value} value=${each.value} selected=${each.value === value}>${each.text}</option>`)}
    </select>
    <${Note} id=${`${id}-note`} hint=${hint} problem=${problem} />
  </div>`;
}

/** A box to tick. */
export function CheckField(props: {
  readonly checked: boolean;
  readonly onInput: (checked: boolean) => void;
  readonly disabled?: boolean;
  readonly children?: ComponentChildren;
}): VNode {
  const { checked, onInput, disabled, children } = props;
  return html`<label class="row still">
    <input type="checkbox" checked=${checked} disabled=${disabled}
      onChange=${(event: Event) => onInput((event.currentTarget as HTMLInputElement).checked)} />
    <span>${children}</span>
  </label>`;
}

/** A label of a filter that takes no room. */
export function FilterField(props: { readonly label: string; readonly children?: ComponentChildren }): VNode {
  return html`<label><span class="hidden-text">${props.label}</span>${props.children}</label>`;
}

function Note({
  id,
  hint,
  problem,
}: {
  id: string;
  hint: string | undefined;
  problem: string | undefined;
}): VNode {
  return html`<div id=${id} aria-live="polite">
    ${
      problem === undefined
        ? hint && html`<p class="hint">${hint}</p>`
        : html`<p class="problem"><${Icon} name="error" />${problem}</p>`
    }
  </div>`;
}
