import { describe, expect, it } from 'vitest';
import {
  OPCODE,
  OPCODE_COUNT,
  OPCODES,
  UNKNOWN_OPCODE_INDEX,
  opcodeIndex,
  opcodeName,
  operationAt,
} from './opcodes.ts';

describe('the opcode table', () => {
  it('has every opcode of 7.45 and the two outside the sequence, in order', () => {
    const sequence = Array.from({ length: 53 }, (_, i) => i + 1).filter((n) => n !== 7 && n !== 19);
    expect(OPCODES.map((each) => each.number)).toEqual([...sequence, 2016, 4096]);
  });

  it('names each opcode and each handler once', () => {
    expect(new Set(OPCODES.map((each) => each.name)).size).toBe(OPCODES.length);
    expect(new Set(OPCODES.map((each) => each.handler)).size).toBe(OPCODES.length);
  });

  it('spells each handler as the opcode in camel case', () => {
    for (const { name, handler } of OPCODES)
      expect(handler.toLowerCase()).toBe(name.replaceAll('_', '').toLowerCase());
  });

  it('gives the numbers by name', () => {
    expect([
      OPCODE.LOOKUP,
      OPCODE.STATX,
      OPCODE.COPY_FILE_RANGE_64,
      OPCODE.CANONICAL_PATH,
      OPCODE.CUSE_INIT,
    ]).toEqual([1, 52, 53, 2016, 4096]);
  });

  it('knows which requests the kernel takes no reply to', () => {
    const silent = OPCODES.filter((each) => !each.reply).map((each) => each.name);
    expect(silent).toEqual(['FORGET', 'INTERRUPT', 'NOTIFY_REPLY', 'BATCH_FORGET']);
  });

  it('counts the names of each request as its rules do', () => {
    for (const each of OPCODES) expect(each.names).toBe(each.nameRules.length);
    expect(OPCODES.filter((each) => each.names === 2).map((each) => each.name)).toEqual([
      'SYMLINK',
      'RENAME',
      'RENAME2',
    ]);
  });
});

describe('opcodeIndex', () => {
  it('gives each known opcode a place of its own below OPCODE_COUNT', () => {
    const places = OPCODES.map((each) => opcodeIndex(each.number));
    expect(places).toEqual(Array.from({ length: OPCODE_COUNT - 1 }, (_, i) => i + 1));
    OPCODES.forEach((each) => {
      expect(operationAt(opcodeIndex(each.number))).toBe(each);
    });
  });

  it('gives every unknown opcode the same place', () => {
    for (const opcode of [
      0, 7, 19, 54, 63, 64, 2015, 2017, 4095, 4097, 1_048_576, 436_207_616, 0xffff_ffff,
    ]) {
      expect(opcodeIndex(opcode)).toBe(UNKNOWN_OPCODE_INDEX);
    }
    expect(operationAt(UNKNOWN_OPCODE_INDEX)).toBeUndefined();
  });
});

describe('opcodeName', () => {
  it('prints known and unknown opcodes', () => {
    expect([opcodeName(44), opcodeName(4096), opcodeName(99)]).toEqual([
      'READDIRPLUS',
      'CUSE_INIT',
      'opcode 99',
    ]);
  });
});
