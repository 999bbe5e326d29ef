import type { Command } from 'commander';
import type { Start } from '../context.ts';
import { addVolumeAdd } from './volume-add.ts';
import { addVolumeList } from './volume-list.ts';
import { addVolumeRemove } from './volume-remove.ts';

export function addVolume(parent: Command, start: Start): void {
  const volume = parent.command('volume').description('list, add and remove volumes');
  addVolumeList(volume, start);
  addVolumeAdd(volume, start);
  addVolumeRemove(volume, start);
}
