import { describe, expect, it } from 'vitest';
import { qemuArguments } from './qemu.ts';

const OPTIONS = {
  kernel: '/k/vmlinuz',
  initramfs: '/k/initramfs',
  memoryMib: 512,
  disks: [
    { path: '/d/root', readOnly: true },
    { path: '/d/scratch', readOnly: false },
  ],
  socket: '/s/port',
  console: '/s/console',
};

describe('QEMU’s command line', () => {
  it('emulates, without network or anything else that was not asked for', () => {
    const words = qemuArguments(OPTIONS).join(' ');
    expect(words).toContain('-accel tcg');
    expect(words).toContain('-nodefaults');
    expect(words).toContain('-nic none');
  });

  it('numbers the disks, and opens for writing only those that may be written', () => {
    const drives = qemuArguments(OPTIONS).filter((word) => word.startsWith('if=none'));
    expect(drives).toEqual([
      'if=none,id=disk0,format=raw,file=/d/root,cache=unsafe,readonly=on',
      'if=none,id=disk1,format=raw,file=/d/scratch,cache=unsafe,readonly=off',
    ]);
  });

  it('refuses a path that QEMU would take apart', () => {
    expect(() => qemuArguments({ ...OPTIONS, socket: '/a,b' })).toThrow('/a,b');
  });
});
