/**
 * Signed out, or signed in.
 *
 * The token is kept for this tab and its reloads only (`sessionStorage`): no other tab, no other site and no disk has it.
 * @module
 */
import { ApiError, html, messageOf, Toasts, useEffect, useState, type VNode } from '@hybridge/ui';
import { PortalFrame } from './frame.js';
import { SignIn } from './screens/sign-in.js';
import { PortalSession, SessionContext } from './session/portal-session.js';

const KEY = 'hybridge.token';
/** The portal is at `portal/` of the admin port, wherever a reverse proxy puts that. */
const BASE = new URL('../', document.baseURI);

/** The whole portal. */
export function App(): VNode {
  const [session, setSession] = useState<PortalSession>();
  const [problem, setProblem] = useState<string>();
  const [resuming, setResuming] = useState(sessionStorage.getItem(KEY) !== null);

  const leave = (why?: string) => {
    sessionStorage.removeItem(KEY);
    setProblem(why);
    setSession((last) => {
      last?.close();
      return undefined;
    });
  };

  const enter = async (token: string) => {
    setProblem(undefined);
    try {
      const opened = await PortalSession.open(BASE, token, () =>
        leave('The token is no longer valid. Sign in again.'),
      );
      sessionStorage.setItem(KEY, token);
      opened.start();
      setSession(opened);
    } catch (error) {
      const wrong = error instanceof ApiError && error.status === 401;
      if (wrong) sessionStorage.removeItem(KEY);
      setProblem(wrong ? 'The relay does not know this token.' : messageOf(error));
    }
  };

  useEffect(() => {
    const kept = sessionStorage.getItem(KEY);
    if (kept !== null) void enter(kept).finally(() => setResuming(false));
  }, []);

  const content =
    session !== undefined
      ? html`<${SessionContext.Provider} value=${session}><${PortalFrame} onLeave=${leave} /></${SessionContext.Provider}>`
      : resuming
        ? html`<p class="loading" role="status">Signing in …</p>`
        : html`<${SignIn} problem=${problem} onEnter=${enter} />`;
  return html`${content}<${Toasts} />`;
}
