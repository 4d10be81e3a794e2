/**
 * Tests an endpoint from the manager's machine, before it is given to a hybrid connection.
 * @module
 */
import { Button, html, PageHead, Panel, TextField, useState, type VNode } from '@hybridge/ui';
import { TestRun } from '../details/test-run.js';
import { checkEndpoint } from '../parts/endpoint.js';
import { useSession, useStatus } from '../session/manager-session.js';

/** The screen. */
export function TestTargetScreen(): VNode {
  const { api } = useSession();
  const { host } = useStatus();
  const [text, setText] = useState('');
  const [isAsked, setAsked] = useState(false);
  const [run, setRun] = useState({ target: '', number: 0 });
  const wrong = checkEndpoint(text.trim());
  const begin = (event: Event) => {
    event.preventDefault();
    setAsked(true);
    if (wrong === undefined) setRun({ target: text.trim(), number: run.number + 1 });
  };
  return html`<${PageHead} title="Test an endpoint" note=${`Whether ${host} reaches it: its name, the policy, and a connection.`} />
    <${Panel} title="Endpoint">
      <form class="stack" onSubmit=${begin}>
        <${TextField} label="Host and port" name="target" placeholder="db01.corp.example:1433" value=${text} onInput=${setText}
          problem=${isAsked ? wrong : undefined} />
        <div><${Button} kind="primary" type="submit">Test</${Button}></div>
      </form>
    </${Panel}>
    ${run.number > 0 && html`<${TestRun} key=${run.number} start=${(signal: AbortSignal) => api.testTarget(run.target, signal)} />`}`;
}
