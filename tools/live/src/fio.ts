/** Whether fio is there, which writes and verifies in every data mode. */
import { execFileSync } from 'node:child_process';

export function hasFio(): boolean {
  try {
    execFileSync('fio', ['--version']);
    return true;
  } catch {
    return false;
  }
}
