import { bit } from './flag-set.ts';

/** `ACCESS_IN.mask`, as in access(2); 0 asks only whether the file exists. */
export const ACCESS_MASK = Object.freeze({ X_OK: bit(0), W_OK: bit(1), R_OK: bit(2) });
