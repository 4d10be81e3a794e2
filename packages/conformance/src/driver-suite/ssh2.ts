/**
 * `ssh2`: one connection with many channels, and whoever loses it makes another.
 * @module
 */
import { once } from 'node:events';
import { forSsh2, type TunnelSource } from '@hybridge/sender';
import ssh2 from 'ssh2';
import type { SshdService } from '../services/sshd.js';
import type { ClientDriver } from './client.js';

/** The driver. */
export const ssh2Driver: ClientDriver<SshdService> = {
  name: 'ssh2',
  server: 'OpenSSH',
  lost: [{ code: 'ECONNRESET' }, { message: 'The channel closed without an exit code' }],
  refused: { code: 'ECONNREFUSED' },
  async open(tunnel, service) {
    let client = await connected(tunnel, service);
    const run = async (command: string) => {
      if (client.isLost) client = await connected(tunnel, service);
      return output(client.ssh, command);
    };
    return {
      ask: () => run('echo hello'),
      wait: () => run('sleep 30'),
      move: async (bytes) => (await run(`head -c ${bytes} /dev/zero`)).length,
      end: () => client.ssh.end(),
    };
  },
};

async function connected(tunnel: TunnelSource, { user, privateKey }: SshdService) {
  const ssh = new ssh2.Client();
  const state = { ssh, isLost: false };
  ssh.once('close', () => {
    state.isLost = true;
  });
  ssh.connect({ ...forSsh2(tunnel), username: user, privateKey });
  await once(ssh, 'ready');
  ssh.on('error', () => {}); // it is said to each channel as well
  return state;
}

function output(ssh: ssh2.Client, command: string): Promise<string> {
  return new Promise((resolve, reject) => {
    ssh.once('error', reject);
    ssh.exec(command, (error, channel) => {
      if (error !== undefined) {
        reject(error);
        return;
      }
      let text = '';
      let code: number | undefined;
      channel.on('data', (chunk: Buffer) => {
        text += chunk.toString('latin1');
      });
      channel.once('exit', (given: number) => {
        code = given;
      });
      channel.once('close', () => {
        ssh.off('error', reject);
        if (code === 0) resolve(text);
        else reject(new Error('The channel closed without an exit code'));
      });
    });
  });
}
