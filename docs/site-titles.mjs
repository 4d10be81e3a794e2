/**
 * Has TypeDoc list the pages of docs/ by their headings rather than by their files: a plugin, named in typedoc.json.
 */
import { Converter } from 'typedoc';

export function load(application) {
  application.converter.on(Converter.EVENT_CREATE_DOCUMENT, (_context, page) => {
    const heading = /^# (.+)$/m.exec(page.content.map(({ text }) => text).join(''))?.[1];
    // What is before a slash is the folder under which the page is listed.
    const folder = /^(?:.+\/)?/.exec(page.name)?.[0] ?? '';
    if (heading !== undefined) page.name = folder + heading.replaceAll('`', '').replaceAll('/', '∕');
  });
}
