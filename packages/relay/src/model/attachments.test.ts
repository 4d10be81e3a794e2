import { describe, expect, it } from 'vitest';
import { after, app, at, attach, base, first, hc, plan, refusal, sql, T1, T2 } from '../../test/changes.js';
import { applyChange } from './apply-change.js';
import type { Change } from './change.js';
import type { Model } from './model.js';

describe('what an app has attached', () => {
  const ready = after(
    [
      plan(),
      app('web'),
      hc('open', { requiresClientAuthorization: false }),
      hc('bare', { endpoint: undefined }),
    ],
    base,
  );
  const attachments = (model: Model) => model.apps[0]!.attachments;

  it('sends by the primary key of the first policy that may', () => {
    const rule = sql(base).authorizationRules[1]!;
    expect(attachments(applyChange(ready, attach('WEB', 'SQL'), at(T2)))).toEqual([
      {
        namespace: 'relay.example',
        hybridConnection: 'sql',
        hostname: 'db01',
        port: 1433,
        sendKeyName: 'defaultSender',
        sendKeyValue: rule.primaryKey,
        attachedAt: T2,
        updatedAt: T2,
      },
    ]);
  });

  it('may send by a policy of the namespace', () => {
    const model = applyChange(
      ready,
      attach('web', 'sql', { sendKeyName: 'rootManageSharedAccessKey' }),
      at(T2),
    );
    const { primaryKey } = first(base).authorizationRules[0]!;
    expect(attachments(model)).toMatchObject([
      { sendKeyName: 'RootManageSharedAccessKey', sendKeyValue: primaryKey },
    ]);
  });

  it('keeps what another attach leaves out', () => {
    const one = applyChange(ready, attach('web', 'sql', { sendKeyValue: 'old' }), at(T1));
    expect(applyChange(one, attach('web', 'sql'), at(T2))).toBe(one);
    expect(
      attachments(applyChange(one, attach('web', 'sql', { sendKeyValue: 'new' }), at(T2))),
    ).toMatchObject([{ sendKeyValue: 'new', attachedAt: T1, updatedAt: T2 }]);
  });

  it.each<[string, Change, string, string]>([
    [
      'one that lets anybody in',
      attach('web', 'open'),
      'ERR_RELAY_INVALID',
      'does not require client authorization',
    ],
    ['one that leads nowhere', attach('web', 'bare'), 'ERR_RELAY_INVALID', 'has no endpoint'],
    [
      'another host',
      attach('web', 'sql', { hostname: 'db02' }),
      'ERR_RELAY_INVALID',
      'the endpoint of sql is db01:1433',
    ],
    [
      'another port',
      attach('web', 'sql', { port: 1 }),
      'ERR_RELAY_INVALID',
      'the endpoint of sql is db01:1433',
    ],
    [
      'a policy that may not send',
      attach('web', 'sql', { sendKeyName: 'defaultListener' }),
      'ERR_RELAY_INVALID',
      'that may send',
    ],
    [
      'one that is not there',
      attach('web', 'nothing'),
      'ERR_RELAY_NOT_FOUND',
      'no hybrid connection nothing',
    ],
    ['an app that is not there', attach('nobody', 'sql'), 'ERR_RELAY_NOT_FOUND', 'no app nobody'],
  ])('cannot attach %s', (_, change, code, message) => {
    expect(refusal(ready, change)).toMatchObject({ code, message: expect.stringContaining(message) });
  });

  it('has nothing of what it was detached from', () => {
    const one = applyChange(ready, attach('web', 'sql'), at(T1));
    const gone = { ...attach('web', 'SQL'), type: 'detach' } as Change;
    const other = applyChange(one, gone, at(T2));
    expect(attachments(other)).toEqual([]);
    expect(refusal(other, gone).code).toBe('ERR_RELAY_NOT_FOUND');
  });

  it('has the old key after a regenerate, and the new one when keys are synced', () => {
    const place = { namespace: 'relay.example', hybridConnection: 'sql' };
    const sync = (rest: object = {}): Change => ({ type: 'sync-keys', ...place, ...rest });
    const one = after([app('other'), attach('web', 'sql'), attach('other', 'sql')], ready);
    const old = attachments(one)[0]!.sendKeyValue;
    const rolled = applyChange(
      one,
      { type: 'set-keys', ...place, name: 'defaultSender', primaryKey: 'new' },
      at(T2),
    );
    const keys = (model: Model) => model.apps.map(({ attachments: [only] }) => only?.sendKeyValue);
    expect(keys(rolled)).toEqual([old, old]);
    expect(keys(applyChange(rolled, sync(), at(T2)))).toEqual(['new', 'new']);
    expect(keys(applyChange(rolled, sync({ apps: [{ subscription: 's1', app: 'web' }] }), at(T2)))).toEqual([
      'new',
      old,
    ]);
    const secondary = sql(base).authorizationRules[1]!.secondaryKey;
    expect(keys(applyChange(rolled, sync({ key: 'secondary' }), at(T2)))).toEqual([secondary, secondary]);
    expect(applyChange(one, sync(), at(T2))).toBe(one);
    const stranger = applyChange(rolled, app('third'), at(T2));
    expect(refusal(stranger, sync({ apps: [{ subscription: 's1', app: 'third' }] })).code).toBe(
      'ERR_RELAY_NOT_FOUND',
    );
  });

  it('gets another policy with the sync, where its own is gone', () => {
    const place = { namespace: 'relay.example', hybridConnection: 'sql' };
    const one = applyChange(ready, attach('web', 'sql'), at(T1));
    const gone = applyChange(one, { type: 'delete-rule', ...place, name: 'defaultSender' }, at(T2));
    const [attachment] = attachments(applyChange(gone, { type: 'sync-keys', ...place }, at(T2)));
    expect(attachment?.sendKeyName).toBe('RootManageSharedAccessKey');
  });
});
