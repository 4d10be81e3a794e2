/**
 * What the manager says in half a sentence, as it does in its log, made a whole one.
 * @module
 */

/** With a capital at its beginning and a full stop at its end; a name of a host or a file at its beginning stays as it is. */
export function asSentence(text: string): string {
  const [first = ''] = text.split(' ');
  const begun = /^[a-z]+$/.test(first) ? `${text.charAt(0).toUpperCase()}${text.slice(1)}` : text;
  return begun === '' || /[.!?…]$/.test(begun) ? begun : `${begun}.`;
}
