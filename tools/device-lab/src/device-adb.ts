/** An adb server of a device machine's own: its port, its keys and its home are nobody else's. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { run } from '@sluice/live';
import type { CommandResult } from '@sluice/live';
import { LabFailure } from './failure.ts';

const COMMAND_WITHIN_MS = 60_000;
const SERVER_WITHIN_MS = 15_000;
const PAUSE_MS = 200;

/** A port of 127.0.0.1 that nobody listens on. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Whether somebody listens on a port of 127.0.0.1. */
function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.on('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => {
      resolve(false);
    });
  });
}

export class DeviceAdb {
  /** For every program that calls adb. */
  readonly environment: NodeJS.ProcessEnv;
  readonly serial: string;
  readonly #server: ChildProcess;
  #said = '';
  #stopped = false;

  private constructor(environment: NodeJS.ProcessEnv, serial: string, home: string) {
    this.environment = environment;
    this.serial = serial;
    // Dies with this process, however that dies.
    this.#server = spawn('setpriv', ['--pdeathsig', 'KILL', 'adb', 'nodaemon', 'server'], {
      env: environment,
      cwd: home,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [this.#server.stdout, this.#server.stderr]) {
      stream
        ?.setEncoding('utf8')
        .on('data', (text: string) => (this.#said = (this.#said + text).slice(-4096)));
    }
    this.#server.on('error', (error) => (this.#said += error.message));
  }

  /** `adb`: the directory of the program. `port`: of 127.0.0.1, where a device answers. */
  static async start(adb: string, home: string, port: number): Promise<DeviceAdb> {
    const serverPort = await freePort();
    const own = join(home, 'adb-home');
    mkdirSync(own, { recursive: true });
    const environment = {
      ...process.env,
      PATH: `${adb}:${process.env['PATH'] ?? ''}`,
      HOME: own,
      TMPDIR: own,
      ANDROID_ADB_SERVER_PORT: String(serverPort),
      ANDROID_SERIAL: `127.0.0.1:${port}`,
      // It neither asks the network for devices nor looks for emulators.
      ADB_MDNS: '0',
      ADB_LOCAL_TRANSPORT_MAX_PORT: '5553',
    };
    const client = new DeviceAdb(environment, environment.ANDROID_SERIAL, own);
    const deadline = Date.now() + SERVER_WITHIN_MS;
    for (;;) {
      if (await answers(serverPort)) return client;
      if (client.#server.exitCode !== null || Date.now() > deadline) {
        await client.stop();
        throw new LabFailure(`the adb server did not start: ${client.#said.trim()}`);
      }
      await sleep(PAUSE_MS);
    }
  }

  async run(words: readonly string[], timeoutMs = COMMAND_WITHIN_MS): Promise<CommandResult> {
    // It would start a server of its own.
    if (this.#stopped) throw new LabFailure('the device is closed');
    return run('adb', words, { env: this.environment, timeoutMs });
  }

  /** A script of the device's shell, as whoever adbd runs as. */
  shell(script: string, timeoutMs = COMMAND_WITHIN_MS): Promise<CommandResult> {
    return this.run(['-s', this.serial, 'shell', '-T', script], timeoutMs);
  }

  /** Connects until the device's shell answers. Rejects with a {@link LabFailure} when it has not for so long. */
  async connect(withinMs: number): Promise<void> {
    const deadline = Date.now() + withinMs;
    for (let last = ''; ; await sleep(PAUSE_MS)) {
      await this.run(['connect', this.serial], 10_000);
      const { code, stdout, stderr } = await this.shell('echo ready', 10_000);
      if (code === 0 && stdout.trim() === 'ready') return;
      last = `${stdout}${stderr}`.trim() || last;
      if (Date.now() > deadline) throw new LabFailure(`the device does not answer adb: ${last}`);
      // A connection that was cut is kept as offline otherwise.
      await this.run(['disconnect', this.serial], 10_000);
    }
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    if (this.#server.exitCode !== null || this.#server.signalCode !== null) return;
    const exited = new Promise((resolve) => this.#server.once('exit', resolve));
    this.#server.kill('SIGKILL');
    await exited;
  }
}
