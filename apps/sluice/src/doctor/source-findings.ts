/** The lower directory: its file system, what that one lies on, and what it lets a volume do. */
import type { ProbeAttempt, ProbeReport } from '@sluice/session';
import { errnoWord, finding } from './finding.ts';
import type { Finding } from './finding.ts';

/** f_type of statfs(2): linux/magic.h, and the file systems' own headers. */
const MAGIC_NAMES: Readonly<Record<string, string>> = {
  '0xef53': 'ext4',
  '0xf2f52010': 'f2fs',
  '0x1021994': 'tmpfs',
  '0x858458f6': 'ramfs',
  '0x58465342': 'xfs',
  '0x9123683e': 'btrfs',
  '0x794c7630': 'overlayfs',
  '0x65735546': 'fuse',
  '0xf15f': 'ecryptfs',
  '0x5dca2df5': 'sdcardfs',
  '0x4d44': 'vfat',
  '0x2011bab0': 'exfat',
  '0x7366746e': 'ntfs3',
  '0xe0f5e1e2': 'erofs',
  '0x73717368': 'squashfs',
  '0x6969': 'nfs',
  '0xff534d42': 'cifs',
  '0x1021997': '9p',
  '0x2fc12fc1': 'zfs',
  '0x6a656a63': 'virtiofs',
};

export function sourceFindings({ source, fuse }: ProbeReport): Finding[] {
  return [
    fileSystem(source),
    stack(source),
    attempted(source.nameless, 'nameless-files', 'O_TMPFILE', {
      works: 'the trial runs on a file of this very file system',
      fails: 'the trial runs on a file in memory, and proves nothing of this file system',
    }),
    handles(source),
    birthTime(source),
    foldedNames(source),
    acl(source),
    otherMounts(fuse),
  ];
}

type Source = ProbeReport['source'];

function fileSystem({ path, fileSystem: { type, magic, readOnly } }: Source): Finding {
  const name = MAGIC_NAMES[magic] ?? 'a type without a name here';
  const seen = `${path ?? 'the directory in question'}: ${type}, ${magic} by statfs (${name})`;
  const [id, subject] = ['file-system', 'lower file system'];
  if (!readOnly) return finding(id, subject, 'ok', { seen, follows: 'files are made and written there' });
  return finding(id, subject, 'limited', {
    seen: `${seen}, mounted read-only`,
    follows: 'whatever would change it fails with EROFS',
    remedy: 'mount it for writing if apps are to write',
  });
}

function stack({ stack: { layers, depth } }: Source): Finding {
  const [id, subject] = ['stack', 'stacking'];
  const seen = `${layers.join(' on ') || 'unknown'}: depth ${depth ?? 'not known'}, by type and options of the mounts`;
  if (depth === 0)
    return finding(id, subject, 'ok', { seen, follows: 'every dialect passes files of it through' });
  if (depth === null)
    return finding(id, subject, 'limited', {
      seen,
      follows: 'FUSE with passthrough counts as a layer, and layers out of sight too: the trial decides',
      remedy: 'choose a source on the disk itself where the trial was refused with ELOOP, EEXIST or EINVAL',
    });
  return finding(id, subject, depth === 1 ? 'limited' : 'missing', {
    seen,
    follows:
      depth === 1
        ? 'mainline refuses it with ELOOP: all data goes through the daemon; Android’s kernels take one layer'
        : 'no kernel passes files of it through (ELOOP, EINVAL or EEXIST): all data goes through the daemon',
    remedy: 'choose a source on the file system that lies lowest',
  });
}

function attempted(
  { ok, errno }: ProbeAttempt,
  id: string,
  subject: string,
  { works, fails }: { works: string; fails: string },
): Finding {
  if (ok) return finding(id, subject, 'ok', { seen: 'works', follows: works });
  return finding(id, subject, 'limited', { seen: `refused: ${errnoWord({ errno })}`, follows: fails });
}

function handles({ nameToHandle, openByHandle }: Source): Finding {
  const [id, subject] = ['file-handles', 'file handles'];
  const byName =
    'files are reopened by name: they cost more, and one that is replaced below is not told apart';
  if (!nameToHandle.ok || openByHandle === null)
    return finding(id, subject, 'limited', {
      seen: `name_to_handle_at: ${errnoWord(nameToHandle)}`,
      follows: byName,
      remedy: 'choose a source on ext4, f2fs, xfs, btrfs or tmpfs',
    });
  if (!openByHandle.ok)
    return finding(id, subject, 'limited', {
      seen: `name_to_handle_at works, open_by_handle_at: ${errnoWord(openByHandle)}`,
      follows: byName,
      remedy: 'start with CAP_DAC_READ_SEARCH in the first user namespace',
    });
  return finding(id, subject, 'ok', {
    seen: 'name_to_handle_at and open_by_handle_at work',
    follows: 'files are reopened by handle, and no descriptor is held for a file that is not open',
  });
}

function birthTime({ birthTime: isKept }: Source): Finding {
  const [id, subject] = ['birth-time', 'birth time'];
  if (isKept)
    return finding(id, subject, 'ok', {
      seen: 'kept',
      follows: 'a file number that is used again is noticed',
    });
  return finding(id, subject, 'limited', {
    seen: 'not kept',
    follows: 'a file number that is used again is noticed by its handle alone',
  });
}

function foldedNames({ foldsNames }: Source): Finding {
  return finding('folded-names', 'case of names', 'ok', {
    seen: foldsNames ? 'ignored' : 'matters',
    follows: foldsNames
      ? 'policies compare names as this file system does'
      : 'names that differ in case alone are two names, for policies as well',
  });
}

function acl({ acl: isKept }: Source): Finding {
  if (isKept)
    return finding('acl', 'POSIX ACLs', 'ok', {
      seen: 'kept',
      follows: 'they are checked unless --no-acl is given',
    });
  return finding('acl', 'POSIX ACLs', 'limited', {
    seen: 'not kept',
    follows: 'modes alone decide on access',
  });
}

function otherMounts({ mounts }: ProbeReport['fuse']): Finding {
  const words = mounts.map(({ type, count }) => `${count} ${type}`).join(', ');
  return finding('fuse-mounts', 'FUSE mounts', 'ok', {
    seen: words === '' ? 'none' : words,
    follows: 'a source on one of them passes through only as its stacking allows',
  });
}
