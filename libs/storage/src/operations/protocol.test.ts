import { readFileSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { OPCODE, OPCODES } from '@sluice/wire';
import { AskedKernel, ROOT } from '../asked-kernel.fixture.ts';
import { cannotPlay } from '../played-kernel.fixture.ts';
import { attributesOut, longs, name, words } from '../requests.fixture.ts';
import { operationOf } from './index.ts';
import { REFUSED } from './refused.ts';

describe.skipIf(cannotPlay !== '')(`the protocol around operations, asked byte by byte ${cannotPlay}`, () => {
  let asked: AskedKernel;

  beforeAll(async () => {
    asked = await AskedKernel.start();
  });
  afterAll(async () => {
    await asked.stop();
  });

  it('what the kernel can do without is ENOSYS, so that it does not ask again', async () => {
    const without = OPCODES.filter(({ handler, reply }) => reply && operationOf(handler) === undefined);
    const refused = Object.keys(REFUSED);
    expect(refused).toEqual(expect.arrayContaining(without.map(({ handler }) => handler)));
    for (const { number, argument, nameRules } of without) {
      const parts = [Buffer.alloc(argument), ...nameRules.map(() => name('x'))];
      expect(await asked.refusal(number, ROOT, parts)).toBe('ENOSYS');
    }
    for (const opcode of [0, 7, 19, 99, 4097, 0xffff_ffff]) {
      expect(await asked.refusal(opcode, ROOT, [longs(0n)])).toBe('ENOSYS');
    }
  });

  it('every opcode of the protocol is in the documentation, with what becomes of it', () => {
    const table = readFileSync(new URL('../../../../docs/operations.md', import.meta.url), 'utf8');
    for (const { number, name: called, handler } of OPCODES) {
      const row = table.split('\n').find((line) => line.startsWith(`| ${number} `));
      expect(row, called).toContain(`\`${called}\``);
      expect(row?.includes('refused:'), called).toBe(operationOf(handler) === undefined);
      if (handler in REFUSED) expect(row).toContain(REFUSED[handler as keyof typeof REFUSED]);
    }
  });

  it('every operation there is, is asked by name in one of these tests', () => {
    const here = dirname(fileURLToPath(import.meta.url));
    const tests = readdirSync(here).filter((file) => file.endsWith('.test.ts'));
    const texts = [...tests, '../asked-kernel.fixture.ts']
      .map((file) => readFileSync(join(here, file), 'utf8'))
      .join('\n');
    const missing = OPCODES.filter(({ handler }) => operationOf(handler) !== undefined)
      .map(({ name: called }) => called)
      .filter((called) => called !== 'INIT' && !new RegExp(`OPCODE\\.${called}\\b`).test(texts));
    expect(missing).toEqual([]);
  });

  it('INTERRUPT and NOTIFY_REPLY have no reply, whole or broken', async () => {
    await asked.tell(OPCODE.INTERRUPT, 0n, [longs(2n)]);
    await asked.tell(OPCODE.INTERRUPT, 0n);
    await asked.tell(OPCODE.NOTIFY_REPLY, 0n, [longs(0n, 0n), words(0, 0), longs(0n, 0n)]);
    await asked.tell(OPCODE.NOTIFY_REPLY, 0n, [longs(0n)]);
    await asked.tell(OPCODE.FORGET, ROOT);
    await asked.tell(OPCODE.BATCH_FORGET, 0n, [words(0xffff_ffff, 0), longs(ROOT, 1n)]);
  });

  it('a message too short for a header is dropped, one whose length lies is EIO', async () => {
    await asked.kernel.send(Buffer.alloc(39, 1));
    await asked.kernel.send(Buffer.alloc(1));
    await asked.barrier();
    const lying = Buffer.alloc(48);
    lying.writeUInt32LE(40, 0);
    lying.writeUInt32LE(OPCODE.GETATTR, 4);
    lying.writeBigUInt64LE(77n, 8);
    const { error, unique, length } = await asked.kernel.exchange(lying);
    expect([error, unique, length]).toEqual([-5, 77n, 16]);
  });

  it('SYNCFS is done and answered', async () => {
    expect((await asked.payload(OPCODE.SYNCFS, ROOT, [longs(0n)])).length).toBe(0);
  });

  it('DESTROY is answered, and so is what comes after it', async () => {
    expect((await asked.payload(OPCODE.DESTROY, 0n)).length).toBe(0);
    expect(await asked.payload(OPCODE.GETATTR, ROOT, [words(0, 0), longs(0n)])).toEqual(
      attributesOut(asked.at('.')),
    );
  });
});
