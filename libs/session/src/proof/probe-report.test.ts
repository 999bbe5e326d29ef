import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { probeReport, probeSchemaFile } from './probe-report.ts';

const FILE = new URL('../../../../docs/schema/probe-v1.schema.json', import.meta.url);

interface ObjectSchema {
  type?: unknown;
  properties?: Record<string, unknown>;
  required?: string[];
  additionalProperties?: unknown;
  const?: unknown;
}

/** Integers are counts. */
function isFigure({ type, const: only }: ObjectSchema): boolean {
  return type === 'number' && only === undefined;
}

/** Every schema of an object within `value`, by its place. */
function objectsIn(value: unknown, place = '$'): [string, ObjectSchema][] {
  if (typeof value !== 'object' || value === null) return [];
  const own: [string, ObjectSchema][] = (value as ObjectSchema).type === 'object' ? [[place, value]] : [];
  return [...own, ...Object.entries(value).flatMap(([key, inner]) => objectsIn(inner, `${place}.${key}`))];
}

describe('the schema of the probe report', () => {
  it('is the file that readers have (SLUICE_WRITE_SCHEMA=1 writes it)', () => {
    if (process.env['SLUICE_WRITE_SCHEMA'] === '1') writeFileSync(FILE, probeSchemaFile());
    expect(JSON.parse(readFileSync(FILE, 'utf8'))).toEqual(JSON.parse(probeSchemaFile()));
  });

  it('is of JSON Schema 2020-12, and leaves nothing out and lets nothing else in', () => {
    const schema = JSON.parse(probeSchemaFile()) as { $schema: string };
    expect(schema.$schema).toBe('https://json-schema.org/draft/2020-12/schema');
    const objects = objectsIn(schema);
    expect(objects.length).toBeGreaterThan(12);
    for (const [place, { properties, required, additionalProperties }] of objects) {
      expect(additionalProperties, place).toBe(false);
      expect(required?.toSorted(), place).toEqual(Object.keys(properties ?? {}).toSorted());
    }
  });

  it('has the unit of each figure in its name, but for what is counted', () => {
    const figures = objectsIn(JSON.parse(probeSchemaFile())).flatMap(([, { properties }]) =>
      Object.entries(properties ?? {}).filter(([, each]) => isFigure(each as ObjectSchema)),
    );
    expect(figures.length).toBeGreaterThan(4);
    for (const [name] of figures) expect(name).toMatch(/(Milliseconds|Microseconds|MicrosecondsPerMiB)$/);
  });

  it('refuses a report of another kind or version', () => {
    expect(probeReport.safeParse({ report: 'sluice-probe', version: 2 }).success).toBe(false);
    const issues = probeReport.safeParse({}).error?.issues.map(({ path }) => path[0]);
    expect(issues).toEqual(expect.arrayContaining(['report', 'version', 'trial', 'source']));
  });
});
