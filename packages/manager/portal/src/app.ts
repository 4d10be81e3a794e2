/**
 * A page with a manager behind it, or a card that says how to get there.
 * @module
 */
import { ApiError, html, messageOf, Toasts, useEffect, useState, type VNode } from '@hybridge/ui';
import { ManagerFrame } from './frame.js';
import { NoEntry, type Obstacle } from './screens/no-entry.js';
import { ManagerSession, SessionContext } from './session/manager-session.js';
import { forgetToken, keptToken, takeToken } from './session/token.js';

/** The manager is where the page came from. */
const BASE = new URL('./', document.baseURI);

// Before anything is drawn: what is behind # is the token now, and the screen afterwards.
takeToken();

/** The whole page. */
export function App(): VNode {
  const [session, setSession] = useState<ManagerSession>();
  const [obstacle, setObstacle] = useState<Obstacle>();

  const replace = (next: ManagerSession | undefined) =>
    setSession((last) => {
      last?.close();
      return next;
    });

  const enter = async () => {
    const token = keptToken();
    setObstacle(token === undefined ? { name: 'no token' } : undefined);
    if (token === undefined) return;
    try {
      replace(
        await ManagerSession.open(BASE, token, () => {
          forgetToken();
          replace(undefined);
          setObstacle({ name: 'token no longer valid' });
        }),
      );
    } catch (error) {
      const isWrong = error instanceof ApiError && error.status === 401;
      if (isWrong) forgetToken();
      setObstacle(isWrong ? { name: 'wrong token' } : { name: 'no answer', message: messageOf(error) });
    }
  };

  useEffect(() => {
    void enter();
    // The address of a manager that was started anew, pasted into the same tab
    const again = () => {
      if (takeToken()) void enter();
    };
    addEventListener('hashchange', again);
    return () => removeEventListener('hashchange', again);
  }, []);

  const content =
    obstacle !== undefined
      ? html`<${NoEntry} obstacle=${obstacle} onAgain=${enter} />`
      : session === undefined
        ? html`<p class="loading" role="status">Loading …</p>`
        : html`<${SessionContext.Provider} value=${session}><${ManagerFrame} /></${SessionContext.Provider}>`;
  return html`${content}<${Toasts} />`;
}
