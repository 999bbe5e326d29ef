/** How open-sequences.py chooses a mode: by the uid of who opens. */
export const POLICY_BY_CALLER = `version: 1
default: direct
rules:
  - { match: { caller: { uid: 10001 } }, action: passthrough }
  - { match: { caller: { uid: 10002 } }, action: cached }
`;
