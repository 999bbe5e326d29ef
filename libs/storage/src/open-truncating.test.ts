import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ERRNO, O } from '@sluice/sys';
import { OPCODE } from '@sluice/wire';
import { AskedKernel } from './asked-kernel.fixture.ts';
import { cannotPlay } from './played-kernel.fixture.ts';
import { words } from './requests.fixture.ts';

const POLICY = `version: 1
default: cached
rules:
  - { match: { path: '**/kept', size: { min: 5 } }, action: deny(EROFS) }
  - { match: { size: { min: 1000 } }, action: direct }
`;

describe.skipIf(cannotPlay !== '')(`an open that truncates where size decides ${cannotPlay}`, () => {
  let asked: AskedKernel;
  beforeAll(async () => {
    asked = await AskedKernel.start({ policy: POLICY });
  });
  afterAll(async () => {
    await asked.stop();
  });

  it.each([O.RDONLY, O.WRONLY, O.RDWR])(
    'empties the file, whatever it is opened for (%i)',
    async (access) => {
      const node = await asked.fileNode('emptied', 'content');
      const handle = await asked.open(node, access | O.TRUNC);
      expect(readFileSync(asked.at('emptied'), 'utf8')).toBe('');
      await asked.release(node, handle);
    },
  );

  it('leaves a file as it is that may not be opened at this size', async () => {
    const node = await asked.fileNode('kept', 'content');
    const { error } = await asked.ask(OPCODE.OPEN, node, [words(O.WRONLY | O.TRUNC, 0)]);
    expect(error).toBe(-ERRNO.EROFS);
    expect(readFileSync(asked.at('kept'), 'utf8')).toBe('content');
  });
});
