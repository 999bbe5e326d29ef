import { constants } from 'node:os';

/** The -errno that an error of Node's file calls stands for; -EIO for any other. */
export function errnoOf(error: unknown): number {
  const { code } = error as NodeJS.ErrnoException;
  const number = (constants.errno as Readonly<Record<string, number>>)[code ?? ''];
  return -(number ?? constants.errno.EIO);
}
