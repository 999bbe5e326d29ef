import type { Command } from 'commander';
import type { Start } from '../context.ts';
import { addTraceRecord } from './trace-record.ts';

export function addTrace(parent: Command, start: Start): void {
  const trace = parent.command('trace').description('record what programs really ask of a volume');
  addTraceRecord(trace, start);
}
