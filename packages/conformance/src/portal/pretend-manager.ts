/**
 * A manager's pages with a manager behind them that only pretends.
 * @module
 */
import { type Answers, PretendServer, type Site, TOKEN } from './pretend-server.js';

const SITE: Site = {
  files: new URL('../../../manager/dist/portal/', import.meta.url),
  pages: '/',
  stream: '/api/events',
};

/** Starts one. @param prefix - the path that it is below, as behind a reverse proxy */
export function startPretendManager(answers: Answers, prefix?: string): Promise<PretendServer> {
  return PretendServer.start(SITE, answers, prefix);
}

/** The address as a manager prints it. */
export function addressOf(server: PretendServer): string {
  return `${server.url}#token=${TOKEN}`;
}
