/**
 * A relay's admin port that only pretends.
 * @module
 */
import { type Answers, PretendServer, type Site } from './pretend-server.js';

const SITE: Site = {
  files: new URL('../../../relay/dist/portal/', import.meta.url),
  pages: '/portal/',
  stream: '/api/live',
};

/** Starts one. @param prefix - the path that it is below, as behind a reverse proxy */
export function startPretendRelay(answers: Answers, prefix?: string): Promise<PretendServer> {
  return PretendServer.start(SITE, answers, prefix);
}
