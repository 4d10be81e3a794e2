/**
 * Adds connections to the text of a configuration, and takes them out. What else stands there stays as it is: comments, order, and
 * whether it is YAML or JSON.
 * @module
 */
import { type Document, isMap, isNode, isSeq, parseDocument, visit, type YAMLSeq } from 'yaml';
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
