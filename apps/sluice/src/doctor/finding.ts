/** A line of the doctor: one thing that was looked at. */
export interface Finding {
  /** Stable, for scripts. */
  id: string;
  /** For people. */
  subject: string;
  /** `ok`; `limited`: volumes are served, with something less; `missing`: it cannot be, and something does not work. */
  verdict: 'ok' | 'limited' | 'missing';
  seen: string;
  follows: string;
  /** What to do; empty where nothing is. */
  remedy: string;
}

export type FindingText = Pick<Finding, 'seen' | 'follows'> & { remedy?: string };

/** A place in the list: what it is called, and how it was judged. */
export function finding(
  id: string,
  subject: string,
  verdict: Finding['verdict'],
  { seen, follows, remedy = '' }: FindingText,
): Finding {
  return { id, subject, verdict, seen, follows, remedy };
}

/** `EPERM` or, where a call failed without telling why, `refused`. */
export function errnoWord({ errno }: { errno: string | null }): string {
  return errno ?? 'refused';
}
