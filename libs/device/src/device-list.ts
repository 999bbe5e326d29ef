/** Which devices there are, and which of them is meant. */
import type { AdbProgram } from './adb-program.ts';
import { failureOfWords } from './adb-failures.ts';
import { DeviceFailure } from './failure.ts';

/** The first call may have to start adb's server. */
const LIST_WITHIN_MS = 20_000;

export interface ListedDevice {
  serial: string;
  /** As adb names it: `device` is the good one; `unauthorized`, `offline`, `recovery`, `no permissions` … */
  state: string;
  model: string;
  product: string;
}

export async function listDevices(adb: AdbProgram): Promise<ListedDevice[]> {
  const { code, stdout, stderr } = await adb.run(['devices', '-l'], { timeoutMs: LIST_WITHIN_MS });
  if (code !== 0)
    throw new DeviceFailure('no-adb', `adb devices failed: ${stderr.trim() || `exit code ${code}`}`);
  return parseDevices(stdout.toString());
}

/** `SERIAL state key:value …`, after a headline; lines with a star are the server's own. */
export function parseDevices(text: string): ListedDevice[] {
  return text.split('\n').flatMap((line) => {
    const match = /^(\S+)\s+(no permissions|\S+)(.*)$/.exec(line);
    const [, serial, state, rest] = match ?? [];
    if (serial === undefined || state === undefined || serial === 'List' || serial === '*') return [];
    const field = (name: string): string => new RegExp(`(?:^|\\s)${name}:(\\S+)`).exec(rest ?? '')?.[1] ?? '';
    return [{ serial, state, model: field('model').replaceAll('_', ' '), product: field('product') }];
  });
}

/** Those named, all, or the only one. @throws DeviceFailure if that does not say which, or one cannot be used. */
export function chooseDevices(
  listed: readonly ListedDevice[],
  wanted: readonly string[],
  all: boolean,
): string[] {
  if (all) {
    const usable = listed.filter(({ state }) => state === 'device');
    if (usable.length === 0) throw noDevice(listed);
    return usable.map(({ serial }) => serial);
  }
  if (wanted.length > 0) return [...new Set(wanted)];
  const [only, ...others] = listed;
  if (only === undefined) throw noDevice([]);
  if (others.length > 0) {
    const serials = listed.map(({ serial }) => serial).join(', ');
    throw new DeviceFailure('several-devices', `there are several devices: ${serials}`, {
      advice: 'choose with -s SERIAL, or take all with --all',
    });
  }
  return [only.serial];
}

/** @throws DeviceFailure unless the device is there and answers. */
export function requireUsable(listed: readonly ListedDevice[], serial: string): void {
  const found = listed.find((device) => device.serial === serial);
  if (found?.state === 'device') return;
  const words = found === undefined ? `error: device '${serial}' not found` : `error: device ${found.state}`;
  throw (
    failureOfWords(words, serial) ??
    new DeviceFailure('offline', `${serial} is in the state "${found?.state ?? ''}"`, {
      advice: 'boot it into Android with USB debugging switched on',
    })
  );
}

function noDevice(listed: readonly ListedDevice[]): DeviceFailure {
  const others = listed.map(({ serial, state }) => `${serial} is ${state}`).join(', ');
  return new DeviceFailure(
    'no-device',
    others === '' ? 'no device is connected' : `no device can be used: ${others}`,
    {
      advice: 'plug it in with USB debugging switched on, or adb connect HOST:PORT',
    },
  );
}
