/** The repository's root: both src/ and dist/ lie three folders below it. */
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
