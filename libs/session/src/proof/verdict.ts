/** From what a trial's client saw to what is proven, and with which limits. */
import { dialectAt } from '../dialects/choose.ts';
import type { DialectLimit } from '../dialects/limits.ts';
import { HEADER } from '../memory.ts';
import type { SessionMemory } from '../memory.ts';
import type { TrialCheck, TrialReport, TrialResult } from './trial-report.ts';

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
  const dialect = dialectAt(memory.getU32(HEADER.initDialect));
  const opened = checks.some(({ name }) => name === 'write');
  const negotiated = offered && opened && dialect.name !== 'none';
  const isProven = negotiated && checks.every((check) => passed(check));
  const limits = isProven ? checks.flatMap((check) => limitOf(check) ?? []) : [];

  const minor = memory.getU32(HEADER.initMinor);
  const offers = offered ? `offers passthrough, dialect ${dialect.name}` : 'offers no passthrough';
  const isAsked = memory.load(HEADER.initDone) === 1;
  evidence.push(
    isAsked ? `INIT: protocol 7.${minor}, the kernel ${offers}` : 'INIT: the kernel was not asked',
  );
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
    dialect: dialect.name,
    limits,
    evidence,
    checks,
    cost,
  };
}

/** Nothing could be tried. */
export function notProven(reason: string): TrialReport {
  return {
    requested: false,
    negotiated: false,
    proven: false,
    dialect: 'none',
    limits: [],
    evidence: [reason],
    checks: [],
    cost: undefined,
  };
}

/** `mountedBy`: the program that has mounted the volume in the daemon's place. */
export function notTried(mountedBy: string): TrialReport {
  return {
    ...notProven(''),
    limits: ['unprivileged'],
    evidence: [`unprivileged: ${LIMIT_TEXTS.unprivileged}`, `mounted by ${mountedBy}`],
  };
}

function passed({ name, ok, requests }: TrialCheck): boolean {
  return name === MIXING || (ok && (requests === 0 || name in MAY_ASK));
}

function limitOf({ name, ok, requests }: TrialCheck): DialectLimit | undefined {
  if (name === MIXING) return ok ? undefined : 'mixing';
  return requests > 0 ? MAY_ASK[name] : undefined;
}
