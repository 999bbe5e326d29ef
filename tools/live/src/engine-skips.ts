/**
 * Of the live suite: with SLUICE_ENGINE=fuse-native, skips what engine-exceptions.ts names, with its reason.
 * SLUICE_ENGINE_EXCEPTIONS=off runs those too, to see whether they still fail.
 */
import { beforeEach } from 'vitest';
import { exceptionTo } from './engine-exceptions.ts';

const { SLUICE_ENGINE: engine, SLUICE_ENGINE_EXCEPTIONS: exceptions } = process.env;

if (engine === 'fuse-native' && exceptions !== 'off') {
  beforeEach(({ task, skip }) => {
    const names: string[] = [];
    for (let suite = task.suite; suite !== undefined; suite = suite.suite) names.unshift(suite.name);
    const because = exceptionTo(task.file.filepath, [...names, task.name].join(' '));
    if (because !== undefined) skip(because);
  });
}
