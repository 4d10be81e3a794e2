/**
 * `hybridge rule`: shared access policies, of a namespace or of a hybrid connection.
 * @module
 */
import { AdminError, RELAY_VERSION, type Rule, rulePath, rulesOf } from '@hybridge/service';
import { Command, InvalidArgumentError, Option } from 'commander';
import type { Surroundings } from '../surroundings.js';
import { type AdminOptions, adminCommand, adminOf } from './admin.js';
import { isSame, mustBeNew } from './inventory.js';
import { ownerOf, type RuleOwner } from './rule-owner.js';
import { list, table } from './table.js';

interface RuleOptions extends AdminOptions {
  readonly connection?: string;
}

interface PutOptions extends RuleOptions {
  readonly rights: readonly string[];
}

const EXAMPLES = `
Examples:
  $ hybridge rule list                          # of the namespace itself
  $ hybridge rule list payroll-sql
  $ hybridge rule create reporting --connection payroll-sql --rights Send
  $ hybridge rule delete reporting --connection payroll-sql --yes`;

const RIGHTS = ['Listen', 'Send', 'Manage'];
const QUERY = { 'api-version': RELAY_VERSION };

/** The subcommand. */
export function ruleCommand(surroundings: Surroundings): Command {
  const put = async (name: string, options: PutOptions, isNew: boolean) => {
    const admin = adminOf(options, surroundings);
    const owner = await ownerOf(admin.client, options.connection, options);
    const rules = await rulesOf(admin.client, owner.id);
    if (isNew) mustBeNew(rules, name, 'policy');
    else ruleIn(rules, name, owner);
    const body = { properties: { rights: options.rights } };
    await admin.client.ask('PUT', rulePath(owner.id, name), { query: QUERY, body });
    const rule = ruleIn(await rulesOf(admin.client, owner.id), name, owner);
    admin.print(shape(owner, rule), () => details(owner, rule));
  };
  return new Command('rule')
    .addHelpText('after', EXAMPLES)
    .addCommand(
      adminCommand(
        'list [connection]',
        'List policies, of a hybrid connection or, without one, of the namespace itself',
        { namespaced: true },
      ).action(async (connection: string | undefined, options: AdminOptions) => {
        const admin = adminOf(options, surroundings);
        const owner = await ownerOf(admin.client, connection, options);
        const rules = await rulesOf(admin.client, owner.id);
        admin.print(
          rules.map((rule) => shape(owner, rule)),
          () =>
            table(
              ['NAME', 'RIGHTS'],
              rules.map(({ name, rights }) => [name, rights.join(', ')]),
            ),
        );
      }),
    )
    .addCommand(
      ruleOption(adminCommand('show <rule>', 'Show a policy, without its keys', { namespaced: true })).action(
        async (name: string, options: RuleOptions) => {
          const admin = adminOf(options, surroundings);
          const owner = await ownerOf(admin.client, options.connection, options);
          const rule = ruleIn(await rulesOf(admin.client, owner.id), name, owner);
          admin.print(shape(owner, rule), () => details(owner, rule));
        },
      ),
    )
    .addCommand(
      rightsOption(
        adminCommand('create <rule>', 'Make a policy, with two keys', { namespaced: true }),
      ).action((name: string, options: PutOptions) => put(name, options, true)),
    )
    .addCommand(
      rightsOption(
        adminCommand('update <rule>', 'Change the rights of a policy', { namespaced: true }),
      ).action((name: string, options: PutOptions) => put(name, options, false)),
    )
    .addCommand(
      ruleOption(
        adminCommand('delete <rule>', 'Delete a policy; listeners that came by it are closed', {
          namespaced: true,
          destructive: true,
        }),
      ).action(async (given: string, options: RuleOptions) => {
        const admin = adminOf(options, surroundings);
        const owner = await ownerOf(admin.client, options.connection, options);
        const { name } = ruleIn(await rulesOf(admin.client, owner.id), given, owner);
        await admin.confirm(
          `Delete the policy ${name} of ${owner.name}? Whoever uses its keys is locked out.`,
        );
        await admin.client.delete(rulePath(owner.id, name), `policy ${name}`, QUERY);
        admin.print({ deleted: name }, () => `deleted ${name}\n`);
      }),
    );
}

function ruleOption(command: Command): Command {
  return command.option(
    '--connection <name>',
    "its hybrid connection (default: none, the policy is the namespace's)",
  );
}

function rightsOption(command: Command): Command {
  return ruleOption(command).addOption(
    new Option('--rights <list>', 'Listen, Send, Manage, with commas between; Manage includes the others')
      .argParser(rightsIn)
      .makeOptionMandatory(),
  );
}

/** `Manage` includes the others, and the relay wants them said. */
function rightsIn(text: string): readonly string[] {
  const rights = text.split(',').map((word) => RIGHTS.find((right) => isSame(right, word.trim())));
  if (rights.some((right) => right === undefined)) {
    throw new InvalidArgumentError('Rights are Listen, Send and Manage.');
  }
  return rights.includes('Manage') ? RIGHTS : (rights as string[]);
}

function ruleIn(rules: readonly Rule[], name: string, owner: RuleOwner): Rule {
  const rule = rules.find((each) => isSame(each.name, name));
  if (rule !== undefined) return rule;
  throw new AdminError('ERR_ADMIN_NOT_FOUND', `there is no policy named ${name} of ${owner.name}`);
}

function shape({ namespace, hybridConnection }: RuleOwner, { name, rights }: Rule): object {
  return { namespace, ...(hybridConnection !== undefined && { hybridConnection }), name, rights };
}

function details({ namespace, hybridConnection }: RuleOwner, { name, rights }: Rule): string {
  return list({
    Name: name,
    Namespace: namespace,
    'Hybrid connection': hybridConnection,
    Rights: rights.join(', '),
  });
}
