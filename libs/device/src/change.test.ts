import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { changeScript, repairScript } from './change.ts';
import { BASE } from './layout.ts';

const OLD = 'versions/old';
const NEW = 'versions/new';

/**
 * Stands for the daemon, which runs as long as a file says so and starts unless its version is broken; and ends the script
 * before the STOP-th command that changes something, as a loss of power does.
 */
const PLAYED = `
step() { steps=$((steps + 1)); [ "$steps" = "$STOP" ] && kill -KILL $$; }
steps=0
for command in mv cp ln rm sync; do eval "$command() { step; command $command \\"\\$@\\"; }"; done
daemon_pid() { [ -f running ] && echo 1; }
start_daemon() { step; readlink current > running; }
stop_daemon() { step; command rm -f running; }
wait_ready() { ! grep -q broken running; }
bind_all() { :; }
`;

const places: string[] = [];
afterAll(() => {
  for (const place of places) rmSync(place, { recursive: true, force: true });
});

/** A device with the version `old` in use and serving, a configuration of its own and one from before. */
function device(): string {
  const base = mkdtempSync(join(tmpdir(), 'sluice-change-'));
  places.push(base);
  mkdirSync(join(base, 'change'));
  mkdirSync(join(base, 'module'));
  for (const version of ['old', 'older', 'new', 'broken'])
    mkdirSync(join(base, 'versions', version), { recursive: true });
  symlinkSync(OLD, join(base, 'current'));
  symlinkSync('versions/older', join(base, 'previous'));
  const texts = {
    'config.yaml': 'old',
    'config.former.yaml': 'older',
    running: `${OLD}\n`,
    'change/config.start': 'start',
    'change/config.settled': 'settled',
  };
  for (const [name, text] of Object.entries(texts)) writeFileSync(join(base, name), text);
  return base;
}

/** Runs `script` with a played daemon; `stop`: the step before which the power goes. False if it went. */
function play(base: string, script: string, stop = 0): boolean {
  const begin = script.indexOf('cd $base || exit 1');
  const text = `${script.slice(0, begin)}\n${PLAYED}\n${script.slice(begin)}`.replaceAll(BASE, base);
  const { signal, stderr } = spawnSync('sh', ['-c', text], {
    env: { ...process.env, STOP: String(stop) },
    encoding: 'utf8',
  });
  if (signal === null) expect(stderr).toBe('');
  return signal === null;
}

const change = (base: string, id: string, stop?: number): boolean =>
  play(base, changeScript(id, { id }), stop);
const repair = (base: string, stop?: number): boolean => play(base, repairScript(), stop);

function stateOf(base: string): object {
  const text = (name: string): string | undefined =>
    existsSync(join(base, name)) ? readFileSync(join(base, name), 'utf8') : undefined;
  return {
    current: readlinkSync(join(base, 'current')),
    previous: readlinkSync(join(base, 'previous')),
    config: text('config.yaml'),
    former: text('config.former.yaml'),
    running: text('running')?.trim(),
    journal: text('change/journal'),
  };
}

const BEFORE = {
  current: OLD,
  previous: 'versions/older',
  config: 'old',
  former: 'older',
  running: OLD,
  journal: undefined,
};
const AFTER = {
  current: NEW,
  previous: OLD,
  config: 'settled',
  former: 'old',
  running: NEW,
  journal: undefined,
};

describe('a change of version on a device', () => {
  it('ends with the new version serving', () => {
    const base = device();
    expect(change(base, 'new')).toBe(true);
    expect(stateOf(base)).toEqual(AFTER);
    expect(readFileSync(join(base, 'change/result'), 'utf8')).toBe('changed\n');
  });

  it('ends with the old version serving if the new one does not start', () => {
    const base = device();
    expect(change(base, 'broken')).toBe(true);
    expect(stateOf(base)).toEqual(BEFORE);
    expect(readFileSync(join(base, 'change/result'), 'utf8')).toBe('undone\n');
  });

  it.each(['new', 'broken'])('to %s is whole after a loss of power at any step, once repaired', (id) => {
    for (let stop = 1; ; stop++) {
      const base = device();
      if (change(base, id, stop)) {
        // Past the last step: there are enough of them to have been worth it.
        expect(stop).toBeGreaterThan(15);
        break;
      }
      // Nothing runs after a loss of power.
      rmSync(join(base, 'running'), { force: true });
      const inUse = readlinkSync(join(base, 'current'));
      const hadJournal = existsSync(join(base, 'change/journal'));
      expect(repair(base)).toBe(true);
      if (hadJournal) {
        expect(stateOf(base), `step ${stop}`).toEqual(BEFORE);
        continue;
      }
      // Without a journal nothing is repaired, and nothing needs to be: what starts at boot is whole.
      const whole = inUse === OLD ? BEFORE : AFTER;
      expect(stateOf(base), `step ${stop}`).toEqual({ ...whole, running: undefined });
    }
  });

  it('is undone by a later repair if the power goes during the repair as well', () => {
    for (let stop = 1; ; stop++) {
      const base = device();
      // In the middle of it: the links are changed and nothing is settled.
      expect(change(base, 'new', 12)).toBe(false);
      expect(existsSync(join(base, 'change/journal'))).toBe(true);
      rmSync(join(base, 'running'), { force: true });
      const ended = repair(base, stop);
      if (!ended) {
        rmSync(join(base, 'running'), { force: true });
        const hadJournal = existsSync(join(base, 'change/journal'));
        expect(repair(base)).toBe(true);
        expect(stateOf(base), `step ${stop}`).toEqual({
          ...BEFORE,
          running: hadJournal ? BEFORE.running : undefined,
        });
        continue;
      }
      expect(stateOf(base)).toEqual(BEFORE);
      break;
    }
  });
});
