import { DeviceFailure } from './failure.ts';

/**
 * What the words of the adb program mean (AOSP packages/modules/adb: transport.cpp, client/commandline.cpp). They are its
 * only way to tell: it ends with 1 for every failure of its own, and so may a command on the device.
 */
const MEANINGS: readonly [RegExp, (serial: string) => DeviceFailure][] = [
  [
    /device unauthorized|unauthorized/i,
    (serial) =>
      new DeviceFailure('unauthorised', `${serial} does not trust this computer`, {
        advice: 'unlock its screen, answer the question about USB debugging, and try again',
      }),
  ],
  [
    /more than one device/i,
    () =>
      new DeviceFailure('several-devices', 'there are several devices', {
        advice: 'choose with -s SERIAL, or take all with --all',
      }),
  ],
  [
    /no devices(\/emulators)? found/i,
    () =>
      new DeviceFailure('no-device', 'no device is connected', {
        advice: 'plug it in with USB debugging switched on, or adb connect HOST:PORT',
      }),
  ],
  [
    /device '?.*'? not found/i,
    (serial) =>
      new DeviceFailure('no-such-device', `the device ${serial} is not connected`, {
        advice: 'sluice device list shows those that are',
      }),
  ],
  [
    /device (still )?(offline|connecting|authorizing)|^error: (offline|connecting)/im,
    (serial) =>
      new DeviceFailure('offline', `${serial} is connected but does not answer`, {
        advice: 'plug it in again, or adb reconnect offline',
      }),
  ],
];

/** Undefined where the words are not adb's about a connection. */
export function failureOfWords(words: string, serial: string): DeviceFailure | undefined {
  for (const line of words.split('\n')) {
    if (!/^(adb|error|- waiting)[: ]/.test(line)) continue;
    for (const [pattern, failure] of MEANINGS) if (pattern.test(line)) return failure(serial);
  }
  return undefined;
}

export function connectionLost(serial: string, during: string): DeviceFailure {
  return new DeviceFailure('connection-lost', `the connection to ${serial} was lost during ${during}`, {
    advice: 'connect the device again and repeat the command',
  });
}
