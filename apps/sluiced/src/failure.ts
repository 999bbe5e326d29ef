/** Why the daemon will not start, in one sentence with its remedy, and the exit code: 1 it failed, 2 it was asked wrongly. */
export class StartFailure extends Error {
  readonly exitCode: 1 | 2;
  constructor(exitCode: 1 | 2, message: string) {
    super(message);
    this.name = 'StartFailure';
    this.exitCode = exitCode;
  }
}
