/**
 * A unified diff of two texts (the algorithm of E. W. Myers, "An O(ND) Difference Algorithm", 1986), for people to read.
 * Texts that have little in common are shown as one replaced by the other: a shortest script is then worth neither the time
 * nor the memory.
 */

const CONTEXT = 3;
/** Lines taken out and put in at most for which the shortest script is looked for. */
const MOST_CHANGES = 2000;

interface Edit {
  kind: ' ' | '-' | '+';
  line: string;
}

/** Empty where the texts are the same. `names`: what the two are called in the diff's head. */
export function unifiedDiff(from: string, to: string, names: readonly [string, string]): string {
  if (from === to) return '';
  const hunks = hunksOf(editsOf(linesOf(from), linesOf(to)));
  return [`--- ${names[0]}\n`, `+++ ${names[1]}\n`, ...hunks].join('');
}

/** Lines with their line feeds; a last one without is told apart, as diff(1) does. */
function linesOf(text: string): string[] {
  const lines = text.split(/(?<=\n)/);
  const last = lines.at(-1) ?? '';
  if (last === '') lines.pop();
  else if (!last.endsWith('\n')) lines[lines.length - 1] = `${last}\n\\ No newline at end of text\n`;
  return lines;
}

function editsOf(from: readonly string[], to: readonly string[]): Edit[] {
  let head = 0;
  while (head < from.length && head < to.length && from[head] === to[head]) head++;
  let tail = 0;
  const room = Math.min(from.length, to.length) - head;
  while (tail < room && from[from.length - 1 - tail] === to[to.length - 1 - tail]) tail++;
  const middle = shortest(from.slice(head, from.length - tail), to.slice(head, to.length - tail));
  return [...from.slice(0, head).map(same), ...middle, ...(tail === 0 ? [] : from.slice(-tail).map(same))];
}

function same(line: string): Edit {
  return { kind: ' ', line };
}

/** A shortest edit script, or, beyond the limit, everything out and everything in. */
function shortest(from: readonly string[], to: readonly string[]): Edit[] {
  const [n, m] = [from.length, to.length];
  const most = Math.min(n + m, MOST_CHANGES);
  const middle = most + 1;
  const furthest = new Int32Array(2 * most + 3);
  const steps: Int32Array[] = [];
  for (let changes = 0; changes <= most; changes++) {
    steps.push(furthest.slice(middle - changes - 1, middle + changes + 2));
    for (let k = -changes; k <= changes; k += 2) {
      const [below, above] = [furthest[middle + k - 1] ?? 0, furthest[middle + k + 1] ?? 0];
      let x = k === -changes || (k !== changes && below < above) ? above : below + 1;
      while (x < n && x - k < m && from[x] === to[x - k]) x++;
      furthest[middle + k] = x;
      if (x >= n && x - k >= m) return backtrack(from, to, steps);
    }
  }
  return [
    ...from.map((line): Edit => ({ kind: '-', line })),
    ...to.map((line): Edit => ({ kind: '+', line })),
  ];
}

/** `steps[d]`: how far each diagonal had come before step d, from diagonal -(d + 1) on. */
function backtrack(from: readonly string[], to: readonly string[], steps: readonly Int32Array[]): Edit[] {
  const edits: Edit[] = [];
  let [x, y] = [from.length, to.length];
  for (let changes = steps.length - 1; changes > 0; changes--) {
    const furthest = steps[changes] as Int32Array;
    const at = (k: number): number => furthest[k + changes + 1] ?? 0;
    const k = x - y;
    const down = k === -changes || (k !== changes && at(k - 1) < at(k + 1));
    const [beforeX, beforeK] = down ? [at(k + 1), k + 1] : [at(k - 1), k - 1];
    const beforeY = beforeX - beforeK;
    while (x > beforeX && y > beforeY && x > 0 && y > 0 && from[x - 1] === to[y - 1]) {
      edits.push(same(from[--x] ?? ''));
      y--;
    }
    if (down) edits.push({ kind: '+', line: to[--y] ?? '' });
    else edits.push({ kind: '-', line: from[--x] ?? '' });
  }
  while (x > 0) {
    edits.push(same(from[--x] ?? ''));
    y--;
  }
  return edits.reverse();
}

function hunksOf(edits: readonly Edit[]): string[] {
  const hunks: string[] = [];
  let [fromLine, toLine] = [1, 1];
  let hunk: { from: number; to: number; edits: Edit[]; same: number } | undefined;
  let before: Edit[] = [];
  const close = (): void => {
    if (hunk === undefined) return;
    const spare = Math.max(0, hunk.same - CONTEXT);
    if (spare > 0) hunk.edits.splice(-spare);
    hunks.push(hunkText(hunk));
    before = [];
    hunk = undefined;
  };
  for (const edit of edits) {
    if (edit.kind === ' ') {
      if (hunk !== undefined) {
        hunk.edits.push(edit);
        if (++hunk.same > 2 * CONTEXT) {
          before = hunk.edits.slice(-CONTEXT);
          const kept = before;
          close();
          before = kept;
        }
      } else {
        before.push(edit);
        if (before.length > CONTEXT) before.shift();
      }
    } else {
      hunk ??= { from: fromLine - before.length, to: toLine - before.length, edits: [...before], same: 0 };
      hunk.edits.push(edit);
      hunk.same = 0;
    }
    if (edit.kind !== '+') fromLine++;
    if (edit.kind !== '-') toLine++;
  }
  close();
  return hunks;
}

function hunkText({ from, to, edits }: { from: number; to: number; edits: readonly Edit[] }): string {
  const old = edits.filter(({ kind }) => kind !== '+').length;
  const fresh = edits.filter(({ kind }) => kind !== '-').length;
  const head = `@@ -${range(from, old)} +${range(to, fresh)} @@\n`;
  return head + edits.map(({ kind, line }) => kind + line).join('');
}

/** As diff(1) writes it: a length of 1 is left out, and what is empty begins at the line before. */
function range(start: number, length: number): string {
  if (length === 1) return String(start);
  return `${length === 0 ? start - 1 : start},${length}`;
}
