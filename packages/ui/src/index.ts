/**
 * What the browser pages of relay and manager are made of.
 * @module
 */
export { type ComponentChildren, createContext, render, type VNode } from 'preact';
export { useContext, useEffect, useMemo, useRef, useState } from 'preact/hooks';
export { ApiClient, type EventsOptions, type Query } from './api/api-client.js';
export { ApiError, messageOf } from './api/api-error.js';
export type { ServerEvent } from './api/event-stream.js';
export { fieldOf } from './api/field-problems.js';
export { type LiveState, LiveStream, type LiveStreamOptions } from './api/live-stream.js';
export { Chart, type Series } from './chart/chart.js';
export { Badge, type Shape, type Tone } from './components/badge.js';
export { Button, Choice } from './components/button.js';
export { Confirm } from './components/confirm.js';
export { Dialog } from './components/dialog.js';
export { CheckField, FilterField, SelectField, TextField } from './components/field.js';
export { Frame, type FrameProps, type Place } from './components/frame.js';
export { Gate } from './components/gate.js';
export { Icon, type IconName } from './components/icon.js';
export { LiveMark } from './components/live-mark.js';
export { type LogLine, LogList } from './components/log-list.js';
export { Meter } from './components/meter.js';
export { NotFound } from './components/not-found.js';
export { Notice, say, Toasts } from './components/notice.js';
export { PageHead } from './components/page-head.js';
export { Empty, Facts, Panel, Show, Tiles } from './components/panel.js';
export { type RecordRow, RecordTable } from './components/record-table.js';
export { copy, Secret } from './components/secret.js';
export { type Column, Table } from './components/table.js';
export { Tabs } from './components/tabs.js';
export { ThemeChoice } from './components/theme-choice.js';
export {
  formatAgo,
  formatBytes,
  formatCount,
  formatDuration,
  formatRate,
  formatTime,
  plural,
} from './format.js';
export { html } from './html.js';
export { Observable, useObservable } from './observable.js';
export { goTo, linkTo, parseRoute, type Route, useRoute } from './router.js';
export { applyTheme } from './theme.js';
export { type Loaded, useInterval, useLoaded, useNow } from './use-loaded.js';
export { type ListPage, type Pages, usePages } from './use-pages.js';
