/** What a trial's client does to the file, as apps do, and what it finds in the lower file. One function, one check. */
import { ERRNO, O, Scratch, SEEK, errnoName, sys } from '@sluice/sys';
import { OPCODE } from '@sluice/wire';
import { requestCount } from '../counters.ts';
import { dialectAt } from '../dialects/choose.ts';
import { HEADER } from '../memory.ts';
import type { SessionMemory } from '../memory.ts';
import type { TrialClientData } from './trial-client.ts';
import { TRIAL_FILE, TRIAL_MADE_FILE, TRIAL_MIXED_FILE } from './trial-report.ts';
import type { TrialCheck } from './trial-report.ts';

const BYTES = 64 * 1024;
const APPENDED = 100;
/** O_DIRECT wants offsets, lengths and memory in pieces of this: a page is enough for every disk. */
const PAGE = 4096;

type Outcome = readonly [ok: boolean, detail: string, more?: Pick<TrialCheck, 'errno' | 'skipped'>];

/** Adds a check for each thing done to `checks`; ends early where the file cannot be opened. */
export function runChecks(data: TrialClientData, memory: SessionMemory, checks: TrialCheck[]): void {
  const trial = new Checks(data);
  const asked = (): number => requestCount(memory, OPCODE.READ) + requestCount(memory, OPCODE.WRITE);
  const check = (name: string, act: () => Outcome): boolean => {
    const before = asked();
    const [ok, detail, more] = act();
    checks.push({ name, ok, detail, requests: asked() - before, ...more });
    return ok;
  };
  try {
    const fd = trial.open(TRIAL_FILE, O.RDWR);
    if (fd < 0) {
      check('open', () => refused('open failed', fd));
      return;
    }
    check('write', () => trial.write(fd));
    check('read', () => trial.read(fd));
    check('mmap', () => trial.map(fd));
    sys.close(fd);
    check('direct', () => trial.direct());
    check('append', () => trial.append());
    check('create', () => trial.create());
    const { mixesModes } = dialectAt(memory.getU32(HEADER.initDialect));
    check('beside-cached', () => trial.besideCached(mixesModes));
  } finally {
    trial.release();
  }
}

function refused(what: string, result: number): Outcome {
  return [false, `${what} with ${errnoName(result)}`, { errno: -result }];
}

class Checks {
  readonly #data: TrialClientData;
  readonly #scratch = new Scratch(4 * BYTES);
  readonly #memory = new Uint8Array(this.#scratch.buffer);
  /** Addresses: what is written, what is read back, the file offset 0. */
  readonly #pattern: number;
  readonly #back: number;
  readonly #zero: number;

  constructor(data: TrialClientData) {
    this.#data = data;
    // Two pages more than needed, so that both can begin at a border.
    const first = this.#scratch.bytes(2 * BYTES + PAGE);
    const skipped = (PAGE - (first % PAGE)) % PAGE;
    this.#pattern = first + skipped;
    this.#back = this.#pattern + BYTES;
    this.#zero = this.#scratch.u64(0n);
    const at = this.#pattern - this.#scratch.base;
    for (let i = 0; i < BYTES; i++) this.#memory[at + i] = (i * 31 + (i >>> 8)) & 0xff;
  }

  release(): void {
    this.#scratch.release();
  }

  open(name: string, flags: number): number {
    return sys.openPath(`${this.#data.mountPoint}/${name}`, flags | O.CLOEXEC, 0o600);
  }

  write(fd: number): Outcome {
    const written = sys.pwrite(fd, this.#pattern, BYTES, this.#zero);
    const below = sys.pread(this.#data.lowerFd, this.#back, BYTES, this.#zero);
    const ok = written === BYTES && below === BYTES && this.#isSame(BYTES);
    return [ok, `wrote ${written}, ${below} found in the lower file`];
  }

  read(fd: number): Outcome {
    this.#clear();
    const read = sys.pread(fd, this.#back, BYTES, this.#zero);
    return [read === BYTES && this.#isSame(BYTES), `read ${read}`];
  }

  map(fd: number): Outcome {
    const mapped = sys.arenaMap(fd, BYTES, 1);
    if (mapped < 0) return refused('mmap failed', mapped);
    const view = sys.arenaBuffer(mapped);
    const equal = view !== null && Buffer.compare(new Uint8Array(view), this.#patternBytes(BYTES)) === 0;
    sys.arenaRelease(mapped);
    return [equal, equal ? 'the mapping shows the lower file' : 'the mapping shows other bytes'];
  }

  direct(): Outcome {
    const lower = sys.reopen(this.#data.lowerFd, O.RDWR | O.DIRECT | O.CLOEXEC);
    if (lower < 0) {
      const why = `not tried: the lower file system takes no O_DIRECT (${errnoName(lower)})`;
      return [true, why, { skipped: true }];
    }
    sys.close(lower);
    const fd = this.open(TRIAL_FILE, O.RDWR | O.DIRECT);
    if (fd < 0) return refused('open failed', fd);
    this.#clear();
    const written = sys.pwrite(fd, this.#pattern, 2 * PAGE, this.#zero);
    const read = sys.pread(fd, this.#back, 2 * PAGE, this.#zero);
    sys.close(fd);
    const ok = written === 2 * PAGE && read === 2 * PAGE && this.#isSame(2 * PAGE);
    return [ok, `wrote ${written}, read ${read}`];
  }

  append(): Outcome {
    const fd = this.open(TRIAL_FILE, O.WRONLY | O.APPEND);
    if (fd < 0) return refused('open failed', fd);
    const before = this.#lowerSize();
    const appended = sys.write(fd, this.#pattern, APPENDED);
    sys.close(fd);
    const size = this.#lowerSize();
    return [appended === APPENDED && size === before + APPENDED, `appended ${appended}, size now ${size}`];
  }

  create(): Outcome {
    const fd = this.open(TRIAL_MADE_FILE, O.CREAT | O.EXCL | O.RDWR);
    if (fd < 0) return refused('creating failed', fd);
    const [wrote, first] = this.write(fd);
    const [read, second] = this.read(fd);
    sys.close(fd);
    return [wrote && read, `${first}, ${second}`];
  }

  /** A passthrough open beside a cached one: refused with EIO, or not, as the dialect has it. */
  besideCached(mixes: boolean): Outcome {
    const cached = this.open(TRIAL_MIXED_FILE, O.RDONLY);
    if (cached < 0) return refused('the cached open failed', cached);
    const beside = this.open(TRIAL_MIXED_FILE, O.RDWR);
    if (beside >= 0) sys.close(beside);
    sys.close(cached);
    const asExpected = mixes ? beside >= 0 : beside === -ERRNO.EIO;
    return [asExpected, beside >= 0 ? 'the kernel allows it' : `the kernel answers ${errnoName(beside)}`];
  }

  #clear(): void {
    const at = this.#back - this.#scratch.base;
    this.#memory.fill(0, at, at + BYTES);
  }

  #isSame(bytes: number): boolean {
    const at = this.#back - this.#scratch.base;
    return Buffer.compare(this.#patternBytes(bytes), this.#memory.subarray(at, at + bytes)) === 0;
  }

  #patternBytes(bytes: number): Uint8Array {
    const at = this.#pattern - this.#scratch.base;
    return this.#memory.subarray(at, at + bytes);
  }

  #lowerSize(): number {
    const end = this.#scratch.u64(0n);
    sys.lseek(this.#data.lowerFd, end, SEEK.END);
    return Number(new DataView(this.#scratch.buffer).getBigUint64(end - this.#scratch.base, true));
  }
}
