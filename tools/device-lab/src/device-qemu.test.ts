import { describe, expect, it } from 'vitest';
import { deviceQemuArguments } from './device-qemu.ts';

const OPTIONS = {
  kernel: '/k',
  initramfs: '/i',
  dataDisk: '/d',
  port: 40_000,
  switches: ['sluice.root=su'],
  memoryMib: 512,
  console: '/c',
  monitor: '/m',
};

describe('the device machine', () => {
  it('is reached on 127.0.0.1 only, and reaches nothing', () => {
    const words = deviceQemuArguments(OPTIONS);
    const network = words.find((word) => word.startsWith('user,'));
    expect(network).toBe('user,id=net,restrict=on,hostfwd=tcp:127.0.0.1:40000-:5555');
    expect(words.filter((word) => /^(-nic|-net|tap|bridge)/.test(word))).toEqual(['-netdev']);
  });

  it('is told its switches on the kernel’s command line', () => {
    const words = deviceQemuArguments(OPTIONS);
    expect(words[words.indexOf('-append') + 1]).toMatch(/^console=ttyAMA0 .* sluice\.root=su$/);
  });

  it('starts anew when it reboots, instead of ending', () => {
    expect(deviceQemuArguments(OPTIONS)).not.toContain('-no-reboot');
  });

  it.each(['dataDisk', 'console', 'monitor'])('refuses a %s whose path would end an option', (name) => {
    expect(() => deviceQemuArguments({ ...OPTIONS, [name]: '/a,b' })).toThrow(/comma/);
  });
});
