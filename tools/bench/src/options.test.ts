import { describe, expect, it } from 'vitest';
import { ARM_NAMES, OptionError, parseOptions } from './options.ts';
import { WORKLOAD_NAMES, workloadLabel, workloads } from './workloads.ts';

const parse = (...args: string[]): ReturnType<typeof parseOptions> => parseOptions(args, '2030-01-02');

describe('the command line', () => {
  it('without words means all workloads on all arms on tmpfs, timeouts 0, cores awake, recorded as of today', () => {
    expect(parse()).toEqual({
      rounds: 5,
      minutes: 25,
      clients: [1, 4, 16],
      only: [...WORKLOAD_NAMES],
      arms: [...ARM_NAMES],
      lower: '/dev/shm',
      quick: false,
      timeoutSeconds: 0,
      starts: 5,
      date: '2030-01-02',
      awake: true,
    });
  });

  it('takes every option', () => {
    const words =
      '--rounds 7 --minutes 3 --clients 16,2 --html /z --only walk,stat --arms native --lower /x --json /y --timeout 0.5 --workers 1 --starts 1 --date d --quick --sleepy-cores';
    expect(parse(...words.split(' '))).toEqual({
      rounds: 7,
      minutes: 3,
      clients: [2, 16],
      html: '/z',
      only: ['stat', 'walk'],
      arms: ['native'],
      lower: '/x',
      json: '/y',
      quick: true,
      timeoutSeconds: 0.5,
      workers: 1,
      starts: 1,
      date: 'd',
      awake: false,
    });
  });

  it('makes fewer rounds when it must be quick', () => {
    expect(parse('--quick')).toMatchObject({ rounds: 2, starts: 2, clients: [1, 4] });
  });

  it('answers a cry for help with nothing to do', () => {
    expect(parse('--help')).toBeUndefined();
  });

  it.each([
    ['--rounds', '0'],
    ['--rounds', '1001'],
    ['--rounds', '2.5'],
    ['--rounds', ''],
    ['--minutes', '0'],
    ['--clients', '3'],
    ['--clients', '1,32'],
    ['--timeout', '-1'],
    ['--timeout', '86401'],
    ['--timeout', 'Infinity'],
    ['--starts', '101'],
    ['--workers', '0'],
    ['--only', 'stat,stta'],
    ['--only', ''],
    ['--arms', 'toString'],
    ['--colour', 'red'],
  ])('refuses %s %s by name', (option, value) => {
    expect(() => parse(`${option}=${value}`)).toThrow(OptionError);
    expect(() => parse(`${option}=${value}`)).toThrow(option);
  });

  it('refuses a word that belongs to no option', () => {
    expect(() => parse('stat')).toThrow(OptionError);
  });
});

describe('the workloads', () => {
  it('come in the order of the table and only those asked for', () => {
    expect(workloads(['walk', 'stat'], [1], false).map(({ name }) => name)).toEqual(['stat', 'walk']);
  });

  it('are measured for each number of processes where several make sense', () => {
    const labels = workloads(['stat', 'untar'], [1, 16], false).map(workloadLabel);
    expect(labels).toEqual(['stat', 'stat x16', 'untar']);
  });

  it.each([true, false])('have whole counts, and pages enough for random access (quick: %s)', (quick) => {
    for (const { name, count, bytes } of workloads(WORKLOAD_NAMES, [1, 16], quick)) {
      expect(Number.isInteger(count) && Number.isInteger(bytes), name).toBe(true);
      if (name.startsWith('random')) expect(bytes / 4096).toBeGreaterThanOrEqual(count);
    }
  });
});
