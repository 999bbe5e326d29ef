/** What stops the lab and is no bug of it: something cannot be had, or a machine did not do what it must. */
export class LabFailure extends Error {
  override readonly name = 'LabFailure';
}

export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
