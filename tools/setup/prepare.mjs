/**
 * Makes a clone ready to run: packages installed, programs built, each only where needed.
 *
 *   node tools/setup/prepare.mjs [--start] [--force]
 *
 * `--start` asks for what serving needs as well (root). `--force` builds even if nothing changed. Nothing is written
 * before every requirement is met. Exit code 1: a requirement is missing or a step failed, 2: wrong use.
 *
 * This file is read by whatever Node there is, so that an old one gets a sentence instead of a syntax error: no syntax
 * and no module newer than Node 12 here, and the rest imported only after the check.
 */
const LEAST_NODE = 20;

function fail(message, exitCode) {
  process.stderr.write(message + '\n');
  process.exitCode = exitCode;
}

async function main(words) {
  const unknown = words.find((word) => word !== '--start' && word !== '--force');
  if (unknown !== undefined) {
    fail(`"${unknown}" is not understood; usage: node tools/setup/prepare.mjs [--start] [--force]`, 2);
    return;
  }
  if (parseInt(process.versions.node, 10) < LEAST_NODE) {
    fail(
      `Sluice needs Node ${LEAST_NODE} or newer and this is Node ${process.versions.node}: install a newer one.`,
      1,
    );
    return;
  }
  const { prepare } = await import('./steps.mjs');
  const failure = prepare({ start: words.includes('--start'), force: words.includes('--force') });
  if (failure !== undefined) fail(failure, 1);
}

main(process.argv.slice(2)).catch((error) => {
  fail(`The set-up failed: ${error.stack}`, 1);
});
