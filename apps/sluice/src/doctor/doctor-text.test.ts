import pc from 'picocolors';
import { describe, expect, it } from 'vitest';
import { doctorText } from './doctor-text.ts';
import { findingsOf } from './findings.ts';
import { healthyReport } from './probe-report.fixture.ts';
import { readReport } from './run-probe.ts';

const text = (change: (report: ReturnType<typeof healthyReport>) => void): string => {
  const probe = healthyReport();
  change(probe);
  return doctorText(pc.createColors(false), { serves: true, findings: findingsOf(probe), probe });
};

describe('the doctor’s text', () => {
  it('has verdict, subject and what was seen on a line, and below it what follows and what to do', () => {
    const lines = text((report) => (report.limits.openFilesSoft = 256)).split('\n');
    const at = lines.findIndex((line) => line.includes('open files'));
    expect(lines[at]).toMatch(/^limited {2}open files +at most 256/);
    expect(lines[at + 1]).toMatch(/^ +each file that is open/);
    expect(lines[at + 2]).toMatch(/^ +do: ulimit -n/);
    expect(lines.slice(-3)).toEqual(['serving      possible', 'passthrough  mainline, proven', '']);
  });

  it('has the evidence of the trial where nothing is proven', () => {
    expect(text(() => undefined)).not.toContain('INIT: protocol');
    const shown = text((report) => (report.trial.proven = false));
    expect(shown).toContain('\nevidence of the trial\n  - INIT: protocol 7.45\n\nserving');
  });

  it('never lets names steer the terminal', () => {
    const shown = text((report) => (report.source.path = '/s\u001b[2J'));
    expect(shown).toContain('/s\\x1b[2J');
    expect(shown).not.toContain('\u001b');
  });
});

describe('what the probe prints', () => {
  it('is taken if it is a report of this version, and nothing else', () => {
    expect(readReport(JSON.stringify(healthyReport()))).toEqual(healthyReport());
    expect(() => readReport('')).toThrow('printed no report');
    expect(() => readReport('null')).toThrow('another version');
    expect(() => readReport(JSON.stringify({ ...healthyReport(), version: 2 }))).toThrow('another version');
  });
});
