/** The command line of a machine: x86-64 in software emulation, disks, a console and a port to the agent. No network. */

export interface Disk {
  path: string;
  readOnly: boolean;
}

export interface QemuOptions {
  kernel: string;
  initramfs: string;
  memoryMib: number;
  /** They appear as /dev/vda, /dev/vdb … */
  disks: readonly Disk[];
  /** A unix socket that QEMU listens on: the agent's port. */
  socket: string;
  /** A file that receives the console. */
  console: string;
}

/** The name that guest/agent.py looks for. */
export const PORT_NAME = 'sluice-lab';

/** What the tests' programs are compiled for; `max` makes these kernels panic under emulation. */
const CPU = 'qemu64,+ssse3,+sse4.1,+sse4.2,+popcnt,+cx16';

export function qemuArguments(options: QemuOptions): string[] {
  for (const path of [options.socket, options.console, ...options.disks.map((disk) => disk.path)]) {
    if (path.includes(',')) throw new Error(`QEMU takes a comma for an option's end: ${path}`);
  }
  return [
    ...['-machine', 'q35', '-accel', 'tcg,thread=multi', '-cpu', CPU, '-smp', '2'],
    ...['-m', String(options.memoryMib)],
    ...['-nodefaults', '-no-user-config', '-display', 'none', '-no-reboot', '-nic', 'none'],
    ...['-kernel', options.kernel, '-initrd', options.initramfs],
    ...['-append', 'console=ttyS0 panic=-1 quiet loglevel=4 mitigations=off nokaslr'],
    ...['-chardev', `file,id=console,path=${options.console}`, '-serial', 'chardev:console'],
    ...[
      '-device',
      'virtio-serial-pci',
      '-chardev',
      `socket,id=lab,path=${options.socket},server=on,wait=off`,
    ],
    ...['-device', `virtserialport,chardev=lab,name=${PORT_NAME}`],
    ...options.disks.flatMap(({ path, readOnly }, index) => [
      ...['-drive', driveOption(path, readOnly, index), '-device', `virtio-blk-pci,drive=disk${index}`],
    ]),
  ];
}

/** `unsafe`: a disk's content need not outlive the machine. Read-only images may be in use by several machines. */
function driveOption(path: string, readOnly: boolean, index: number): string {
  return `if=none,id=disk${index},format=raw,file=${path},cache=unsafe,readonly=${readOnly ? 'on' : 'off'}`;
}
