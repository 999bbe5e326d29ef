import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { DIALECT_NAMES } from '@sluice/session';
import { OPEN_REASON_NAMES } from './open-mode.ts';

const GUIDE = readFileSync(new URL('../../../docs/guides/passthrough.md', import.meta.url), 'utf8');

it('the guide to passthrough names every dialect and every reason, and none that is not', () => {
  const named = new Set([...GUIDE.matchAll(/`([a-z][a-z0-9-]+)`/g)].map(([, name]) => name));
  for (const name of DIALECT_NAMES) expect(named).toContain(name);
  // Those of `auto` are told apart in the description of policies.
  for (const name of OPEN_REASON_NAMES.filter((each) => !each.startsWith('auto-')))
    expect(named).toContain(name);
  const reasons = [...named].filter((name) => /^(registration|inode)-/.test(name ?? ''));
  for (const name of reasons) expect(OPEN_REASON_NAMES).toContain(name);
});
