/**
 * An HTTP answer, byte for byte as it came: names keep their spelling, and repeated headers stay apart.
 * @module
 */

/** The head of an answer, and what was read of its body. */
export interface Answer {
  /** `HTTP/1.1 404 Not Found`. */
  readonly statusLine: string;
  readonly status: number;
  readonly reason: string;
  /** In the order and spelling of the wire. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: string;
}

/** Where the head ends, its blank line included; `-1` when it has not come whole. */
export function endOfHead(bytes: Buffer): number {
  const at = bytes.indexOf('\r\n\r\n');
  return at === -1 ? -1 : at + 4;
}

/** Reads a head. @throws Error when it is none. */
export function parseAnswer(head: string, body = ''): Answer {
  const [statusLine = '', ...lines] = head.replace(/\r\n\r\n$/, '').split('\r\n');
  const [, status, reason = ''] = /^HTTP\/1\.1 (\d{3}) ?(.*)$/.exec(statusLine) ?? [];
  if (status === undefined) throw new Error(`This is no status line: ${JSON.stringify(statusLine)}`);
  const headers = lines.map((line) => {
    const at = line.indexOf(':');
    if (at < 1) throw new Error(`This is no header: ${JSON.stringify(line)}`);
    return [line.slice(0, at), line.slice(at + 1).trim()] as const;
  });
  return { statusLine, status: Number(status), reason, headers, body };
}

/** All values of a header. */
export function valuesOf(answer: Answer, name: string): string[] {
  return answer.headers
    .filter(([each]) => each.toLowerCase() === name.toLowerCase())
    .map(([, value]) => value);
}

/** The body without its chunks' lengths, where it came in chunks. @throws Error when it is cut short */
export function payloadOf(answer: Answer): string {
  if (!valuesOf(answer, 'Transfer-Encoding').includes('chunked')) return answer.body;
  const parts: Buffer[] = [];
  for (let rest = Buffer.from(answer.body); ; ) {
    const [line = '', size = ''] = /^([0-9a-f]+)\r\n/i.exec(rest.toString('latin1', 0, 20)) ?? [];
    if (line === '') throw new Error('The body is cut short');
    const length = Number.parseInt(size, 16);
    if (length === 0) return Buffer.concat(parts).toString();
    parts.push(rest.subarray(line.length, line.length + length));
    rest = rest.subarray(line.length + length + 2);
  }
}

/** The relay answered, but not with 101. */
export class NotSwitched extends Error {
  override readonly name = 'NotSwitched';
  readonly answer: Answer;
  readonly status: number;
  readonly reason: string;

  constructor(answer: Answer) {
    super(answer.statusLine);
    this.answer = answer;
    this.status = answer.status;
    this.reason = answer.reason;
  }
}
