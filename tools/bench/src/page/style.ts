/** How the page looks, light and dark. The classes of arms and parts are set by the plots. */
import { ARM_NAMES } from '../options.ts';
import type { ArmName } from '../options.ts';

/** On a light and on a dark ground. Ours are the cool ones. */
const ARM_COLOURS: Readonly<Record<ArmName, readonly [string, string]>> = {
  native: ['#475569', '#94a3b8'],
  bind: ['#78716c', '#a8a29e'],
  plain: ['#2563eb', '#60a5fa'],
  passthrough: ['#047857', '#34d399'],
  auto: ['#7c3aed', '#a78bfa'],
  passthrough_ll: ['#c2410c', '#fb923c'],
  passthrough_ll_checked: ['#a16207', '#facc15'],
  'fuse-native': ['#be123c', '#fb7185'],
};

const PART_COLOURS: readonly (readonly [string, string])[] = [
  ['#2563eb', '#60a5fa'],
  ['#ea580c', '#fb923c'],
  ['#059669', '#34d399'],
  ['#9333ea', '#c084fc'],
  ['#ca8a04', '#facc15'],
  ['#db2777', '#f472b6'],
  ['#0891b2', '#22d3ee'],
  ['#65a30d', '#a3e635'],
  ['#78350f', '#d6a77a'],
  ['#334155', '#e2e8f0'],
];

export function armClass(arm: ArmName): string {
  return `arm-${arm}`;
}

const FIXED = `
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--ink); font: 15px/1.5 system-ui, sans-serif; }
main { max-width: 1180px; margin: 0 auto; padding: 24px 20px 80px; }
h1 { font-size: 26px; margin: 0 0 4px; }
h2 { font-size: 20px; margin: 48px 0 4px; padding-top: 12px; border-top: 1px solid var(--line); }
h3 { font-size: 15px; margin: 26px 0 2px; }
h3 small { font-weight: normal; color: var(--soft); }
p { margin: 6px 0; max-width: 85ch; }
.soft { color: var(--soft); font-size: 13.5px; max-width: none; }
.warning { border-left: 3px solid var(--warning); padding-left: 10px; }
nav { display: flex; flex-wrap: wrap; gap: 4px 16px; margin: 14px 0; }
a { color: var(--link); }
.scroll { overflow-x: auto; }
.plot { display: block; width: 100%; min-width: 760px; height: auto; }
.plot text { font: 12px system-ui, sans-serif; fill: var(--ink); font-variant-numeric: tabular-nums; }
.plot .group, .plot .panel { font-weight: 600; }
.plot .tick { fill: var(--soft); text-anchor: middle; font-size: 11px; }
.plot .value { fill: var(--soft); font-size: 11px; }
.plot .grid { stroke: var(--line); stroke-width: 1; }
.plot .same { stroke: var(--ink); stroke-width: 1; stroke-dasharray: 4 3; }
.plot .spread { stroke: var(--colour); stroke-width: 3; stroke-linecap: round; opacity: 0.45; }
.plot .dot { fill: var(--colour); }
.plot .ring { fill: var(--ground); stroke: var(--colour); stroke-width: 2; }
.part-rest { --colour: var(--soft); }
rect[class^='part-'] { fill: var(--colour); }
.legend { display: flex; flex-wrap: wrap; gap: 2px 16px; font-size: 13px; max-width: none; }
.swatch { display: inline-block; width: 11px; height: 11px; border-radius: 3px; margin-right: 6px; background: var(--colour); }
details { margin: 12px 0; }
summary { cursor: pointer; color: var(--link); }
table { border-collapse: collapse; font-size: 12.5px; font-variant-numeric: tabular-nums; margin: 8px 0; }
th, td { padding: 3px 9px; border-bottom: 1px solid var(--line); text-align: left; vertical-align: top; }
th { color: var(--soft); font-weight: 600; white-space: nowrap; }
td.right, th.right { text-align: right; white-space: nowrap; }
td:first-child { white-space: nowrap; }
tbody tr:hover { background: var(--hover); }
@media print { details > * { display: block; } }
`;

const LIGHT =
  '--ground: #ffffff; --ink: #16202e; --soft: #5b6675; --line: #e3e7ec; --hover: #f3f6f9; --link: #1d4ed8; --warning: #b45309;';
const DARK =
  '--ground: #12161c; --ink: #e4e8ee; --soft: #98a3b1; --line: #2a313b; --hover: #1b2129; --link: #8ab4f8; --warning: #fbbf24;';

export function style(): string {
  const variables = (side: 0 | 1): string =>
    [
      ...ARM_NAMES.map((arm) => `.${armClass(arm)} { --colour: ${ARM_COLOURS[arm][side]}; }`),
      ...PART_COLOURS.map((colours, index) => `.part-${index} { --colour: ${colours[side]}; }`),
    ].join('\n');
  return [
    `:root { color-scheme: light dark; ${LIGHT} }`,
    variables(0),
    `@media (prefers-color-scheme: dark) { :root { ${DARK} }`,
    variables(1),
    '}',
    FIXED,
  ].join('\n');
}
