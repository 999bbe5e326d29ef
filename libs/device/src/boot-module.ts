/**
 * The root manager's module, which starts the daemon at boot: its own files from the zip that people install by hand,
 * without the programs, which are on the device already.
 */
import { spawn } from 'node:child_process';
import { Readable } from 'node:stream';
import { DeviceFailure } from './failure.ts';
import { MODULE, PLACES } from './layout.ts';
import type { RootShell } from './root-shell.ts';
import { shellWord } from './shell-quote.ts';

const MOST_BYTES = 256 * 1024;
const FILE = /^[a-z][a-z-]*\.(sh|prop|rule)$/;
/** Sourced by the installer of the zip, and of no use in the module's folder. */
const INSTALLER = 'customize.sh';

/** Puts it where Magisk and KernelSU look at the next boot. @throws DeviceFailure `bad-bundle` for another zip. */
export async function startAtBoot(root: RootShell, zip: string): Promise<void> {
  if (root.manager === 'none')
    throw new DeviceFailure('bad-device-state', `${root.serial} has no root manager that starts modules`, {
      advice:
        'on a userdebug build install dist/sluiced.rc as an init service, or start it with sluice device start',
    });
  const names = (await unzip(zip, ['-Z1', zip]))
    .toString()
    .split('\n')
    .filter((name) => FILE.test(name) && name !== INSTALLER);
  for (const needed of ['module.prop', 'service.sh'])
    if (!names.includes(needed))
      throw new DeviceFailure('bad-bundle', `${zip} is no module: it has no ${needed}`);
  const part = `${MODULE}.part`;
  const purpose = 'the installation of the module';
  await root.text(`umask 022; rm -rf ${part}; mkdir -p ${part}`, { purpose });
  for (const name of names) {
    const bytes = await unzip(zip, ['-p', zip, name]);
    await root.text(`umask 022; cat > ${shellWord(`${part}/${name}`)}`, {
      input: Readable.from([bytes]),
      purpose,
    });
  }
  // Whoever installs it wants it to start: what an earlier one gave up is tried again.
  await root.text(
    `sync; rm -rf ${MODULE}; mv ${part} ${MODULE}; rm -f ${PLACES.disabled} ${PLACES.failedStarts}; sync`,
    {
      purpose,
    },
  );
}

export async function notAtBoot(root: RootShell): Promise<void> {
  await root.text(`rm -rf ${MODULE} ${MODULE}.part`, { purpose: 'the removal of the module' });
}

function unzip(zip: string, words: readonly string[]): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const child = spawn('unzip', words, { stdio: ['ignore', 'pipe', 'pipe'] });
    const out: Buffer[] = [];
    let bytes = 0;
    let said = '';
    child.stdout.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > MOST_BYTES) child.kill();
      else out.push(chunk);
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => (said = (said + text).slice(-2048)));
    child.once('error', () => {
      reject(
        new DeviceFailure('bad-bundle', 'there is no program unzip', { advice: 'apt-get install unzip' }),
      );
    });
    child.once('close', (code) => {
      if (code === 0) resolve(Buffer.concat(out));
      else
        reject(
          new DeviceFailure(
            'bad-bundle',
            `${zip} cannot be read: ${said.trim() || 'a file of it is too large'}`,
            {
              advice: 'build it with npm run package:module, or name another with --module',
            },
          ),
        );
    });
  });
}
