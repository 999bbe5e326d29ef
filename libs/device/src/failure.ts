/** What can go wrong with a device, in kinds that callers and scripts may tell apart. */
export type FailureKind =
  | 'no-adb'
  | 'no-device'
  | 'no-such-device'
  | 'several-devices'
  | 'unauthorised'
  | 'offline'
  | 'connection-lost'
  | 'timed-out'
  | 'interrupted'
  | 'no-root'
  | 'wrong-abi'
  | 'no-space'
  | 'missing-tool'
  | 'bad-bundle'
  | 'bad-device-state'
  | 'not-deployed'
  | 'not-running'
  | 'not-healthy'
  | 'not-exposed'
  | 'command-failed'
  | 'leftovers';

/**
 * What a failed command left behind. `as-before`: nothing that is in force has changed. `as-after`: what was asked for is
 * in force. `unknown`: the connection was lost while something changed; the next command finds out and repairs.
 */
export type DeviceState = 'as-before' | 'as-after' | 'unknown';

export const STATE_WORDS: Readonly<Record<DeviceState, string>> = {
  'as-before': 'the device is as before',
  'as-after': 'the device is as it should be after this command',
  unknown: 'the device is finishing or undoing the change by itself',
};

export interface FailureDetails {
  /** Default: `as-before`. */
  state?: DeviceState;
  /** What to do, as a clause: `plug it in again`. */
  advice?: string;
}

export class DeviceFailure extends Error {
  override readonly name = 'DeviceFailure';
  readonly kind: FailureKind;
  readonly state: DeviceState;
  readonly advice: string;

  constructor(kind: FailureKind, message: string, { state = 'as-before', advice = '' }: FailureDetails = {}) {
    super(message);
    this.kind = kind;
    this.state = state;
    this.advice = advice;
  }

  /** All there is to say: what happened, in what state the device is, what to do. */
  get told(): string {
    return [this.message, STATE_WORDS[this.state], this.advice].filter(Boolean).join('; ');
  }

  /** The same failure, told of another state: what a step found says nothing of the steps before it. */
  leaving(state: DeviceState, advice = this.advice): DeviceFailure {
    return new DeviceFailure(this.kind, this.message, { state, advice });
  }
}

/** Runs `step`; whatever goes wrong in it left the device in `state`. */
export async function leaving<T>(state: DeviceState, step: () => Promise<T>, advice?: string): Promise<T> {
  try {
    return await step();
  } catch (error) {
    if (error instanceof DeviceFailure) throw error.leaving(state, advice ?? error.advice);
    throw error;
  }
}
