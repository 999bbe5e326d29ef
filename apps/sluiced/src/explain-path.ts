/** An explanation put together: what the volume server says of the path now, and how the policy's text came to it. */
import { appIdOf, uidOf, userOf } from '@sluice/android';
import { ControlError } from '@sluice/control';
import type { ExplainRequest, Explanation } from '@sluice/control';
import { UNKNOWN_CALLER } from '@sluice/engine-fuse-native';
import { ACCESS, TYPE, explainDecision, parsePolicy } from '@sluice/policy';
import type { CompileContext } from '@sluice/policy';
import type { StoredVersion } from './policy-store.ts';
import { pathInVolume } from './volume-path.ts';
import type { VolumeProcess } from './volume-process.ts';

export async function explainPath(
  process: VolumeProcess,
  policy: StoredVersion,
  context: CompileContext,
  request: ExplainRequest,
): Promise<Explanation> {
  const { spec } = process;
  const path = pathInVolume(request.path, spec);
  const isCallerTold = spec.storage.engine === 'session';
  const uid = isCallerTold ? callerOf(request, context) : UNKNOWN_CALLER;
  const gid = isCallerTold ? (request.gid ?? uid) : UNKNOWN_CALLER;
  const asked = request.access.reduce((bits, access) => bits | ACCESS[access], 0);
  const type = request.type === undefined ? undefined : TYPE[request.type];
  const said = await process.explain({ path, asked, uid, gid, size: request.size, type });
  const question = { path, type: TYPE[said.type as keyof typeof TYPE], uid, gid, asked, size: said.size };
  const { policy: parsed } = parsePolicy(policy.text);
  const reading = parsed === undefined ? undefined : explainDecision(parsed, context, question);
  const timeoutMs = spec.timeoutSeconds * 1000;
  return {
    volume: spec.name,
    path,
    action: said.action,
    reason: said.reason,
    rule: said.rule,
    why: said.why,
    size: said.size,
    type: said.type,
    errno: said.errno,
    entryTimeoutMs: said.entryTimeoutMs < 0 ? timeoutMs : said.entryTimeoutMs,
    attributeTimeoutMs: said.attributeTimeoutMs < 0 ? timeoutMs : said.attributeTimeoutMs,
    readAhead: said.readAhead,
    keepCache: said.keepCache,
    outcome: said.outcome,
    outcomeReason: said.outcomeReason,
    policyVersion: policy.version,
    uid,
    gid,
    callerClass: said.callerClass,
    arithmetic: [...said.arithmetic],
    steps: (reading?.steps ?? []).map((step) => ({ ...step })),
    lost: (reading?.lost ?? []).map((rule) => ({ ...rule })),
  };
}

/** The uid that asks: the one given, or the package's, as which user the uid given says. */
function callerOf({ uid, package: name }: ExplainRequest, { packages }: CompileContext): number {
  if (name === undefined) return uid;
  if (packages === undefined) {
    throw new ControlError(
      'failed_precondition',
      'there is no list of packages: start sluiced with --packages',
    );
  }
  const [appId] = packages.get(name) ?? [];
  if (appId === undefined) throw new ControlError('not_found', `there is no package ${name}`);
  return uidOf(userOf(uid), appIdOf(appId));
}
