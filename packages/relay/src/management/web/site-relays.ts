/**
 * Hybrid connections that an app has attached, as Microsoft.Web has them.
 *
 * Whether it may is decided where the change is made: the hybrid connection has to require client authorization and to
 * have an endpoint, and the plan's limit counts.
 *
 * Source: docs/protocol.md, section 6.2 (App Service side).
 * @module
 */
import { badRequest, resourceNotFound } from '@hybridge/service';
import { z } from 'zod';
import type { AppModel, AttachmentModel, Model } from '../../model/model.js';
import { isSameName } from '../../model/names.js';
import { ignoring, resourceBody, said } from '../arm/body.js';
import { WEB_VERSIONS } from '../arm/versions.js';
import { appOf, hybridConnectionNamed, isAt, namespaceNamed } from '../find.js';
import { hybridConnectionNameIn, parseHybridConnectionId, siteId } from '../resource-id.js';
import { type Call, json, nothing, param, type Route, route } from '../route.js';
import { relayKeyShape, siteRelayShape } from './shapes.js';
import { SITE, SLOT } from './sites.js';

const common = { kind: 'arm', tag: 'Attached hybrid connections', versions: WEB_VERSIONS } as const;

const port = z.int().min(1).max(65_535);

const body = resourceBody(
  z.strictObject({
    relayArmUri: z
      .string()
      .nullish()
      .meta({ description: 'Id of the hybrid connection; the address says it, too.' }),
    hostname: z.string().nullish(),
    hostName: z.string().nullish(),
    port: port.nullish(),
    sendKeyName: z.string().min(1).nullish(),
    sendKeyValue: z.string().min(1).nullish(),
    serviceBusNamespace: z.string().nullish(),
    relayName: z.string().nullish(),
    ...ignoring('serviceBusSuffix'),
  }),
  ignoring('kind'),
);

type RelayBody = z.output<typeof body>;

/** All routes of attached hybrid connections at apps and their slots. */
export const siteRelayRoutes: readonly Route[] = [
  ...routesAt(SITE, '', 'an app'),
  ...routesAt(SLOT, 'ToSlot', 'a slot of an app'),
];

function routesAt(site: string, word: string, what: string): Route[] {
  const path = `${site}/hybridConnectionNamespaces/{namespace}/relays/{hybridConnection}`;
  return [
    route({
      ...common,
      method: 'GET',
      path: `${site}/hybridConnectionRelays`,
      role: 'reader',
      id: `listAttached${word}`,
      summary: `Lists the hybrid connections that ${what} has attached`,
      answers: { 200: 'All of them' },
      handle: (call) => {
        const { model } = call.relay;
        const app = appOf(call, model);
        return json({ value: app.attachments.map((each) => siteRelayShape(app, each, model)) });
      },
    }),
    route({
      ...common,
      method: 'GET',
      path,
      role: 'reader',
      id: `getAttached${word}`,
      summary: `Reads a hybrid connection that ${what} has attached, without its key`,
      answers: { 200: 'The hybrid connection' },
      handle: (call) => {
        const { model } = call.relay;
        const app = appOf(call, model);
        return json(siteRelayShape(app, attachmentOf(call, app), model));
      },
    }),
    route({
      ...common,
      method: 'PUT',
      path,
      role: 'operator',
      id: `attach${word}`,
      summary: `Attaches a hybrid connection to ${what}`,
      body,
      answers: { 200: 'It is attached' },
      handle: (call) => attach(call),
    }),
    route({
      ...common,
      method: 'PATCH',
      path,
      role: 'operator',
      id: `patchAttached${word}`,
      summary: `Gives ${what} another key for a hybrid connection that it has attached`,
      body,
      answers: { 200: 'It is attached' },
      handle: (call) => {
        attachmentOf(call, appOf(call, call.relay.model));
        return attach(call);
      },
    }),
    route({
      ...common,
      method: 'DELETE',
      path,
      role: 'operator',
      id: `detach${word}`,
      summary: `Detaches a hybrid connection from ${what}`,
      answers: { 200: 'It is detached', 204: 'It was not attached' },
      handle: async (call) => {
        const { relay } = call;
        const app = appOf(call, relay.model);
        const found = attachmentNamed(call, app);
        if (found === undefined) return nothing();
        const { namespace, hybridConnection } = found;
        await relay.change({
          type: 'detach',
          subscription: app.subscription,
          app: app.name,
          ...{ namespace, hybridConnection },
        });
        return nothing(200);
      },
    }),
    route({
      ...common,
      method: 'POST',
      path: `${path}/listKeys`,
      role: 'operator',
      id: `listAttachedKeys${word}`,
      summary: `Reads the key that ${what} has for a hybrid connection`,
      answers: { 200: 'The key' },
      handle: (call) => {
        const app = appOf(call, call.relay.model);
        const attachment = attachmentOf(call, app);
        const below = `hybridConnectionNamespaces/${attachment.namespace}/relays/${attachment.hybridConnection.replaceAll('/', '~')}`;
        return json(
          relayKeyShape(
            `${siteId(app)}/${below}/key`,
            'Microsoft.Web/sites/hybridConnectionNamespaces/relays/key',
            attachment,
          ),
        );
      },
    }),
  ];
}

async function attach(call: Call<RelayBody>) {
  const { relay, body: sent } = call;
  const app = appOf(call, relay.model);
  const target = targetOf(call, sent.properties, relay.model);
  const { hostname, hostName, port: number, sendKeyName, sendKeyValue } = sent.properties;
  const model = await relay.change({
    type: 'attach',
    subscription: app.subscription,
    app: app.name,
    ...target,
    ...said({ hostname: hostname ?? hostName, port: number, sendKeyName, sendKeyValue }),
  });
  const changed = appOf(call, model);
  return json(siteRelayShape(changed, attachmentOf(call, changed), model));
}

/** What is meant, by the names that it has. What the body says of it must be what the address says. */
function targetOf(call: Call, sent: RelayBody['properties'], model: Model) {
  const { namespace: namespaceName, hybridConnection: name } = namesIn(call);
  const namespace = namespaceNamed(model, namespaceName);
  const found = hybridConnectionNamed(namespace, name);
  if (namespace === undefined || found === undefined) {
    throw resourceNotFound(`hybrid connection ${name} in the namespace ${namespaceName}`);
  }
  if (sent.relayArmUri) {
    const reference = parseHybridConnectionId(sent.relayArmUri);
    if (
      reference === undefined ||
      !isAt(namespace, reference) ||
      !isSameName(reference.namespace, namespace.name) ||
      !isSameName(reference.hybridConnection, found.name)
    ) {
      const target = 'properties.relayArmUri';
      throw badRequest('This is not the id of the hybrid connection in the address.', target);
    }
  }
  if (sent.serviceBusNamespace && !isSameName(sent.serviceBusNamespace, namespace.name)) {
    throw badRequest('This is not the namespace in the address.', 'properties.serviceBusNamespace');
  }
  if (sent.relayName && !isSameName(hybridConnectionNameIn(sent.relayName), found.name)) {
    throw badRequest('This is not the hybrid connection in the address.', 'properties.relayName');
  }
  return { namespace: namespace.name, hybridConnection: found.name };
}

function namesIn(call: Call): { readonly namespace: string; readonly hybridConnection: string } {
  return {
    namespace: param(call, 'namespace'),
    hybridConnection: hybridConnectionNameIn(param(call, 'hybridConnection')),
  };
}

function attachmentNamed(call: Call, app: AppModel): AttachmentModel | undefined {
  const { namespace, hybridConnection } = namesIn(call);
  return app.attachments.find(
    (each) => isSameName(each.namespace, namespace) && isSameName(each.hybridConnection, hybridConnection),
  );
}

function attachmentOf(call: Call, app: AppModel): AttachmentModel {
  const found = attachmentNamed(call, app);
  if (found !== undefined) return found;
  const { namespace, hybridConnection } = namesIn(call);
  throw resourceNotFound(`hybrid connection ${hybridConnection} of ${namespace} at the app ${app.name}`);
}
