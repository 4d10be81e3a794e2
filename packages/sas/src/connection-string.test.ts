import { describe, expect, it } from 'vitest';
import { type ConnectionString, formatConnectionString, parseConnectionString } from './connection-string.js';

const KEY = 'kPD6B3mVbsAkQOjcWqzTyf4p1zF3Q6Wnq1mB2rX9s0E=';
const ENDPOINT = 'Endpoint=sb://contoso.servicebus.windows.net/';
const RULE = `SharedAccessKeyName=defaultListener;SharedAccessKey=${KEY}`;
const full = `${ENDPOINT};${RULE};EntityPath=hyco`;
const TOKEN = 'SharedAccessSignature sr=http%3A%2F%2Fh%2F&sig=x%3D&se=1700003600&skn=send';
const parsed: ConnectionString = {
  endpoint: new URL('sb://contoso.servicebus.windows.net/'),
  entityPath: 'hyco',
  sharedAccessKeyName: 'defaultListener',
  sharedAccessKey: KEY,
};

function problemOf(text: string): string {
  try {
    parseConnectionString(text);
  } catch (error) {
    expect(error).toMatchObject({ name: 'SasError', code: 'ERR_SAS_CONNECTION_STRING' });
    return (error as Error).message;
  }
  throw new Error(`was taken: ${text}`);
}

describe('reading a connection string', () => {
  it.each([
    ["the portal's order", full],
    ["the order of .NET's ToString()", `${ENDPOINT};EntityPath=hyco;${RULE};`],
    ['no slash after the host', full.replace('net/;', 'net;')],
    ['a final semicolon', `${full};`],
    ['several semicolons', `;;${full.replaceAll(';', ';;')};;`],
    [
      'white space around keys and values',
      ` ${full.replaceAll(';', ' ;\r\n ').replaceAll('=sb', ' = sb')}\n`,
    ],
    ['keys in lower case', full.replace(/(^|;)\w+=/g, (key) => key.toLowerCase())],
    ['keys in upper case', full.replace(/(^|;)\w+=/g, (key) => key.toUpperCase())],
    ['slashes around the path', full.replace('=hyco', '=/hyco/')],
  ])('takes %s', (_, text) => {
    expect(parseConnectionString(text)).toEqual(parsed);
  });

  it.each(['sb', 'wss', 'https', 'ws', 'http'])('takes an endpoint of the scheme %s', (scheme) => {
    const { endpoint } = parseConnectionString(`Endpoint=${scheme}://localhost:8080`);
    expect([endpoint.protocol, endpoint.hostname, endpoint.port]).toEqual([
      `${scheme}:`,
      'localhost',
      '8080',
    ]);
  });

  it('takes the string of a namespace, and one with no credential', () => {
    expect(parseConnectionString(`${ENDPOINT};${RULE}`)).not.toHaveProperty('entityPath');
    expect(parseConnectionString(ENDPOINT)).toEqual({ endpoint: parsed.endpoint });
  });

  it('takes a ready-made token', () => {
    const text = `${ENDPOINT};SharedAccessSignature=${TOKEN};EntityPath=hyco`;
    expect(parseConnectionString(text).sharedAccessSignature).toBe(TOKEN);
  });

  it.each(['Managed Identity', 'ManagedIdentity', 'managed identity'])('takes Authentication=%s', (value) => {
    expect(parseConnectionString(`${ENDPOINT};Authentication=${value}`).authentication).toBe(value);
  });

  it.each([
    // .NET: TimeSpan
    ['00:01:00', 60_000],
    ['0:0:30', 30_000],
    ['01:30', 5_400_000],
    ['1.00:00:00', 86_400_000],
    ['00:00:00.25', 250],
    ['00:00:01.5000000', 1_500],
    // Java: seconds
    ['60', 60_000],
    ['1', 1_000],
  ])('takes OperationTimeout=%s as %i ms', (value, ms) => {
    expect(parseConnectionString(`${ENDPOINT};OperationTimeout=${value}`).operationTimeoutMs).toBe(ms);
  });

  it.each([
    ['Is the variable that should hold it set', ' '],
    ['reference (file:…)', 'file:secret.txt'],
    ['reference (env:…)', ' env:secret'],
    ['file:PATH', 'secret.txt'],
    ['Endpoint', 'EntityPath=hyco'],
    ['Endpoint', 'Endpoint=;EntityPath=hyco'],
    ['Endpoint', 'Endpoint=contoso.servicebus.windows.net'],
    ['Endpoint', 'Endpoint=amqp://contoso/'],
    ['Endpoint', 'Endpoint=sb://'],
    ['Endpoint', 'Endpoint=sb://user:secret@h/'],
    ['Endpoint', 'Endpoint=sb://h/?a=b'],
    ['Endpoint', 'Endpoint=sb://h:70000/'],
    ['EntityPath', `${ENDPOINT};EntityPath=`],
    ['EntityPath', `${ENDPOINT};EntityPath=/`],
    ['SharedAccessKey ', `${ENDPOINT};SharedAccessKeyName=a`],
    ['SharedAccessKeyName', `${ENDPOINT};SharedAccessKey=secret`],
    ['SharedAccessKeyName', `${ENDPOINT};SharedAccessKeyName=${'a'.repeat(257)};SharedAccessKey=secret`],
    ['SharedAccessKey', `${ENDPOINT};SharedAccessKeyName=a;SharedAccessKey=${'secret'.repeat(43)}`],
    ['SharedAccessSignature', `${full};SharedAccessSignature=secret`],
    ['OperationTimeout', `${full};OperationTimeout=soon`],
    ['OperationTimeout', `${full};OperationTimeout=0`],
    ['OperationTimeout', `${full};OperationTimeout=00:00:00`],
    ['OperationTimeout', `${full};OperationTimeout=-1`],
    ['OperationTimeout', `${full};OperationTimeout=1.5`],
    ['OperationTimeout', `${full};OperationTimeout=24:00:00`],
    ['OperationTimeout', `${full};OperationTimeout=00:60:00`],
    ['OperationTimeout', `${full};OperationTimeout=00:00:60`],
    ['OperationTimeout', `${full};OperationTimeout=25.00:00:00`],
    ['OperationTimeout', `${full};OperationTimeout=9999999999`],
    ['Authentication', `${ENDPOINT};Authentication=Password`],
    ['Authentication', `${full};Authentication=ManagedIdentity`],
    ['Authentication', `${ENDPOINT};SharedAccessSignature=secret;Authentication=ManagedIdentity`],
    ['EntityPath', `${full};EntityPath=other`],
    ['Endpoint', `${full};endpoint=sb://other/`],
    ['SharedAccessKey ', `${full};SHAREDACCESSKEY=secret`],
    ['"TransportType"', `${full};TransportType=Amqp`],
    ['"Shared Access Key"', `${ENDPOINT};Shared Access Key=secret`],
    ['part 2', `${ENDPOINT};secret`],
    ['part 2', `${ENDPOINT};${KEY}`],
    ['part 2', `${ENDPOINT};=secret`],
  ])('names %s when it refuses %j', (field, text) => {
    const message = problemOf(text);
    expect(message).toContain(field);
    expect(message).not.toContain('secret');
    expect(message).not.toContain(KEY.slice(0, 8));
  });

  it('says what to use in the place of a BizTalk-era endpoint', () => {
    const text = `Endpoint=hc://contoso.hybrid.biztalk.windows.net/sql;${RULE}`;
    expect(problemOf(text)).toMatch(/BizTalk.*Endpoint=sb:\/\/…;…;EntityPath=…/);
  });

  it('asks for the variable when it gets no text', () => {
    expect(problemOf(undefined as unknown as string)).toMatch(/variable/);
  });
});

describe('writing a connection string', () => {
  it("uses the portal's order and no final semicolon", () => {
    expect(formatConnectionString(parsed)).toBe(full);
  });

  it('writes a ready-made token, and the timeout as .NET reads it', () => {
    const { endpoint } = parsed;
    const text = formatConnectionString({
      endpoint,
      sharedAccessSignature: TOKEN,
      operationTimeoutMs: 90_250,
    });
    expect(text).toBe(`${ENDPOINT};SharedAccessSignature=${TOKEN};OperationTimeout=00:01:30.250`);
  });

  it('writes a timeout of days', () => {
    expect(formatConnectionString({ ...parsed, operationTimeoutMs: 90_061_000 })).toMatch(/=1\.01:01:01$/);
  });

  it('gives the endpoint the final slash that Java relies on', () => {
    expect(formatConnectionString({ endpoint: new URL('sb://h') })).toBe('Endpoint=sb://h/');
  });

  it.each([
    ['SharedAccessKey', { sharedAccessKey: 'a;b' }],
    ['SharedAccessKey', { sharedAccessKey: ' a' }],
    ['SharedAccessKey', { sharedAccessKey: '' }],
    ['SharedAccessKeyName', { sharedAccessKeyName: 'a;b' }],
    ['EntityPath', { entityPath: 'a;b' }],
    ['Endpoint', { endpoint: new URL('sb://h/a;b') }],
    ['Endpoint', { endpoint: new URL('ftp://h/') }],
    ['OperationTimeout', { operationTimeoutMs: 0.5 }],
    ['OperationTimeout', { operationTimeoutMs: 0 }],
    ['SharedAccessSignature', { sharedAccessSignature: TOKEN }],
  ])('refuses a %s that would not be read back: %j', (field, wrong) => {
    const write = () => formatConnectionString({ ...parsed, ...wrong });
    expect(write).toThrow(expect.objectContaining({ code: 'ERR_SAS_CONNECTION_STRING' }));
    expect(write).toThrow(field);
  });
});
