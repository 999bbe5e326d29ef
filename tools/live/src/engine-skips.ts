/** Of the live suite: with SLUICE_ENGINE=fuse-native, skips what engine-exceptions.ts names, with its reason. */
import { beforeEach } from 'vitest';
import { exceptionTo } from './engine-exceptions.ts';

if (process.env['SLUICE_ENGINE'] === 'fuse-native') {
  beforeEach(({ task, skip }) => {
    const names: string[] = [];
    for (let suite = task.suite; suite !== undefined; suite = suite.suite) names.unshift(suite.name);
    const because = exceptionTo(task.file.filepath, [...names, task.name].join(' '));
    if (because !== undefined) skip(because);
  });
}
