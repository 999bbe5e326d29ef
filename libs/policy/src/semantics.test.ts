import { describe, expect, it } from 'vitest';
import { ACCESS, decisionAction, decisionRule, MAY, TYPE, ACTION_NAMES } from './actions.ts';
import { compilePolicy, type CompileContext } from './compile.ts';
import { asking, decided, walk } from './fixture.ts';
import { PolicyImage } from './image.ts';
import { interpret, type Question } from './interpret.ts';
import { parsePolicy } from './language.ts';

interface Asked {
  readonly image: PolicyImage;
  /** `action` or `action N`, N being the deciding rule; the interpreter has to say the same. */
  readonly ask: (path: string, asked: number, more?: Partial<Question>) => string;
}

function policy(
  rules: readonly string[],
  context: CompileContext = { foldNames: false },
  before = '',
): Asked {
  const text = `version: 1\ndefault: cached\n${before}rules:\n${rules.map((rule) => `  - { ${rule} }\n`).join('')}`;
  const { policy: parsed, diagnostics } = parsePolicy(text);
  if (!parsed) throw new Error(diagnostics.map(({ message }) => message).join('\n'));
  const { image: bytes } = compilePolicy(parsed, context);
  if (!bytes) throw new Error('does not compile');
  const image = new PolicyImage(bytes.buffer as ArrayBuffer, 0);
  const ask = (path: string, asked: number, more: Partial<Question> = {}): string => {
    const question = asking(path, asked, 0, more);
    const decision = decided(image, question);
    expect(decision, `${path}: as interpreted`).toBe(interpret(parsed, context, question));
    const rule = decisionRule(decision);
    return `${ACTION_NAMES[decisionAction(decision) - 1] ?? ''}${rule > 0 ? ` ${String(rule)}` : ''}`;
  };
  return { image, ask };
}

const { read, write, create, mmap } = ACCESS;
const NAME = 0;

describe('hiding', () => {
  const { ask, image } = policy([
    `match: { path: a/shown }, action: direct`,
    `match: { path: a, access: read }, action: passthrough`,
    `match: { path: a, caller: { uid: 10000-19999 } }, action: hide`,
    `match: { path: '**' }, action: auto`,
  ]);
  const app = { uid: 10_005 };

  it('holds whatever is asked, also where an earlier rule asks about access', () => {
    for (const asked of [NAME, read, write, create, mmap, read | write])
      expect(ask('a', asked, app)).toBe('hide 3');
  });

  it('holds beneath, but for what an earlier rule says', () => {
    expect(ask('a/b/c', NAME, app)).toBe('hide 3');
    expect(ask('a/shown', read, app)).toBe('direct 1');
    expect(ask('a/shown/x', read, app)).toBe('hide 3');
    expect(ask('ab', NAME, app)).toBe('auto 4');
  });

  it('is for those whom the rule names', () => {
    expect(ask('a', read)).toBe('passthrough 2');
    expect(ask('a', NAME)).toBe('auto 4');
    expect(ask('a', NAME, { uid: 20_000 })).toBe('auto 4');
  });

  it('is told of by may and mayBeneath, and by guards', () => {
    expect(image.guards && image.shapesNames).toBe(true);
    expect(image.may(walk(image, 'a'), TYPE.file)).toBe(MAY.hide);
    expect(image.may(walk(image, 'a/shown'), TYPE.file)).toBe(0);
    expect(image.mayBeneath(image.rootState)).toBe(MAY.hide);
    expect(image.mayBeneath(walk(image, 'a/b'))).toBe(MAY.hide);
    expect(image.mayBeneath(walk(image, 'z'))).toBe(0);
  });

  it('never takes the volume root away', () => {
    const all = policy([`match: { path: '**' }, action: hide`]);
    expect(all.ask('', NAME)).toBe('cached');
    expect(all.ask('x', NAME)).toBe('hide 1');
    expect(all.image.may(all.image.rootState, TYPE.directory)).toBe(0);
  });
});

describe('denying', () => {
  const { ask, image } = policy([
    `match: { path: a, access: [write, create] }, action: deny(EROFS)`,
    `match: { path: b }, action: deny`,
    `match: { type: symlink }, action: deny(ENOSPC)`,
  ]);

  it('with a condition leaves the name alone', () => {
    expect(ask('a/x', NAME)).toBe('cached');
    expect(ask('a/x', read)).toBe('cached');
    expect(ask('a/x', read | write)).toBe('deny 1');
  });

  it('without one says so of the name, too, and beneath', () => {
    expect(ask('b/c', NAME)).toBe('deny 2');
  });

  it('answers with the error the rule names', () => {
    const errno = (path: string, asked: number, type: number): number =>
      image.ruleErrno(image.decide(walk(image, path), 0, type, asked, 0));
    expect(errno('a', write, TYPE.file)).toBe(30);
    expect(errno('b', read, TYPE.file)).toBe(13);
    expect(errno('c', read, TYPE.symlink)).toBe(28);
    expect(errno('c', read, TYPE.file)).toBe(0);
  });
});

describe('redacting', () => {
  it('is for files, and holds whatever is asked', () => {
    const { ask, image } = policy([
      `match: { path: 'DCIM/**', size: { min: 1 } }, action: passthrough`,
      `match: { path: 'DCIM/**', extension: [jpg] }, action: redact`,
    ]);
    expect(ask('DCIM/a.JPG', read, { size: 5 })).toBe('redact 2');
    expect(ask('DCIM/a.jpg', NAME)).toBe('redact 2');
    expect(ask('DCIM/a.jpg', NAME, { type: TYPE.directory })).toBe('cached');
    expect(ask('DCIM/a.png', read, { size: 5 })).toBe('passthrough 1');
    expect(image.may(walk(image, 'DCIM/a.jpg'), TYPE.directory)).toBe(0);
    expect(image.may(walk(image, 'DCIM/a.png'), TYPE.file)).toBe(0);
    expect(image.mayBeneath(walk(image, 'DCIM'))).toBe(MAY.redact);
  });
});

describe('trees', () => {
  it('hold beneath', () => {
    const { ask, image } = policy([`match: { path: Android/data }, action: tree`]);
    expect(ask('Android/data', NAME, { type: TYPE.directory })).toBe('tree 1');
    expect(ask('Android/data/com.a/x', read)).toBe('tree 1');
    expect(ask('Android', NAME)).toBe('cached');
    expect(image.guards).toBe(false);
  });
});

describe('extensions', () => {
  const { ask } = policy([`match: { extension: [jpg, 'é'] }, action: direct`]);

  it('are what stands after the last dot, in any case of ASCII', () => {
    for (const name of ['a.jpg', 'x/a.b.JPG', '..jpg', '.a.jPg'])
      expect(ask(name, read), name).toBe('direct 1');
    for (const name of ['jpg', '.jpg', 'a.jpg.', 'a.jpgx', 'a.jp', 'a.', 'a.jpg/b'])
      expect(ask(name, read), name).toBe('cached');
  });

  it('beyond ASCII have a case, unless names have none', () => {
    expect([ask('a.é', read), ask('a.É', read)]).toEqual(['direct 1', 'cached']);
    const folding = policy([`match: { extension: ['É'] }, action: direct`], { foldNames: true });
    expect([folding.ask('a.e\u0301', read), folding.ask('a.É. ', read)]).toEqual(['direct 1', 'direct 1']);
  });
});

describe('callers', () => {
  const packages = new Map([['com.a', [10_050]]]);
  const { ask, image } = policy(
    [
      `match: { caller: { package: com.a, user: [0, 10] } }, action: direct`,
      `match: { caller: { uid: [1000, 10000-19999], gid: 1015 } }, action: passthrough`,
      `match: { caller: { uid: $few } }, action: auto`,
    ],
    { foldNames: false, packages },
    'sets: { uids: { few: [0, 2000] } }\n',
  );

  it('are asked for all that a rule names', () => {
    expect(ask('x', read, { uid: 10_050, gid: 10_050 })).toBe('direct 1');
    expect(ask('x', read, { uid: 1_010_050, gid: 1 })).toBe('direct 1');
    expect(ask('x', read, { uid: 1_110_050, gid: 1 })).toBe('cached');
    expect(ask('x', read, { uid: 10_051, gid: 1015 })).toBe('passthrough 2');
    expect(ask('x', read, { uid: 10_051, gid: 1016 })).toBe('cached');
    expect(ask('x', read, { uid: 2000, gid: 1015 })).toBe('auto 3');
    expect(ask('x', read, { uid: 4_294_967_295, gid: 4_294_967_295 })).toBe('cached');
  });

  it('are few classes, each with a caller who belongs to it', () => {
    expect(image.classes).toBe(5);
    for (let one = 0; one < image.classes; one++)
      expect(image.callerClass(image.classUid(one), image.classGid(one))).toBe(one);
    expect(policy([`match: { path: a }, action: direct`]).image.classes).toBe(1);
  });
});

describe('app ids', () => {
  const packages = new Map([['com.a', [10_050, 10_060]]]);
  const { ask, image } = policy(
    [
      `match: { caller: { app: 10040-10055, package: com.a } }, action: direct`,
      `match: { caller: { app: [10000-19999, 5], user: 10 } }, action: passthrough`,
      `match: { caller: { app: $few } }, action: auto`,
    ],
    { foldNames: false, packages },
    'sets: { uids: { few: [0, 99999] } }\n',
  );

  it('are those of every user, and hold beside what else is named', () => {
    for (const user of [0, 10, 42_948])
      expect(ask('x', read, { uid: user * 100_000 + 10_050 })).toBe('direct 1');
    expect(ask('x', read, { uid: 10_051 })).toBe('cached');
    expect(ask('x', read, { uid: 10_060 })).toBe('cached');
    expect(ask('x', read, { uid: 1_010_060 })).toBe('passthrough 2');
    expect(ask('x', read, { uid: 1_000_005 })).toBe('passthrough 2');
    expect(ask('x', read, { uid: 1_020_000 })).toBe('cached');
    for (const uid of [0, 99_999, 100_000, 1_099_999, 4_294_900_000])
      expect(ask('x', read, { uid })).toBe('auto 3');
    expect(ask('x', read, { uid: 4_294_967_294 })).toBe('cached');
  });

  it('make classes of callers', () => {
    expect(image.classes).toBe(5);
    for (let one = 0; one < image.classes; one++)
      expect(image.callerClass(image.classUid(one), image.classGid(one))).toBe(one);
  });
});

describe('what rules may say to a class of callers', () => {
  it('is told by mayConcern, wherever the rules apply', () => {
    const { image } = policy([
      `match: { path: a, caller: { app: 10000-19999 } }, action: hide`,
      `match: { path: b, access: write, caller: { uid: 2000 } }, action: deny(EROFS)`,
      `match: { extension: jpg, caller: { app: [10057, 5] } }, action: redact`,
      `match: { path: c, caller: { uid: 7 } }, action: direct`,
    ]);
    const concern = (uid: number): number => image.mayConcern(image.callerClass(uid, uid));
    expect(concern(0)).toBe(0);
    expect(concern(7)).toBe(0);
    expect(concern(2000)).toBe(MAY.deny);
    expect(concern(102_000)).toBe(0);
    expect(concern(1_010_000)).toBe(MAY.hide);
    expect(concern(10_057)).toBe(MAY.hide | MAY.redact);
    expect(concern(100_005)).toBe(MAY.redact);
  });

  it('is told of everybody by rules that ask for nobody', () => {
    const { image } = policy([
      `match: { path: a }, action: tree`,
      `match: { path: b, access: write }, action: deny`,
      `match: { path: c, caller: { uid: 1 } }, action: hide`,
    ]);
    expect(image.mayConcern(image.callerClass(0, 0))).toBe(MAY.tree | MAY.deny);
    expect(image.mayConcern(image.callerClass(1, 0))).toBe(MAY.tree | MAY.deny | MAY.hide);
  });
});

describe('places', () => {
  const { image } = policy([
    `match: { path: 'DCIM/**', extension: jpg }, action: direct`,
    `match: { path: 'Music/*' }, action: auto`,
  ]);
  const same = (one: string, other: string): boolean => image.samePath(walk(image, one), walk(image, other));

  it('are the same where everything beneath is decided alike, whatever the extension', () => {
    expect(same('DCIM/a.jpg', 'DCIM/b.png')).toBe(true);
    expect(walk(image, 'DCIM/a.jpg')).not.toBe(walk(image, 'DCIM/b.png'));
    expect(same('DCIM/x', 'DCIM/x/y')).toBe(true);
    expect(same('x', 'y/z')).toBe(true);
  });

  it('are others where something beneath is not', () => {
    expect(same('DCIM', 'Music')).toBe(false);
    expect(same('', 'DCIM')).toBe(false);
    expect(same('Music', 'Music/x')).toBe(false);
  });
});

describe('options', () => {
  const { image } = policy(
    [
      `match: { path: a }, action: cached, options: { entry-timeout: 0s, read-ahead: 512KiB, keep-cache: false }`,
      `match: { path: b }, action: cached`,
    ],
    { foldNames: false },
    'defaults: { attribute-timeout: 1m, entry-timeout: 10s, read-ahead: 4KiB }\n',
  );
  const all = (reader: PolicyImage, path: string): (number | boolean)[] => {
    const decision = reader.decide(walk(reader, path), 0, 0, read, 0);
    return [
      reader.entryTimeoutMs(decision),
      reader.attributeTimeoutMs(decision),
      reader.readAhead(decision),
      reader.keepCache(decision),
    ];
  };

  it('are the rule’s, or else the defaults', () => {
    expect(all(image, 'a')).toEqual([0, 60_000, 524_288, false]);
    expect(all(image, 'b')).toEqual([10_000, 60_000, 4096, true]);
    expect(all(image, 'c')).toEqual([10_000, 60_000, 4096, true]);
    expect(image.shapesNames && !image.guards).toBe(true);
  });

  it('are not given where nobody gives them', () => {
    const bare = policy([`match: { path: a }, action: cached`]).image;
    expect(all(bare, 'a')).toEqual([-1, -1, 0, true]);
    expect(bare.shapesNames || bare.guards).toBe(false);
  });
});

describe('names without case', () => {
  const folding = { foldNames: true };

  it('are compared in one form, literal and with wildcards', () => {
    const { ask } = policy(
      [`match: { path: ['Straße/**', '*.Ｊpg', 'IMG_[A-C]*', 'end.'] }, action: direct`],
      folding,
    );
    for (const path of ['STRASSE', 'strasse/x', 'straSSe. /y', 'x.ｊPG', 'img_c1', 'IMG_b', 'END'])
      expect(ask(path, read), path).toBe('direct 1');
    for (const path of ['strase', 'img_d', 'en']) expect(ask(path, read), path).toBe('cached');
  });

  it('follow the policy’s own word before the volume’s', () => {
    const rules = [`match: { path: A }, action: direct`];
    expect(policy(rules, { foldNames: true }, 'case: sensitive\n').ask('a', read)).toBe('cached');
    expect(policy(rules, { foldNames: false }, 'case: insensitive\n').ask('a', read)).toBe('direct 1');
    expect(policy(rules, { foldNames: true }, 'case: volume\n').ask('a', read)).toBe('direct 1');
  });
});
