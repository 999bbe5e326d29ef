import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { chooseDevices, listDevices, parseDevices, requireUsable } from './device-list.ts';
import { makeFakeAdb, type FakeAdb } from './fake-adb.fixture.ts';

const TEXT = `* daemon not running; starting now at tcp:5037
* daemon started successfully
List of devices attached
0A1B2C3D               device usb:1-2 product:panther model:Pixel_7 device:panther transport_id:1
emulator-5554          offline transport_id:2
127.0.0.1:5555         unauthorized transport_id:3
XYZ                    no permissions (missing udev rules? user is in the plugdev group); see [http://developer.android.com/tools/device.html] usb:1-3

`;

let fake: FakeAdb;
beforeEach(() => {
  fake = makeFakeAdb();
});
afterEach(() => {
  fake.remove();
});

describe('the list of devices', () => {
  it('is read from what adb prints', async () => {
    fake.rules({ match: '^devices -l$', out: TEXT });
    expect(await listDevices(fake.adb)).toEqual([
      { serial: '0A1B2C3D', state: 'device', model: 'Pixel 7', product: 'panther' },
      { serial: 'emulator-5554', state: 'offline', model: '', product: '' },
      { serial: '127.0.0.1:5555', state: 'unauthorized', model: '', product: '' },
      { serial: 'XYZ', state: 'no permissions', model: '', product: '' },
    ]);
  });
});

describe('the choice of a device', () => {
  const listed = parseDevices(TEXT);
  const [pixel] = listed;

  it('is the only one, without being named', () => {
    expect(chooseDevices(pixel ? [pixel] : [], [], false)).toEqual(['0A1B2C3D']);
  });

  it('has to be named when there are several', () => {
    expect(() => chooseDevices(listed, [], false)).toThrow(
      expect.objectContaining({ kind: 'several-devices', advice: expect.stringContaining('-s SERIAL') }),
    );
  });

  it('is each of those named, once', () => {
    expect(chooseDevices(listed, ['b', 'a', 'b'], false)).toEqual(['b', 'a']);
  });

  it('is with --all each that can be used', () => {
    expect(chooseDevices(listed, [], true)).toEqual(['0A1B2C3D']);
    expect(() => chooseDevices(listed.slice(1), [], true)).toThrow(
      expect.objectContaining({ kind: 'no-device' }),
    );
    expect(() => chooseDevices([], [], false)).toThrow(expect.objectContaining({ kind: 'no-device' }));
  });

  it.each([
    ['0A1B2C3D', undefined],
    ['emulator-5554', 'offline'],
    ['127.0.0.1:5555', 'unauthorised'],
    ['XYZ', 'offline'],
    ['other', 'no-such-device'],
  ])('%s is refused as %s', (serial, kind) => {
    if (kind === undefined) expect(() => requireUsable(listed, serial)).not.toThrow();
    else expect(() => requireUsable(listed, serial)).toThrow(expect.objectContaining({ kind }));
  });
});
