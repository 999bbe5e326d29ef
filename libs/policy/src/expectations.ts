/** The assertions a policy text carries about itself. */
import { ACTION, ACTION_NAMES, decisionAction, decisionRule } from './actions.ts';
import { compilePolicy, type CompileContext } from './compile.ts';
import { quote } from './diagnostics.ts';
import { USER_UIDS } from './id-ranges.ts';
import { PolicyImage } from './image.ts';
import { componentsOf } from './matching.ts';
import type { Expectation, Policy } from './policy.ts';

export interface ExpectationFailure {
  /** 1-based, in the policy's text. */
  readonly line: number;
  readonly column: number;
  readonly message: string;
}

export interface ExpectationReport {
  readonly passed: number;
  readonly failed: readonly ExpectationFailure[];
}

/** Asks the compiled policy what its `expect` list says, and reports what it answers otherwise. */
export function testExpectations(policy: Policy, context: CompileContext): ExpectationReport {
  if (policy.expect.length === 0) return { passed: 0, failed: [] };
  const { image, diagnostics } = compilePolicy(policy, context);
  if (!image) {
    const error = diagnostics.find(({ severity }) => severity === 'error');
    const { line, column, message } = error ?? { line: 1, column: 1, message: 'the policy does not compile' };
    return { passed: 0, failed: [{ line, column, message }] };
  }
  const reader = new PolicyImage(image.buffer as ArrayBuffer, image.byteOffset);
  const failed: ExpectationFailure[] = [];
  for (const expectation of policy.expect) {
    const message = fault(policy, reader, context, expectation);
    if (message !== undefined) failed.push({ line: expectation.line, column: expectation.column, message });
  }
  return { passed: policy.expect.length - failed.length, failed };
}

function fault(
  policy: Policy,
  reader: PolicyImage,
  { packages }: CompileContext,
  expected: Expectation,
): string | undefined {
  const app = expected.package === undefined ? undefined : packages?.get(expected.package)?.[0];
  if (expected.package !== undefined && app === undefined && expected.uid === undefined) {
    const why = packages ? 'is not installed' : 'is not known here';
    return `the package ${quote(expected.package)} ${why}; name a uid, or leave the expectation out`;
  }
  const uid = expected.uid ?? app ?? 0;
  const gid = expected.gid ?? uid;
  if (app !== undefined && uid % USER_UIDS !== app % USER_UIDS)
    return `the uid ${String(uid)} is not of the package ${quote(expected.package ?? '')}, whose app id is ${String(app % USER_UIDS)}`;
  let state = reader.rootState;
  for (const name of componentsOf(expected.path)) state = reader.step(state, name, 0, name.length);
  const decision = reader.decide(
    state,
    reader.callerClass(uid, gid),
    expected.type,
    expected.access,
    expected.size,
  );
  const action = decisionAction(decision);
  const id = policy.rules[decisionRule(decision) - 1]?.id ?? 'default';
  const errno = reader.ruleErrno(decision);
  const sameErrno = expected.errno === undefined || expected.errno === errno;
  const sameRule = expected.rule === undefined || expected.rule === id;
  if (action === ACTION[expected.action] && sameErrno && sameRule) return undefined;
  const answer = `${ACTION_NAMES[action - 1] ?? ''}${action === ACTION.deny ? ` with errno ${String(errno)}` : ''}`;
  const wanted = `${expected.action}${expected.errno === undefined ? '' : ` with errno ${String(expected.errno)}`}`;
  const byRule = expected.rule === undefined ? '' : ` by ${quote(expected.rule)}`;
  const reason = expected.why === undefined ? '' : ` (${expected.why})`;
  return `${quote(expected.path)}: expected ${wanted}${byRule}, but ${quote(id)} decides ${answer}${reason}`;
}
