/** The version of this program, as its package says. */
import own from '../package.json' with { type: 'json' };

export const VERSION = own.version;
