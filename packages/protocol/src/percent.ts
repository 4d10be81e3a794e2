/**
 * Percent-encoding as this protocol needs it: what is legal stays byte for byte, what is not is encoded.
 *
 * `URL` would also normalise, reorder or drop; these functions touch single characters only.
 * @module
 */

/**
 * Encodes what may not stand in a query (RFC 3986), and nothing else.
 * Escapes that are there stay, except that the hex digits of non-ASCII ones are upper-cased, as the live service does.
 */
export function encodeQuery(raw: string): string {
  return wellFormed(raw)
    .replace(/[^\x21\x24-\x3b\x3d\x3f-\x5b\x5d\x5f\x61-\x7a\x7e]+/gu, encodeURIComponent)
    .replace(/%[89a-f][0-9a-f]/gi, (digits) => digits.toUpperCase());
}

/** Encodes what may not stand in a path (RFC 3986), and nothing else. Slashes and escapes stay. */
export function encodePath(raw: string): string {
  return wellFormed(raw).replace(/[^\x21\x24-\x3b\x3d\x40-\x5a\x5f\x61-\x7a\x7e]+/gu, encodeURIComponent);
}

/** Encodes a name for use as a path: everything but slashes and unreserved characters. */
export function encodePathText(text: string): string {
  if (/^[\w/.~-]*$/.test(text)) return text;
  return wellFormed(text).split('/').map(encodeURIComponent).join('/');
}

/** Encodes a value as HTML forms do: a space becomes `+`. */
export function encodeForm(text: string): string {
  return encodeURIComponent(wellFormed(text)).replaceAll('%20', '+');
}

/** Decodes a value as HTML forms do; text with broken escapes is given back as it is. */
export function decodeForm(raw: string): string {
  try {
    return decodeURIComponent(raw.replaceAll('+', ' '));
  } catch {
    return raw;
  }
}

/**
 * Turns the bytes of a request line, as Node gives them (a character a byte), into escapes.
 * Text that is no UTF-8 read that way was characters already and is encoded as such.
 */
export function encodeBytes(requestTarget: string): string {
  return requestTarget.replace(/[\x80-\xff]+/g, (run) => {
    const escapes = Array.from(run, (byte) => `%${byte.charCodeAt(0).toString(16).toUpperCase()}`).join('');
    return isUtf8(escapes) ? escapes : encodeURIComponent(run);
  });
}

/** UTF-8 length of a text, in bytes, without making the bytes. */
export function utf8Length(text: string): number {
  let bytes = text.length;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit >= 0x80) bytes += unit >= 0x800 ? 2 : 1;
    // A pair is four bytes: its two units, and the two just added for the first of them.
    if (unit >= 0xd800 && unit <= 0xdbff && isLowSurrogate(text.charCodeAt(i + 1))) i++;
  }
  return bytes;
}

/** Cuts off a run of one character, at either end or at the end only. A pattern would take quadratic time on long runs. */
export function trimRun(text: string, character: '/' | ' ', ends: 'both' | 'end' = 'both'): string {
  let from = 0;
  let to = text.length;
  if (ends === 'both') while (from < to && text[from] === character) from++;
  while (to > from && text[to - 1] === character) to--;
  return text.slice(from, to);
}

function isLowSurrogate(unit: number): boolean {
  return unit >= 0xdc00 && unit <= 0xdfff;
}

function isUtf8(escapes: string): boolean {
  try {
    decodeURIComponent(escapes);
    return true;
  } catch {
    return false;
  }
}

/** Lone surrogates have no UTF-8 and would make `encodeURIComponent` throw. */
function wellFormed(text: string): string {
  return text.replace(/\p{Surrogate}+/gu, (run) => '\ufffd'.repeat(run.length));
}
