import { describe, expect, it } from 'vitest';
import { redactConnectionString } from './redact.js';

const KEY = 'kPD6B3mVbsAkQOjcWqzTyf4p1zF3Q6Wnq1mB2rX9s0E=';

describe('a redacted connection string', () => {
  it('keeps what is harmless, in its place', () => {
    const text = `Endpoint=sb://contoso.example/;SharedAccessKeyName=defaultSender;SharedAccessKey=${KEY};EntityPath=hyco;OperationTimeout=00:01:00;`;
    expect(redactConnectionString(text)).toBe(text.replace(KEY, '***'));
  });

  it.each([
    ['', ''],
    [';;', ';;'],
    ['endpoint = sb://h/ ;SHAREDACCESSKEY = secret', 'endpoint = sb://h/ ;SHAREDACCESSKEY =***'],
    [
      'Endpoint=sb://h/;SharedAccessSignature=SharedAccessSignature sr=x&sig=secret',
      'Endpoint=sb://h/;SharedAccessSignature=***',
    ],
    ['Endpoint=sb://h/;SharedAccesKey=secret', 'Endpoint=sb://h/;SharedAccesKey=***'],
    ['Endpoint=sb://h/;secret', 'Endpoint=sb://h/;***'],
    ['Endpoint=sb://user:secret@h/', 'Endpoint=***'],
    ['Endpoint=sb://h/,SharedAccessKey:secret', 'Endpoint=***'],
    ['Endpoint=sb://h/\nSharedAccessKey=secret', 'Endpoint=***'],
    [`SharedAccessKeyName=${KEY.slice(0, 43)}`, 'SharedAccessKeyName=***'],
    [KEY, '***'],
    [`Endpoint=sb://h/;${KEY}`, 'Endpoint=sb://h/;***'],
    ['SharedAccessSignature sr=x&sig=secret&se=1&skn=send', '***'],
    ['"Endpoint=sb://h/;SharedAccessKey=secret"', '***;SharedAccessKey=***'],
    ['secret', '***'],
  ])('of %j is %j', (text, redacted) => {
    expect(redactConnectionString(text)).toBe(redacted);
  });
});
