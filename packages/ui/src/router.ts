/**
 * Which screen is shown: the part of the address behind `#`, so that a page needs no more of the server than one file,
 * and works below any path.
 * @module
 */
import { useEffect, useState } from 'preact/hooks';

/** A place among the screens. */
export interface Route {
  /** Decoded parts, such as `['hybrid-connections', 'contoso', 'orders']`. */
  readonly path: readonly string[];
  readonly query: URLSearchParams;
}

/** Reads what is behind `#`. What cannot be read is the first screen. */
export function parseRoute(hash: string): Route {
  const [path = '', query = ''] = hash.replace(/^#?\/?/, '').split('?');
  try {
    const parts = path.split('/').filter((part) => part !== '');
    return { path: parts.map(decodeURIComponent), query: new URLSearchParams(query) };
  } catch {
    return { path: [], query: new URLSearchParams() };
  }
}

/** The address of a place. */
export function linkTo(path: readonly string[], query: Readonly<Record<string, string>> = {}): string {
  const search = new URLSearchParams(query).toString();
  return `#/${path.map(encodeURIComponent).join('/')}${search === '' ? '' : `?${search}`}`;
}

/** Goes there. */
export function goTo(link: string): void {
  location.hash = link;
}

/** The place now. */
export function useRoute(): Route {
  const [hash, setHash] = useState(location.hash);
  useEffect(() => {
    const read = () => setHash(location.hash);
    addEventListener('hashchange', read);
    return () => removeEventListener('hashchange', read);
  }, []);
  return parseRoute(hash);
}
