import { ERRNO, sys } from '@sluice/sys';
import { IOCTL_IN, IOCTL_OUT } from '@sluice/wire';
import type { Request } from '@sluice/session';
import { lowerDescriptor } from '../lower-descriptor.ts';
import { SCRATCH } from '../scratch-layout.ts';
import type { Volume } from '../volume.ts';

/** linux/fs.h. The kernel moves 4 bytes for the first two, whatever size is in their numbers. */
const FS_IOC_GETFLAGS = 0x80086601;
const FS_IOC_SETFLAGS = 0x40086602;
const FS_IOC_FSGETXATTR = 0x801c581f;
const FS_IOC_FSSETXATTR = 0x401c5820;
const FSXATTR_BYTES = 28;

/** IOCTL: the inode flags that chattr(1) and lsattr(1) use. Anything else is ENOTTY, as on any file that knows none. */
export function ioctl(volume: Volume, request: Request): number {
  const { memory, argumentAt, payloadAt } = request;
  const command = memory.getU32(argumentAt + IOCTL_IN.cmd);
  const bytes = argumentBytes(command);
  if (bytes === 0) return -ERRNO.ENOTTY;
  const sets = command === FS_IOC_SETFLAGS || command === FS_IOC_FSSETXATTR;
  if (memory.getU32(argumentAt + (sets ? IOCTL_IN.in_size : IOCTL_IN.out_size)) < bytes) return -ERRNO.EINVAL;
  const fd = lowerDescriptor(volume, argumentAt + IOCTL_IN.fh);
  if (fd < 0) return fd;
  const argument = volume.scratch(SCRATCH.ioctlArgument);
  memory.u8.fill(0, argument, argument + 32);
  const data = argumentAt + IOCTL_IN.SIZE;
  if (sets) memory.u8.copyWithin(argument, data, data + bytes);
  const result = sys.ioctl(fd, command, request.address(argument));
  if (result < 0) return result;
  request.zeroPayload(IOCTL_OUT.SIZE);
  memory.setI32(payloadAt + IOCTL_OUT.result, result);
  if (sets) return IOCTL_OUT.SIZE;
  memory.u8.copyWithin(payloadAt + IOCTL_OUT.SIZE, argument, argument + bytes);
  return IOCTL_OUT.SIZE + bytes;
}

function argumentBytes(command: number): number {
  switch (command) {
    case FS_IOC_GETFLAGS:
    case FS_IOC_SETFLAGS:
      return 4;
    case FS_IOC_FSGETXATTR:
    case FS_IOC_FSSETXATTR:
      return FSXATTR_BYTES;
    default:
      return 0;
  }
}
