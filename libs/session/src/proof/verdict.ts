/** From what a trial's client saw to what is proven, and with which limits. */
import { dialectAt } from '../dialects/choose.ts';
import type { DialectLimit } from '../dialects/limits.ts';
import { none } from '../dialects/none.ts';
import { HEADER } from '../memory.ts';
import type { SessionMemory } from '../memory.ts';
import { OLDEST_MINOR } from '../negotiate.ts';
import type { TrialCheck, TrialInit, TrialReason, TrialReport, TrialResult } from './trial-report.ts';

/** Checks whose data may come by requests without that all else is unproven. */
const MAY_ASK: Readonly<Record<string, DialectLimit>> = { mmap: 'mapping', direct: 'direct' };
/** Not about data: nothing is built on it, but it is told. */
const MIXING = 'beside-cached';

const LIMIT_TEXTS: Readonly<Record<DialectLimit, string>> = {
  mapping:
    'memory mappings are filled by the daemon and do not see what passes it by: `auto` does not pass through',
  direct: 'O_DIRECT reads and writes go through the daemon',
  mixing: 'cached and passthrough opens of one file meet otherwise than in other kernels of the dialect',
  unprivileged:
    'the daemon lacks CAP_SYS_ADMIN, which a trial and passthrough itself need: everything is served by the daemon',
};

/** `memory`: the trial's own. `evidence`: what was noted before; the verdict's sentences are added. */
export function judge(memory: SessionMemory, { checks, cost }: TrialResult, evidence: string[]): TrialReport {
  const offered = (memory.getU32(HEADER.initPassthrough) & 1) !== 0;
  const isAsked = memory.load(HEADER.initDone) === 1;
  const dialect = isAsked ? dialectAt(memory.getU32(HEADER.initDialect)) : none;
  const opened = checks.some(({ name }) => name === 'write');
  const negotiated = offered && opened && dialect.name !== 'none';
  const isProven = negotiated && checks.every((check) => passed(check));
  const limits = isProven ? checks.flatMap((check) => limitOf(check) ?? []) : [];

  const minor = memory.getU32(HEADER.initMinor);
  const offers = offered ? `offers passthrough, dialect ${dialect.name}` : 'offers no passthrough';
  const kernelMinor = memory.getU32(HEADER.offeredMinor);
  if (isAsked) evidence.push(`INIT: protocol 7.${minor}, the kernel ${offers}`);
  else if (kernelMinor === 0) evidence.push('INIT: the kernel was not asked');
  else evidence.push(`INIT: protocol 7.${kernelMinor}, of which we speak none before 7.${OLDEST_MINOR}`);
  if (offered && dialect.name === 'none')
    evidence.push('the kernel knows none of the ioctls that go with what it offers (ENOTTY)');
  let requests = 0;
  for (const check of checks) {
    const { name, ok, detail } = check;
    requests += name === MIXING ? 0 : check.requests;
    const asked = check.requests > 0 && name !== MIXING ? `, ${check.requests} requests` : '';
    if (name !== 'mount' || !ok) evidence.push(`trial ${name}: ${ok ? 'ok' : 'failed'}, ${detail}${asked}`);
  }
  evidence.push(`trial: ${requests} READ and WRITE requests reached the daemon`);
  for (const limit of limits) evidence.push(`limit: ${LIMIT_TEXTS[limit]}`);
  if (cost !== undefined) {
    const { registration, request, passthroughMiB, daemonMiB } = cost;
    evidence.push(
      `trial: registering a file took ${registration.toFixed(1)} us, a request ${request.toFixed(1)} us; ` +
        `1 MiB ${passthroughMiB.toFixed(0)} us past the daemon, ${daemonMiB.toFixed(0)} us through it`,
    );
  }
  return {
    requested: offered,
    negotiated,
    proven: isProven,
    reason: isProven ? undefined : reasonOf(memory, checks),
    init: initOf(memory),
    dialect: dialect.name,
    limits,
    evidence,
    checks,
    cost,
  };
}

/** Nothing could be tried. */
export function notProven(sentence: string, reason: TrialReason): TrialReport {
  return {
    requested: false,
    negotiated: false,
    proven: false,
    reason,
    init: undefined,
    dialect: 'none',
    limits: [],
    evidence: [sentence],
    checks: [],
    cost: undefined,
  };
}

/** `mountedBy`: the program that has mounted the volume in the daemon's place. */
export function notTried(mountedBy: string): TrialReport {
  return {
    ...notProven('', 'unprivileged'),
    limits: ['unprivileged'],
    evidence: [`unprivileged: ${LIMIT_TEXTS.unprivileged}`, `mounted by ${mountedBy}`],
  };
}

/** The first thing on the way that is not as it must be. */
function reasonOf(memory: SessionMemory, checks: readonly TrialCheck[]): TrialReason {
  const isAsked = memory.load(HEADER.initDone) === 1;
  const minor = memory.getU32(HEADER.offeredMinor);
  if (checks.some(({ name, ok }) => name === 'mount' && !ok)) return 'mount-refused';
  if (!isAsked) return minor > 0 && minor < OLDEST_MINOR ? 'kernel-too-old' : 'no-answer';
  if ((memory.getU32(HEADER.initPassthrough) & 1) === 0) return 'not-offered';
  if (dialectAt(memory.getU32(HEADER.initDialect)).name === 'none') return 'unknown-ioctl';
  const failed = checks.find((check) => !passed(check));
  if (failed === undefined) return 'no-answer';
  if (failed.ok) return 'served-by-daemon';
  return failed.errno === undefined ? 'wrong-bytes' : 'registration-refused';
}

function initOf(memory: SessionMemory): TrialInit | undefined {
  const offeredMinor = memory.getU32(HEADER.offeredMinor);
  if (offeredMinor === 0) return undefined;
  return {
    offeredMinor,
    offeredFlags: memory.getU32(HEADER.offeredFlags),
    offeredFlags2: memory.getU32(HEADER.offeredFlags2),
    minor: memory.getU32(HEADER.initMinor),
    flags: memory.getU32(HEADER.initFlags),
    flags2: memory.getU32(HEADER.initFlags2),
  };
}

function passed({ name, ok, requests }: TrialCheck): boolean {
  return name === MIXING || (ok && (requests === 0 || name in MAY_ASK));
}

function limitOf({ name, ok, requests }: TrialCheck): DialectLimit | undefined {
  if (name === MIXING) return ok ? undefined : 'mixing';
  return requests > 0 ? MAY_ASK[name] : undefined;
}
