/** The lab's own apt sources, derived from the system's: no address is written down anywhere. */

/** Suites of one Debian release that hold kernels; backports has the newer ones. */
const SUFFIXES = ['', '-updates', '-security', '-backports'];

export const KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg';

/** What `apt-get indextargets` is asked for. One line a target: repository, suite. */
export const TARGET_FORMAT = '$(REPO_URI) $(RELEASE)';

/**
 * Source lines for a Debian release's suites, backports among them. `targets` is the output of `apt-get indextargets` in
 * {@link TARGET_FORMAT}. Empty if the system has no source for the release itself.
 */
export function sourceLines(targets: string, codename: string, keyring?: string): string[] {
  const pairs = targets
    .split('\n')
    .map((line) => line.trim().split(' '))
    .filter(([repository, suite]) => repository !== undefined && suite !== undefined) as [string, string][];
  const known = pairs.filter(([, suite]) => SUFFIXES.some((suffix) => suite === codename + suffix));
  const main = known.find(([, suite]) => suite === codename);
  if (main === undefined) return [];
  const options = keyring === undefined ? '' : `[signed-by=${keyring}] `;
  const lines = [...known, [main[0], `${codename}-backports`] as const].map(
    ([repository, suite]) => `deb ${options}${repository} ${suite} main`,
  );
  return [...new Set(lines)];
}

/** Splits the digits from the rest, so that 6.1.0-9 comes before 6.1.0-56. */
export function compareVersions(a: string, b: string): number {
  return a.localeCompare(b, 'en', { numeric: true });
}

/** The pinned name if it can be had, else the newest of the same series, else undefined. */
export function choosePackage(pin: string, series: RegExp, names: readonly string[]): string | undefined {
  if (names.includes(pin)) return pin;
  return names
    .filter((name) => series.test(name))
    .sort(compareVersions)
    .at(-1);
}
