/** The command line of the device machine: arm64 in software emulation, one disk, a console, and adbd's port on 127.0.0.1. */

export interface DeviceQemuOptions {
  kernel: string;
  initramfs: string;
  /** An ext4 image: the device's /data. */
  dataDisk: string;
  /** On 127.0.0.1; leads to adbd. */
  port: number;
  /** Words for guest/device/init, as `sluice.root=su`. */
  switches: readonly string[];
  memoryMib: number;
  /** A file that receives the console. */
  console: string;
  /** A unix socket that QEMU listens on: its monitor. */
  monitor: string;
}

/** Where adbd listens in the machine. */
export const ADBD_PORT = 5555;

export function deviceQemuArguments(options: DeviceQemuOptions): string[] {
  for (const path of [options.dataDisk, options.console, options.monitor]) {
    if (path.includes(',')) throw new Error(`QEMU takes a comma for an option's end: ${path}`);
  }
  // Nothing leaves the machine but what comes in by the port.
  const network = `user,id=net,restrict=on,hostfwd=tcp:127.0.0.1:${options.port}-:${ADBD_PORT}`;
  return [
    // Without the slow pointer authentication of `max`.
    ...['-machine', 'virt', '-accel', 'tcg,thread=multi', '-cpu', 'max,pauth-impdef=on', '-smp', '2'],
    ...['-m', String(options.memoryMib), '-nodefaults', '-no-user-config', '-display', 'none'],
    ...['-kernel', options.kernel, '-initrd', options.initramfs],
    ...['-append', ['console=ttyAMA0 panic=-1 quiet loglevel=4', ...options.switches].join(' ')],
    ...['-chardev', `file,id=console,path=${options.console},append=on`, '-serial', 'chardev:console'],
    ...['-chardev', `socket,id=monitor,path=${options.monitor},server=on,wait=off`],
    ...['-mon', 'chardev=monitor,mode=readline'],
    ...['-netdev', network, '-device', 'virtio-net-pci,netdev=net,romfile='],
    // Written through to the host: a machine that is reset keeps what it was told is on its disk.
    ...['-drive', `if=none,id=data,format=raw,file=${options.dataDisk},cache=writeback`],
    ...['-device', 'virtio-blk-pci,drive=data'],
  ];
}
