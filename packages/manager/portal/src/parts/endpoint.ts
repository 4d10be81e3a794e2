/**
 * An endpoint as it is typed: `host:port`. The manager reads it again; here it is said sooner.
 * @module
 */

/** @returns what is wrong with it, if anything */
export function checkEndpoint(text: string): string | undefined {
  const at = text.lastIndexOf(':');
  if (/^[a-z]+:\/\//i.test(text)) return 'Host and port alone, without http:// or the like.';
  if (at <= 0) return 'As host:port, such as db01.corp.example:1433.';
  const port = text.slice(at + 1);
  if (!/^\d{1,5}$/.test(port) || Number(port) < 1 || Number(port) > 65_535)
    return 'The port is a number from 1 to 65535.';
  if (/[\s/@;=]/.test(text)) return 'As host:port, such as db01.corp.example:1433.';
  return undefined;
}
