/** `npm run bench`: the table goes to standard output, progress to standard error, everything to the JSON and HTML files. */
import { accessSync, constants, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bench } from './bench.ts';
import { HELP, OptionError, parseOptions } from './options.ts';
import { htmlReport } from './page/page.ts';
import { report } from './report.ts';
import { summarise } from './results.ts';

/** Both src/ and dist/ lie one folder below the package. */
const HOME = join(dirname(fileURLToPath(import.meta.url)), '..');
const EXIT_FAILED = 1;
const EXIT_USAGE = 2;
const EXIT_STOPPED = 130;

async function main(): Promise<number> {
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stop.abort());
  const say = (line: string): void => void process.stderr.write(`${line}\n`);
  try {
    const options = parseOptions(process.argv.slice(2), new Date().toISOString().slice(0, 10));
    if (options === undefined) {
      process.stdout.write(HELP);
      return 0;
    }
    if (process.getuid?.() !== 0)
      throw new OptionError('mounting with passthrough needs root; start again with sudo');
    checkDirectory('--json', options.json);
    checkDirectory('--html', options.html);
    const results = await bench(HOME, options, stop.signal, say);
    process.stdout.write(report(results));
    if (options.json !== undefined) {
      const summary = results.workloads.map(summarise);
      writeFileSync(options.json, `${JSON.stringify({ ...results, summary }, null, 2)}\n`);
    }
    if (options.html !== undefined) writeFileSync(options.html, htmlReport(results));
    return results.failures.length === 0 ? 0 : EXIT_FAILED;
  } catch (error) {
    if (stop.signal.aborted) {
      say('stopped; mounts, processes and directories are taken down');
      return EXIT_STOPPED;
    }
    say(error instanceof Error ? error.message : String(error));
    return error instanceof OptionError ? EXIT_USAGE : EXIT_FAILED;
  }
}

/** Minutes of measuring must not end in a file that cannot be written. */
function checkDirectory(option: string, file: string | undefined): void {
  if (file === undefined) return;
  try {
    accessSync(dirname(resolve(file)), constants.W_OK);
  } catch (error) {
    throw new OptionError(`${option} ${file}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

process.exitCode = await main();
