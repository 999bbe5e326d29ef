import { InvalidArgumentError, Option, type Command } from 'commander';
import type { AskedAccess, AskedType, ExplainRequest } from '@sluice/control';
import type { Start } from '../context.ts';
import { explanationText } from '../explanation-text.ts';
import { parseSize } from '../units.ts';

interface ExplainOptions {
  access: AskedAccess[];
  size?: number;
  uid?: number;
  gid?: number;
  package?: string;
  type?: AskedType;
  volume: string;
}

const ACCESSES: readonly AskedAccess[] = ['read', 'write', 'create', 'mmap'];

export function addExplain(parent: Command, start: Start): void {
  parent
    .command('explain')
    .argument('<path>', 'in the volume, or absolute beneath its mount point or source')
    .description('what policy decides for a file, by which rule, and what an open would get now')
    .option('--access <list>', 'what is asked: read, write, create, mmap, or name alone', accesses, ['read'])
    .option('--size <size>', "as if the file were this big (4096, 1MiB); default: the file's own", size)
    .option('--uid <n>', 'as if this user asked; default: you', id)
    .option('--gid <n>', 'as if this group asked; default: the same number as the uid', id)
    .option('--package <name>', 'as if this Android package asked, of the user that --uid is of (default: 0)')
    .addOption(
      new Option('--type <type>', 'as if it were one; default: what is there').choices([
        'file',
        'directory',
        'symlink',
        'other',
      ]),
    )
    .option('--volume <name>', 'may be left out when there is one volume', '')
    .addHelpText(
      'after',
      [
        '',
        'Examples:',
        '  sluice explain DCIM/Camera/video.mp4',
        '  sluice explain /mnt/photos/new.bin --access write,create --size 1MiB --uid 10057',
        '  sluice explain Android/data --access name --package com.example.gallery',
        '',
      ].join('\n'),
    )
    .action(async (path: string, options: ExplainOptions, command: Command) => {
      const context = start(command);
      const explanation = await context.daemon((client) =>
        client.explain(requestOf(path, options, context.terminal.uid)),
      );
      if (context.asJson) context.printJson(explanation);
      else context.print(explanationText(context.style, explanation));
    });
}

function requestOf(path: string, options: ExplainOptions, own: number): ExplainRequest {
  const { volume, access, size: bytes, uid, gid, package: name, type } = options;
  return {
    volume,
    path,
    access,
    uid: uid ?? (name === undefined ? own : 0),
    ...(bytes === undefined ? {} : { size: bytes }),
    ...(gid === undefined ? {} : { gid }),
    ...(name === undefined ? {} : { package: name }),
    ...(type === undefined ? {} : { type }),
  };
}

function accesses(text: string): AskedAccess[] {
  if (text === 'name') return [];
  const words = text.split(',');
  const found = ACCESSES.filter((access) => words.includes(access));
  if (found.length !== words.length) {
    throw new InvalidArgumentError(`Give one or more of ${ACCESSES.join(',')}, with commas, or name.`);
  }
  return found;
}

function size(text: string): number {
  const bytes = parseSize(text);
  if (bytes === undefined) {
    throw new InvalidArgumentError('Give bytes, or a size such as 64KiB, 1MiB, 1.5GiB, 2MB.');
  }
  return bytes;
}

function id(text: string): number {
  const value = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
  if (!(value <= 0xffff_ffff)) throw new InvalidArgumentError('Give a user or group id, 0 to 4294967295.');
  return value;
}
