import { describe, expect, it } from 'vitest';
import type { PolicyImage } from '@sluice/policy';
import { CallerClasses } from './caller-classes.ts';
import { seeded } from './tables.fixture.ts';

/** An image with a class for each remainder of uid + gid, which counts how often it is asked. */
function image(classes: number): PolicyImage & { asked: number } {
  const fake = {
    classes,
    asked: 0,
    callerClass: (uid: number, gid: number) => {
      fake.asked++;
      return (uid + gid) % classes;
    },
  };
  return fake as unknown as PolicyImage & { asked: number };
}

describe('the class of a caller', () => {
  it('is asked of the image once for a caller that comes again', () => {
    const [classes, policy] = [new CallerClasses(), image(7)];
    expect([1, 1, 1].map(() => classes.of(policy, 10_000, 10_003))).toEqual([4, 4, 4]);
    expect(policy.asked).toBe(1);
  });

  it('is the image’s, whoever came before', () => {
    const [classes, policy, random] = [new CallerClasses(), image(7), seeded(3)];
    for (let i = 0; i < 20_000; i++) {
      const [uid, gid] = [random(300), random(3)];
      expect(classes.of(policy, uid, gid)).toBe((uid + gid) % 7);
    }
  });

  it('is not carried over to another policy', () => {
    const classes = new CallerClasses();
    expect(classes.of(image(7), 8, 0)).toBe(1);
    expect(classes.of(image(5), 8, 0)).toBe(3);
    expect(classes.of(image(1), 8, 0)).toBe(0);
  });
});
