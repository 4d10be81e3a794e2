/**
 * The portal in a real browser, used as a person does: by what is written on buttons, fields and links.
 *
 * It remembers what should never happen: an error in the console, a request to another host.
 * @module
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Chromium, Page } from '../browser/chromium.js';
import { until } from '../deadline.js';

const WAIT_MS = 30_000;
const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** How the page is looked at. */
export interface Look {
  readonly width?: number;
  readonly height?: number;
  readonly scheme?: 'light' | 'dark';
}

/** What is run in the page, so that an element is found as a screen reader would. */
const FINDER = `(() => {
  const nameOf = (element) => {
    const label = element.getAttribute('aria-label');
    if (label) return label;
    const wordsOf = (label) => {
      const copy = label.cloneNode(true);
      for (const each of copy.querySelectorAll('select')) each.remove();
      return copy.textContent.trim();
    };
    if (element.labels?.length) return [...element.labels].map(wordsOf).join(' ');
    return element.textContent.trim();
  };
  const seen = (element) => element.checkVisibility() && !element.closest('[inert]');
  const top = () => document.querySelector('dialog[open]') ?? document;
  window.findNamed = (selector, name) => [...top().querySelectorAll(selector)].find((each) => seen(each) && nameOf(each) === name);
})()`;

/** A page of the portal. */
export class PortalPage {
  readonly page: Page;
  /** Errors of the console and of scripts, and what the policy stopped. */
  readonly errors: string[] = [];
  /** Addresses of requests to other hosts. */
  readonly strangers: string[] = [];

  private constructor(page: Page, url: string) {
    this.page = page;
    const { origin } = new URL(url);
    page.onEvent('Runtime.exceptionThrown', ({ exceptionDetails }) =>
      this.errors.push(JSON.stringify(exceptionDetails)),
    );
    page.onEvent('Runtime.consoleAPICalled', ({ type, args }) => {
      if (type === 'error' || type === 'warning') this.errors.push(JSON.stringify(args));
    });
    page.onEvent('Log.entryAdded', ({ entry }) => {
      const { level, text, source } = entry as { level: string; text: string; source: string };
      // The browser notes each answer that is no success; which of these are right is each test's to say.
      if (level === 'error' && source !== 'network') this.errors.push(text);
    });
    page.onEvent('Network.requestWillBeSent', ({ request }) => {
      const address = (request as { url: string }).url;
      if (!address.startsWith(`${origin}/`) && !address.startsWith('data:')) this.strangers.push(address);
    });
  }

  /** Opens the portal. @param url - where it is, ending in `portal/` */
  static async open(chromium: Chromium, url: string, look: Look = {}): Promise<PortalPage> {
    const page = await chromium.open('about:blank');
    const portal = new PortalPage(page, url);
    await page.call('Runtime.enable');
    await page.call('Log.enable');
    await page.call('Page.addScriptToEvaluateOnNewDocument', { source: FINDER });
    await portal.look(look);
    await page.call('Page.navigate', { url });
    await until(
      async () => (await page.evaluate('document.readyState')) === 'complete',
      WAIT_MS,
      'the page to load',
    );
    return portal;
  }

  /** Closes it. */
  async close(): Promise<void> {
    await this.page.call('Page.close');
  }

  /** Sets the size of the window and the colours of the system. */
  async look({ width = 1_280, height = 860, scheme = 'light' }: Look): Promise<void> {
    await this.page.call('Emulation.setDeviceMetricsOverride', {
      width,
      height,
      deviceScaleFactor: 1,
      mobile: false,
    });
    await this.page.call('Emulation.setEmulatedMedia', {
      features: [
        { name: 'prefers-color-scheme', value: scheme },
        { name: 'prefers-reduced-motion', value: 'reduce' },
      ],
    });
  }

  /** Signs in. */
  async signIn(token: string): Promise<void> {
    await this.fill('Token', token);
    await this.click('button', 'Sign in');
    await this.sees('Overview', 'h1');
  }

  /** Goes to a screen. @param hash - such as `#/audit` */
  async goTo(hash: string): Promise<void> {
    await this.page.evaluate(`location.hash = ${JSON.stringify(hash)}`);
  }

  /** Waits until a text is to be seen. @param selector - where. @defaultValue anywhere in the page */
  async sees(text: string, selector = 'body', waitMs = WAIT_MS): Promise<void> {
    const question = `[...document.querySelectorAll(${JSON.stringify(selector)})].some((each) =>
      each.checkVisibility() && each.innerText.replace(/\\s+/g, ' ').includes(${JSON.stringify(text)}))`;
    try {
      await until(async () => (await this.page.evaluate(question)) === true, waitMs, `"${text}"`);
    } catch (cause) {
      throw new Error(`"${text}" is not in ${selector}; there is:\n${await this.text()}`, { cause });
    }
  }

  /** Waits until a text is no longer to be seen. */
  async seesNoMore(text: string): Promise<void> {
    await until(async () => !(await this.text()).includes(text), WAIT_MS, `"${text}" to go`);
  }

  /** Waits until an expression holds in the page. */
  async holds(expression: string): Promise<void> {
    await until(async () => (await this.page.evaluate(expression)) === true, WAIT_MS, expression);
  }

  /** What is to be read on the page. */
  async text(): Promise<string> {
    return String(await this.page.evaluate("document.body.innerText.replace(/[ \\t]+/g, ' ')"));
  }

  /** Clicks on something by its name. @param selector - what kind of thing */
  async click(selector: 'button' | 'a' | 'summary', name: string): Promise<void> {
    await this.#act(selector, name, 'element.click()');
  }

  /** Types into a field, from empty. */
  async fill(label: string, value: string): Promise<void> {
    await this.#act(
      'input, select, textarea',
      label,
      `element.focus();
       const kind = Object.getPrototypeOf(element);
       Object.getOwnPropertyDescriptor(kind, 'value').set.call(element, ${JSON.stringify(value)});
       element.dispatchEvent(new Event('input', { bubbles: true }));
       element.dispatchEvent(new Event('change', { bubbles: true }));
       element.blur();`,
    );
  }

  /** Chooses from a list by the text that is shown. */
  async choose(label: string, option: string): Promise<void> {
    const value = await this.#act(
      'select',
      label,
      `const found = [...element.options].find((each) => each.text === ${JSON.stringify(option)});
       if (found === undefined) throw new Error('there is no such option');
       return found.value;`,
    );
    await this.fill(label, String(value));
  }

  /** Ticks a box, or takes the tick away. */
  async check(label: string): Promise<void> {
    await this.#act('input[type=checkbox]', label, 'element.click()');
  }

  /** Presses a key. */
  async press(
    key: 'Tab' | 'Enter' | 'Escape' | ' ',
    modifiers: { readonly shift?: boolean } = {},
  ): Promise<void> {
    const codes = { Tab: 9, Enter: 13, Escape: 27, ' ': 32 };
    const event = {
      key,
      code: key === ' ' ? 'Space' : key,
      windowsVirtualKeyCode: codes[key],
      modifiers: modifiers.shift === true ? 8 : 0,
      ...(key === 'Enter' ? { text: '\r' } : {}),
    };
    await this.page.call('Input.dispatchKeyEvent', {
      type: event.text === undefined ? 'rawKeyDown' : 'keyDown',
      ...event,
    });
    await this.page.call('Input.dispatchKeyEvent', { type: 'keyUp', ...event });
  }

  /** What has the focus, by name. */
  async focused(): Promise<string> {
    return String(
      await this.page.evaluate(
        "(document.activeElement?.getAttribute('aria-label') ?? document.activeElement?.labels?.[0]?.textContent ?? document.activeElement?.textContent ?? '').trim()",
      ),
    );
  }

  /** Presses Tab so many times. @returns whether the focus got out of the open dialog to what is behind it */
  async tabsLeaveDialog(times: number): Promise<boolean> {
    for (let turn = 0; turn < times; turn += 1) {
      await this.press('Tab');
      // Beyond the last element is the browser's own bar, for which the document has the focus.
      const isInside = await this.page.evaluate(
        "document.activeElement === document.body || document.activeElement.closest('dialog') !== null",
      );
      if (isInside !== true) return true;
    }
    return false;
  }

  /** What axe finds wrong, one line each. */
  async violations(): Promise<readonly string[]> {
    await this.page.evaluate(`window.axe || (0, eval)(${JSON.stringify(AXE)})`).catch(async () => {
      // The page's policy allows no eval; the debugger may run scripts all the same.
      await this.page.evaluate(AXE);
    });
    const found =
      await this.page.evaluate(`axe.run(document, { resultTypes: ['violations'] }).then(({ violations }) =>
      violations.map(({ id, nodes }) => id + ': ' + nodes.slice(0, 3).map((node) => node.html.slice(0, 160) + ' ' + (node.any[0]?.message ?? '')).join(' | ')))`);
    return found as readonly string[];
  }

  /** How many pixels the page is wider than the window. */
  async overflow(): Promise<number> {
    return Number(
      await this.page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth'),
    );
  }

  /** A picture of the window, PNG. */
  async screenshot(): Promise<Buffer> {
    const { data } = await this.page.call('Page.captureScreenshot', {
      format: 'png',
      optimizeForSpeed: false,
    });
    return Buffer.from(data as string, 'base64');
  }

  async #act(selector: string, name: string, action: string): Promise<unknown> {
    const find = `findNamed(${JSON.stringify(selector)}, ${JSON.stringify(name)})`;
    try {
      await until(
        async () =>
          (await this.page.evaluate(
            `(() => { const found = ${find}; return found !== undefined && !found.disabled; })()`,
          )) === true,
        WAIT_MS,
        `${selector} "${name}"`,
      );
    } catch (cause) {
      throw new Error(`There is no ${selector} "${name}" that can be used; there is:\n${await this.text()}`, {
        cause,
      });
    }
    return this.page.evaluate(`(() => { const element = ${find}; ${action} })()`);
  }
}
