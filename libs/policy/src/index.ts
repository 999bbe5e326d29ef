export {
  ACCESS,
  ACTION,
  decisionAction,
  decisionReason,
  decisionRule,
  MAY,
  packDecision,
  REASON,
  TYPE,
  type AccessName,
  type ActionName,
  type DataAction,
  type ReasonName,
  type TypeName,
} from './actions.ts';
export { AUTO_LARGE_BYTES, explainAuto, resolveAuto, type AutoCosts, type AutoQuestion } from './auto.ts';
export { compilePolicy, loadPolicy, type CompileContext } from './compile.ts';
export type { Diagnostic } from './diagnostics.ts';
export { decodePolicy } from './document.ts';
export { DENY_ERRNO } from './errors.ts';
export { testExpectations, type ExpectationFailure, type ExpectationReport } from './expectations.ts';
export { explainDecision, type DecisionExplanation, type DecisionStep, type LostRule } from './explain.ts';
export { PolicyImage } from './image.ts';
export { interpret, type Question } from './interpret.ts';
export { parsePolicy } from './language.ts';
export { LIMITS } from './limits.ts';
export type { Expectation, PathSet, Policy, PolicyGlob, PolicyOptions, PolicyRule } from './policy.ts';
export { PRESETS, type PresetName } from './presets.ts';
export { treeDirectories } from './trees.ts';
