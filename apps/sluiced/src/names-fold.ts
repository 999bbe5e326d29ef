/** Whether names that differ in case alone are one name on a volume's lower tree. */
import { namesFold } from '@sluice/storage';
import { O, sys } from '@sluice/sys';

/** `source`: the directory. False where it cannot be looked at: the start of the volume will say why. */
export function sourceFoldsNames(source: string): boolean {
  const fd = sys.openPath(source, O.RDONLY | O.DIRECTORY | O.CLOEXEC, 0);
  if (fd < 0) return false;
  try {
    return namesFold(fd);
  } finally {
    sys.close(fd);
  }
}
