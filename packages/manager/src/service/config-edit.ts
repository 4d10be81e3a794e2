/**
 * Adds connections to the text of a configuration, changes them, and takes them out. What else stands there stays as it is: comments,
 * order, and whether it is YAML or JSON.
 * @module
 */
import { type Document, isMap, isNode, isSeq, parseDocument, visit, type YAMLMap, type YAMLSeq } from 'yaml';
import type { ConnectionSettings } from '../config/manager-config.js';

/** Adds one at the end. @param text - which can be used as a configuration */
export function withConnection(
  text: string,
  { connectionString, endpoint, name }: ConnectionSettings,
): string {
  const entry = {
    ...(name !== undefined && { name }),
    connectionString,
    ...(endpoint !== undefined && { endpoint }),
  };
  return edited(
    text,
    (connections) => [...connections, entry],
    (list, document) => {
      // An empty list stands in brackets, and would go on in one line.
      if (list.items.length === 0) list.flow = false;
      list.add(document.createNode(entry));
    },
  );
}

/** Takes one out. @param text - which can be used as a configuration, and has so many connections */
export function withoutConnection(text: string, index: number): string {
  return edited(
    text,
    (connections) => connections.filter((_, each) => each !== index),
    (list, document) => {
      const removed = list.items[index];
      list.delete(index);
      keepAnchors(removed, document);
      // A block of nothing is no list.
      if (list.items.length === 0) list.flow = true;
    },
  );
}

/** What is to be another one; `null` takes it out, so that its default holds. */
export interface ChangedSettings {
  readonly connectionString?: string | undefined;
  readonly endpoint?: string | null | undefined;
  readonly name?: string | null | undefined;
}

/** Changes one. @param text - which can be used as a configuration, and has so many connections */
export function withChangedConnection(text: string, index: number, changed: ChangedSettings): string {
  const changes = Object.entries(changed).filter(([, value]) => value !== undefined);
  return edited(
    text,
    (connections) =>
      connections.map((connection, each) => {
        if (each !== index) return connection;
        const all = Object.entries({ ...(connection as object), ...Object.fromEntries(changes) });
        return Object.fromEntries(all.filter(([, value]) => value !== null));
      }),
    (list, document) => {
      const connection = list.items[index] as YAMLMap;
      for (const [key, value] of changes) {
        const former = connection.get(key, true);
        if (value === null) connection.delete(key);
        // What has a name may be meant elsewhere, too, and stays there what it is.
        else if (hasAnchor(former)) connection.set(key, document.createNode(value));
        else connection.set(key, value);
        keepAnchors(former, document);
      }
    },
  );
}

function hasAnchor(node: unknown): boolean {
  return isNode(node) && 'anchor' in node && node.anchor !== undefined;
}

function edited(
  text: string,
  inJson: (connections: readonly unknown[]) => readonly unknown[],
  inYaml: (connections: YAMLSeq, document: Document) => void,
): string {
  const json = jsonIn(text);
  if (json !== undefined) {
    const connections = inJson((json.connections as readonly unknown[] | undefined) ?? []);
    return `${JSON.stringify({ ...json, connections }, undefined, indentOf(text))}\n`;
  }
  const document = parseDocument(text);
  if (!isMap(document.contents)) document.contents = document.createNode({}) as never;
  let list = document.get('connections');
  if (!isSeq(list)) {
    list = document.createNode([]);
    document.set('connections', list);
  }
  inYaml(list as YAMLSeq, document);
  const edited = document.toString({ lineWidth: 0, flowCollectionPadding: false });
  return text.includes('\r\n') ? edited.replaceAll(/\r?\n/g, '\r\n') : edited;
}

/** What others still refer to stands from now on where the first of them does. */
function keepAnchors(removed: unknown, document: Document): void {
  const lost = new Map<string, unknown>();
  visit(isNode(removed) ? removed : null, {
    Node: (_, node) => {
      if ('anchor' in node && node.anchor !== undefined) lost.set(node.anchor, node);
    },
  });
  visit(document, {
    Node: (_, node) => {
      // Of a name that stands twice, what comes later means the latter.
      if ('anchor' in node && node.anchor !== undefined) lost.delete(node.anchor);
    },
    Alias: (_, alias) => {
      const node = lost.get(alias.source);
      lost.delete(alias.source);
      return isNode(node) ? (node.clone() as typeof node) : undefined;
    },
  });
}

/** @returns `undefined` for YAML: only what is JSON as a whole is kept as JSON. */
function jsonIn(text: string): Record<string, unknown> | undefined {
  if (!text.trimStart().startsWith('{')) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function indentOf(text: string): string {
  return /\n([ \t]+)"/.exec(text)?.[1] ?? '  ';
}
