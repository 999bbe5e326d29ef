import { describe, expect, it, onTestFinished } from 'vitest';
import { FuzzSession, GUARDING_POLICY } from './fuzz-session.fixture.ts';
import { cannotPlay } from './played-kernel.fixture.ts';

/** For all cases together. */
const SECONDS = Number(process.env['SLUICE_FUZZ_SECONDS'] ?? 30);
/** A run with one worker is repeated by giving its seed; replies, and so the requests after them, are the same. */
const SEED = Number(process.env['SLUICE_FUZZ_SEED'] ?? Date.now() % 1_000_000);
const CASES = [1, 2].flatMap((workers) => [
  { workers, how: 'file handle', byName: false, what: 'serves', policy: undefined },
  { workers, how: 'name', byName: true, what: 'serves', policy: undefined },
  { workers, how: 'file handle', byName: false, what: 'guards', policy: GUARDING_POLICY },
]);
const BOTH_OUTCOMES = [
  'LOOKUP',
  'CREATE',
  'OPEN',
  'READ',
  'WRITE',
  'READDIRPLUS',
  'RENAME',
  'LINK',
  'SETXATTR',
];

describe.skipIf(cannotPlay !== '')(`a volume under random requests ${cannotPlay}`, () => {
  it.each(CASES)(
    `$what: answers each once and well-formed, stays inside its source and leaks nothing, with $workers workers, reopening by $how (seed ${SEED})`,
    async ({ workers, byName, policy }) => {
      const session = new FuzzSession(SEED, byName, workers, policy);
      onTestFinished(async () => {
        await session.kernel.stop();
      });
      await session.start();
      await session.run(Date.now() + (SECONDS * 1000) / CASES.length);
      const { answered, count, problems } = session;
      expect(problems, `seed ${SEED}, after ${count} requests`).toEqual([]);
      await session.end();
      if (SECONDS > 60) {
        const outcomes = JSON.stringify(Object.fromEntries([...answered].sort()));
        process.stdout.write(`seed ${SEED}, ${workers} workers: ${count} requests: ${outcomes}\n`);
      }
      // A run in which nothing succeeds shows nothing.
      if (SECONDS >= 10) {
        for (const name of BOTH_OUTCOMES) {
          expect(answered.get(`${name} done`) ?? 0, name).toBeGreaterThan(0);
          expect(answered.get(`${name} refused`) ?? 0, name).toBeGreaterThan(0);
        }
      }
      expect(await session.kernel.stop()).toBe(0);
    },
    (SECONDS + 60) * 1000,
  );
});
