import { spawnSync } from 'node:child_process';
import { beforeEach, describe, expect, it } from 'vitest';
import { runStage } from './run-stage.mjs';

let said;
const OPTIONS = { cwd: '/', env: process.env, limitMs: 20_000, say: (text) => (said += text) };

beforeEach(() => {
  said = '';
});

describe('a stage', () => {
  it('is well if its program ends with 0', async () => {
    expect(await runStage([process.execPath, '-e', ''], OPTIONS)).toEqual({ ok: true, code: 0 });
  });

  it.each([
    ['another exit code', [process.execPath, '-e', 'process.exit(3)'], { ok: false, code: 3 }],
    ['a signal', ['sh', '-c', 'kill -9 $$'], { ok: false }],
  ])('is not well after %s', async (_, command, outcome) => {
    expect(await runStage(command, OPTIONS)).toEqual(outcome);
  });

  it('is not well without its program, and says so', async () => {
    expect(await runStage(['/nonexistent/program'], OPTIONS)).toEqual({ ok: false });
    expect(said).toMatch(/^\/nonexistent\/program cannot be run: .*ENOENT\n$/);
  });

  it('ends at its limit, with what it started', async () => {
    const began = Date.now();
    const seconds = `300.${process.pid}`;
    expect(await runStage(['sh', '-c', `sleep ${seconds} & wait`], { ...OPTIONS, limitMs: 300 })).toEqual({
      ok: false,
    });
    expect(said).toBe('stopped: not done within 0.3 s\n');
    expect(Date.now() - began).toBeLessThan(10_000);
    expect(spawnSync('pgrep', ['-f', `^sleep ${seconds}$`]).status).toBe(1);
  });
});
