import type { Repair } from '@sluice/device';

const WORDS: Readonly<Record<Repair, string>> = {
  nothing: '',
  waited: 'An earlier change of version was still being made; it is through.\n',
  undone: 'An earlier change of version had been cut off; it is undone.\n',
  'undone-but-down':
    'An earlier change of version had been cut off; it is undone, and the daemon does not start.\n',
};

export function repairWords(repaired: Repair): string {
  return WORDS[repaired];
}
