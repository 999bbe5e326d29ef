import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { O } from '@sluice/sys';
import { NOTIFY, OPCODE } from '@sluice/wire';
import { AskedKernel } from '../asked-kernel.fixture.ts';
import { cannotPlay } from '../played-kernel.fixture.ts';
import { longs, request, words } from '../requests.fixture.ts';

const CACHED_UID = 10_001;
const POLICY = `version: 1
default: direct
rules:
  - { match: { caller: { uid: ${CACHED_UID} } }, action: cached }
`;
const DATA = Buffer.from('fresh');
const OFFSET = 5n * 4096n + 7n;

async function openAs(asked: AskedKernel, node: bigint, uid: number): Promise<bigint> {
  const payload = await asked.payload(OPCODE.OPEN, node, [words(O.RDWR, 0)], { uid });
  return payload.readBigUInt64LE(0);
}

function written(handle: bigint): Buffer {
  return Buffer.concat([longs(handle, OFFSET), words(DATA.length, 0), longs(0n, 0n), DATA]);
}

describe.skipIf(cannotPlay !== '')(`pages beside a direct write ${cannotPlay}`, () => {
  let asked: AskedKernel;
  beforeAll(async () => {
    asked = await AskedKernel.start({ policy: POLICY, dropsPages: 'shown' });
  });
  afterAll(async () => {
    await asked.stop();
  });

  it('are dropped, as far as it went, before it is answered', async () => {
    const node = await asked.fileNode('beside');
    const cached = await openAs(asked, node, CACHED_UID);
    const direct = await openAs(asked, node, 0);
    const header = { opcode: OPCODE.WRITE, unique: 1000n, nodeid: node };
    const [notice, reply] = await asked.both(request(header, written(direct)));
    expect([notice.length, notice.error, notice.unique]).toEqual([40, NOTIFY.INVAL_INODE, 0n]);
    expect(notice.payload).toEqual(longs(node, OFFSET, BigInt(DATA.length)));
    expect([reply.unique, reply.error]).toEqual([1000n, 0]);
    // What the cached one writes is in its pages.
    await asked.payload(OPCODE.WRITE, node, [written(cached)]);
    await asked.release(node, direct);
    await asked.release(node, cached);
  });

  it('are none once no cached open is left', async () => {
    const node = await asked.fileNode('alone');
    const cached = await openAs(asked, node, CACHED_UID);
    const direct = await openAs(asked, node, 0);
    await asked.release(node, cached);
    await asked.payload(OPCODE.WRITE, node, [written(direct)]);
    await asked.release(node, direct);
  });
});
