/**
 * What a pasted connection string is, told before it is sent. The key is looked at, and never given out.
 *
 * No second parser: the manager reads it again with that of `@hybridge/sas`, and has the last word. Here it is only seen what a
 * person should see, and nothing has to be built before the pages are.
 * @module
 */

/** What was pasted. */
export type Pasted =
  | { readonly kind: 'nothing' }
  /** `file:` or `env:`, which the manager resolves. */
  | { readonly kind: 'reference' }
  | {
      readonly kind: 'text';
      readonly host: string;
      readonly hybridConnection: string;
      readonly policy?: string;
    }
  | { readonly kind: 'wrong'; readonly problem: string };

/** Looks at a text. Source: docs/protocol.md, section 5.5. */
export function pastedIn(text: string): Pasted {
  const trimmed = text.trim();
  if (trimmed === '') return { kind: 'nothing' };
  if (/^(file|env):/.test(trimmed)) return { kind: 'reference' };
  const members = new Map(
    trimmed.split(';').map((part) => {
      const equals = part.indexOf('=');
      return [
        part.slice(0, Math.max(0, equals)).trim().toLowerCase(),
        part.slice(equals + 1).trim(),
      ] as const;
    }),
  );
  const endpoint = members.get('endpoint');
  if (endpoint === undefined) return wrong('A connection string begins with Endpoint=sb://…');
  const host = hostIn(endpoint);
  if (host === undefined) return wrong('What follows Endpoint= is no address such as sb://contoso.example/.');
  const hybridConnection = members.get('entitypath') ?? '';
  if (hybridConnection === '') {
    return wrong('It is that of a whole namespace. Add ;EntityPath= and the name of the hybrid connection.');
  }
  if (members.has('sharedaccesssignature')) return { kind: 'text', host, hybridConnection };
  const policy = members.get('sharedaccesskeyname') ?? '';
  if (policy === '' || (members.get('sharedaccesskey') ?? '') === '') {
    return wrong('It has no key: SharedAccessKeyName= and SharedAccessKey= are missing or empty.');
  }
  return { kind: 'text', host, hybridConnection, policy };
}

function wrong(problem: string): Pasted {
  return { kind: 'wrong', problem };
}

function hostIn(endpoint: string): string | undefined {
  // A browser's URL has a host only for schemes that it knows.
  const url = /^[a-z]+:\/\/([^/?#]+)/i.exec(endpoint);
  return url?.[1];
}
