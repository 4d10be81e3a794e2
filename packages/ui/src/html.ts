/**
 * Markup as tagged templates, bound to Preact: what every component is written with.
 * @module
 */
import htm from 'htm';
import { h, type VNode } from 'preact';

/** Makes a tree of elements. Values are texts or elements, never markup. */
export const html = htm.bind(h) as (strings: TemplateStringsArray, ...values: unknown[]) => VNode;
