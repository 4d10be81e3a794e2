/**
 * The .NET client's own reading of a 101: anything that it did not ask for is a failure.
 *
 * Source: docs/protocol.md, section 2.1 (what the client's bundled WebSocket validates); RFC 6455, section 4.1.
 * @module
 */
import { createHash } from 'node:crypto';
import { type Answer, valuesOf } from './answer.js';

const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';

/**
 * What that client objects to; empty when it is content.
 * @param key - the `Sec-WebSocket-Key` that was sent
 * @param asked - the subprotocols that were asked for
 */
export function strict101Problems(answer: Answer, key: string, asked: readonly string[] = []): string[] {
  const problems: string[] = [];
  const object = (problem: string, when: boolean) => when && problems.push(problem);
  const exactly = (name: string, value: string, matchCase: boolean) => {
    const values = valuesOf(answer, name);
    object(`${values.length} headers ${name}`, values.length !== 1);
    const [only = ''] = values;
    const same = matchCase ? only === value : only.toLowerCase() === value.toLowerCase();
    object(`${name} is ${JSON.stringify(only)}`, !same);
  };

  object(`the status line is ${answer.statusLine}`, !answer.statusLine.startsWith('HTTP/1.1 101 '));
  exactly('Upgrade', 'websocket', false);
  exactly('Connection', 'Upgrade', false);
  exactly(
    'Sec-WebSocket-Accept',
    createHash('sha1')
      .update(key + GUID)
      .digest('base64'),
    true,
  );
  for (const [name] of answer.headers) object(`there is a header ${name}`, /^content-/i.test(name));
  object('there are extensions', valuesOf(answer, 'Sec-WebSocket-Extensions').length > 0);
  const protocols = valuesOf(answer, 'Sec-WebSocket-Protocol');
  object(`${protocols.length} headers Sec-WebSocket-Protocol`, protocols.length > 1);
  for (const protocol of protocols) {
    object(`nobody asked for the subprotocol ${protocol}`, !asked.includes(protocol));
  }
  return problems;
}
