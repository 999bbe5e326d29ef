export {
  ACCESS,
  ACTION,
  decisionAction,
  decisionReason,
  decisionRule,
  REASON,
  type AccessName,
  type ActionName,
  type PolicyAction,
  type ReasonName,
} from './actions.ts';
export { compilePolicy, loadPolicy } from './compile.ts';
export type { Diagnostic } from './diagnostics.ts';
export { PolicyImage } from './image.ts';
export { setCheapRegistrations } from './image-writer.ts';
export { interpret } from './interpret.ts';
export { parsePolicy } from './language.ts';
export { LIMITS } from './limits.ts';
export type { Policy, PolicyGlob, PolicyRule } from './policy.ts';
export { PRESETS } from './presets.ts';
