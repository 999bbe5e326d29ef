/** The cable between adb and a device: a relay on 127.0.0.1 that can be cut, at once or in the middle of a transfer. */
import { connect, createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';

export class DeviceCable {
  /** On 127.0.0.1: what adb connects to. */
  readonly port: number;
  readonly #server;
  readonly #pairs = new Set<readonly [Socket, Socket]>();
  #plugged = true;
  /** Bytes to the device until the cable is cut. */
  #left = Infinity;
  #onCut: (() => void) | undefined;

  private constructor(server: ReturnType<typeof createServer>) {
    this.#server = server;
    this.port = (server.address() as AddressInfo).port;
  }

  /** A cable to `devicePort` on 127.0.0.1. */
  static async lay(devicePort: number): Promise<DeviceCable> {
    const server = createServer();
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject).listen(0, '127.0.0.1', resolve);
    });
    const cable = new DeviceCable(server);
    server.on('connection', (near) => {
      cable.#join(near, devicePort);
    });
    return cable;
  }

  /**
   * Cuts the cable once so many more bytes have gone to the device; resolves when it is cut. Until {@link plug} every
   * connection is refused.
   */
  cut(afterBytes = 0): Promise<void> {
    if (!this.#plugged) return Promise.resolve();
    return new Promise((resolve) => {
      this.#onCut = resolve;
      this.#left = afterBytes;
      if (afterBytes <= 0) this.#cutNow();
    });
  }

  plug(): void {
    this.#plugged = true;
    this.#left = Infinity;
  }

  async remove(): Promise<void> {
    this.#cutNow();
    await new Promise<void>((resolve) => {
      this.#server.close(() => {
        resolve();
      });
    });
  }

  #cutNow(): void {
    this.#plugged = false;
    for (const [near, far] of this.#pairs) {
      near.destroy();
      far.destroy();
    }
    this.#pairs.clear();
    this.#onCut?.();
    this.#onCut = undefined;
  }

  #join(near: Socket, devicePort: number): void {
    if (!this.#plugged) {
      near.destroy();
      return;
    }
    const far = connect(devicePort, '127.0.0.1');
    const pair = [near, far] as const;
    this.#pairs.add(pair);
    near.on('data', (bytes) => {
      const passed = bytes.subarray(0, Math.min(bytes.length, this.#left));
      this.#left -= passed.length;
      if (!far.write(passed)) near.pause();
      // What was passed must arrive: the cut comes behind it.
      if (this.#left <= 0) far.end(() => { this.#cutNow(); }); // prettier-ignore
    });
    far.on('drain', () => near.resume());
    far.on('data', (bytes) => {
      if (!near.write(bytes)) far.pause();
    });
    near.on('drain', () => far.resume());
    const over = (): void => {
      near.destroy();
      far.destroy();
      this.#pairs.delete(pair);
    };
    for (const socket of pair) socket.on('error', over).on('close', over);
  }
}
