/** The supervisor is idle nearly always and resident always: its engine is told to prefer small code. Import this first. */
import { setFlagsFromString } from 'node:v8';

setFlagsFromString('--optimize-for-size');
