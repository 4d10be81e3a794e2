/**
 * Configures hybrid connections of a relay: sign in there, choose, save.
 *
 * The manager signs in, and keeps the relay's token in its memory for a while; this page forgets it at once.
 * @module
 */
import { ApiError, html, messageOf, PageHead, useEffect, useState, type VNode } from '@hybridge/ui';
import type { Login } from '../../../src/service/api.js';
import { ChooseHybridConnections } from '../parts/choose-hybrid-connections.js';
import { SignInAtRelay } from '../parts/sign-in-at-relay.js';
import { useSession } from '../session/manager-session.js';

/** The screen. */
export function ConfigureScreen(): VNode {
  const { api } = useSession();
  const [login, setLogin] = useState<Login>();
  const [problem, setProblem] = useState<string>();
  const [isLooking, setLooking] = useState(true);

  // Whoever is signed in goes on where they were.
  useEffect(() => {
    const resume = async () => {
      const [newest] = (await api.logins()).value;
      if (newest !== undefined) setLogin(await api.login(newest.id));
    };
    resume()
      .catch((error: unknown) => isGone(error) || setProblem(messageOf(error)))
      .finally(() => setLooking(false));
  }, []);

  const signOut = async () => {
    const { id } = login as Login;
    setLogin(undefined);
    await api.signOut(id).catch(() => undefined); // it may be over already
  };
  const reload = async () => {
    const { id } = login as Login;
    try {
      setLogin(await api.login(id));
    } catch (error) {
      setLogin(undefined);
      setProblem(isGone(error) ? 'The time at the relay is over. Sign in again.' : messageOf(error));
    }
  };
  const step = login === undefined ? 'Step 1 of 2: sign in at the relay' : 'Step 2 of 2: choose';
  return html`<${PageHead} title="Configure another hybrid connection" crumbs=${[{ text: 'Hybrid connections', href: '#/' }]} note=${step} />
    ${
      isLooking
        ? html`<p class="loading" role="status">Loading …</p>`
        : login === undefined
          ? html`<${SignInAtRelay} problem=${problem} onDone=${(next: Login) => {
              setProblem(undefined);
              setLogin(next);
            }} />`
          : html`<${ChooseHybridConnections} login=${login} onReload=${reload} onSignOut=${() => void signOut()} />`
    }`;
}

/** Whether a login is over. */
function isGone(error: unknown): boolean {
  return error instanceof ApiError && error.status === 404;
}
