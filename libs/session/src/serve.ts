/**
 * The read loop of one worker: reply to the last request and wait for the next one in a single native call, check it
 * against the opcode table, act, repeat.
 *
 * One worker at a time waits in read(/dev/fuse) (reader-role.ts). A handler that is bound to sleep hands the role over
 * first; one that turns out to is relieved of it. It then sends its own reply and queues for the role again. Waking many
 * blocked readers in turn would spread the work over all cores and is slower (docs/architecture.md).
 */
import { ERRNO, EXCHANGE_REPLY_FAILED, sys } from '@sluice/sys';
import { IN_HEADER, INIT_FLAGS, checkRequest, opcodeIndex, operationAt } from '@sluice/wire';
import { WorkerCounters } from './counters.ts';
import { CallerFollower } from './follow-caller.ts';
import { HEADER, WORKER } from './memory.ts';
import type { SessionMemory } from './memory.ts';
import { ReaderRole } from './reader-role.ts';
import { NO_REPLY, Request } from './request.ts';

/** A reply's payload length, -errno, or {@link NO_REPLY}. Must not throw for anything a kernel or an app can cause. */
export type Handler = (request: Request) => number;

/** What a worker serves. */
export interface FileSystem {
  /** By opcode number; a missing entry is answered with ENOSYS. */
  readonly handlers: readonly (Handler | undefined)[];
  /** Called before each request is handled: the place to look at the policy epoch. */
  begin(request: Request): void;
  /** The reply could not be delivered (ENOENT: nobody waits any more): take back what it promised. */
  undelivered(request: Request): void;
  /** A handler threw: a defect of ours. Called once per defect, off the common path. */
  fault(request: Request, error: unknown): void;
}

export type FileSystemFactory = (request: Request, counters: WorkerCounters) => FileSystem;

export interface WorkerSetup {
  memory: SessionMemory;
  worker: number;
  /** The /dev/fuse descriptor. */
  device: number;
  followCaller: boolean;
}

/** Why the loop ended: `unmounted`, or an errno of the device that nothing could be done about. */
export interface LoopEnd {
  reason: 'unmounted' | 'device-error';
  errno: number;
}

/** Runs until the connection ends. Blocks its thread. */
export function serve(setup: WorkerSetup, create: FileSystemFactory): LoopEnd {
  const { memory, device, worker } = setup;
  const role = new ReaderRole(memory, worker, device);
  const slot = memory.slot(worker);
  const counters = new WorkerCounters(memory, worker);
  // With a single worker there is nobody to hand over to.
  const alone = memory.geometry.workers === 1;
  const request = new Request(memory, slot, () => {
    if (!alone) role.handOver();
  });
  const fileSystem = create(request, counters);
  const follower = setup.followCaller ? new CallerFollower(request) : undefined;
  const requestAddress = request.address(request.headerAt);
  const replyAddress = request.address(request.replyAt);
  let replyBytes = 0;

  for (;;) {
    // Before queueing for the role, which may last: a worker without a request holds up no policy switch.
    memory.store(slot.control + WORKER.busy, 0);
    role.take();
    const got = sys.exchange(device, replyAddress, replyBytes, requestAddress, request.capacity);
    if (got <= 0) {
      if (got <= -EXCHANGE_REPLY_FAILED) {
        replyBytes = recoverReply(request, fileSystem, -got - EXCHANGE_REPLY_FAILED);
        continue;
      }
      replyBytes = 0;
      // ENOENT: the request was withdrawn while we read it.
      if (got === -ERRNO.EINTR || got === -ERRNO.EAGAIN || got === -ERRNO.ENOENT) continue;
      role.leave();
      // 0: the end of a descriptor that is no FUSE device.
      const hungUp = got === 0 || got === -ERRNO.ENODEV || got === -ERRNO.ECONNABORTED;
      const reason = hungUp ? 'unmounted' : 'device-error';
      return { reason, errno: -got };
    }
    memory.store(slot.control + WORKER.busy, 1);
    role.begin();
    const result = handle(memory, request, fileSystem, counters, got);
    if (follower !== undefined && !request.handedOver) follower.note();
    replyBytes = result === NO_REPLY ? 0 : request.finish(result);
    if (!role.end() && replyBytes > 0) {
      const written = sys.write(device, replyAddress, replyBytes);
      replyBytes = written < 0 ? recoverReply(request, fileSystem, -written) : 0;
    }
  }
}

function handle(
  memory: SessionMemory,
  request: Request,
  fileSystem: FileSystem,
  counters: WorkerCounters,
  length: number,
): number {
  const setxattrExt = (memory.getU32(HEADER.initFlags) & INIT_FLAGS.SETXATTR_EXT) !== 0;
  const verdict = checkRequest(memory.u8, memory.u32, request.headerAt, length, setxattrExt);
  if (length < IN_HEADER.SIZE) return NO_REPLY; // there is no `unique` to answer
  request.receive(length);
  const { opcode } = request;
  counters.countRequest(opcode);
  if (verdict !== 0) return hasReply(opcode) ? verdict : NO_REPLY;
  const handler = fileSystem.handlers[opcode];
  if (handler === undefined) return hasReply(opcode) ? -ERRNO.ENOSYS : NO_REPLY;
  try {
    fileSystem.begin(request);
    return handler(request);
  } catch (error) {
    // Expected failures are return values; this is a defect, and the app still gets an answer.
    fileSystem.fault(request, error);
    return hasReply(opcode) ? -ERRNO.EIO : NO_REPLY;
  }
}

/** Whether the kernel waits for an answer: it does for opcodes that are not known here. */
function hasReply(opcode: number): boolean {
  return operationAt(opcodeIndex(opcode))?.reply ?? true;
}

/** The reply was refused. Bytes of the reply to send instead, 0 for none. */
function recoverReply(request: Request, fileSystem: FileSystem, errno: number): number {
  fileSystem.undelivered(request);
  // ENOENT: the caller is gone. Otherwise the kernel found the reply malformed and the caller still waits.
  return errno === ERRNO.ENOENT || errno === ERRNO.ENODEV ? 0 : request.finish(-ERRNO.EIO);
}
