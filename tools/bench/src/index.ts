export { bench } from './bench.ts';
export { OptionError, parseOptions } from './options.ts';
export type { Options } from './options.ts';
export { report } from './report.ts';
export type { Results } from './results.ts';
