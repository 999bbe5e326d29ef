/**
 * The document of `sluice probe`: what one device can do, made to be collected over many. Shape and JSON Schema
 * (docs/schema/probe-v1.schema.json) come from this one description; a change that readers of version 1 would stumble over
 * calls for a version 2.
 *
 * It names no host, no user, no mount point and no file: only the source's path, where it was given. This module is for
 * types and tests: programs import its types alone, so that none of them carries the schema library.
 */
import { z } from 'zod';
import { DIALECT_NAMES } from '../dialects/choose.ts';
import type { DialectName } from '../dialects/dialect.ts';
import { DIALECT_LIMIT } from '../dialects/limits.ts';
import type { DialectLimit } from '../dialects/limits.ts';
import { BACKING_REASONS } from './backing-report.ts';
import { DATA_CHECKS, TRIAL_REASONS } from './trial-report.ts';

const count = z.int().min(0);
const text = z.string().max(1024);
const word = z
  .string()
  .regex(/^0x[0-9a-f]{1,8}$/)
  .describe('32 bits, hexadecimal');
const errno = z
  .string()
  .regex(/^(E[A-Z0-9]+|errno \d+)$/)
  .nullable()
  .describe('The error, such as EPERM; null where there was none');
const microseconds = z.number().min(0);

const attempt = z
  .strictObject({ ok: z.boolean(), errno })
  .describe('A call that was made, and what came back');

const flags = z.strictObject({
  flags: word,
  flags2: word,
  names: z.array(z.string().max(64)).max(64).describe('Of the bits; one without a name as a number'),
});

const kernel = z.strictObject({
  release: text.describe('uname -r'),
  build: text.describe('uname -v'),
  architecture: z.enum(['x64', 'arm64']),
});

const fuse = z.strictObject({
  device: attempt.describe('Opening /dev/fuse for reading and writing'),
  connectionsVisible: z
    .boolean()
    .describe('/sys/fs/fuse/connections is mounted: a connection can be ended there'),
  fuseBpf: z.boolean().describe('/sys/fs/fuse/features/fuse_bpf is there'),
  fusermount3: z.boolean().describe('The program is in the path'),
  mounts: z
    .array(z.strictObject({ type: text, count }))
    .max(256)
    .describe('FUSE mounts in the namespace of the probe, by type'),
});

const init = z
  .strictObject({
    offeredMinor: count.describe("Of the kernel's protocol, which is 7.N"),
    minor: count.describe("In use: the lower of the kernel's and ours; 0 if the kernel's is too old"),
    offered: flags,
    taken: flags.describe('By the trial, which takes no locks, no ACLs and no idmapping'),
  })
  .nullable()
  .describe('null: the kernel never asked');

export const CHECK_REASONS = [
  'served-by-daemon',
  'wrong-bytes',
  'mount-refused',
  'refused',
  'unexpected',
  'registration-failed',
  'registration-refused-permission',
  'registration-refused-invalid',
  'registration-refused-bad-file',
  'registration-refused-unsupported',
  'registration-refused-stacked',
  'registration-refused-directory',
  'registration-refused-unknown',
  'registration-refused-resources',
] as const;

const check = z.strictObject({
  name: z.enum(['mount', 'open', ...DATA_CHECKS]),
  result: z
    .enum(['passed', 'limited', 'failed', 'not-tried'])
    .describe('limited: not as the best kernels of the dialect do it, and lived with'),
  reason: z.enum(CHECK_REASONS).nullable().describe('null where it passed or was not tried'),
  errno,
  requests: count.describe('READ and WRITE requests that reached the daemon meanwhile'),
  detail: text,
});

const trial = z.strictObject({
  requested: z.boolean(),
  negotiated: z.boolean(),
  proven: z.boolean(),
  reason: z.enum(TRIAL_REASONS).nullable().describe('Why nothing is proven; null where it is'),
  dialect: z.enum(DIALECT_NAMES as [DialectName, ...DialectName[]]),
  limits: z.array(z.enum(Object.keys(DIALECT_LIMIT) as [DialectLimit, ...DialectLimit[]])),
  lowerFile: z.enum(['source', 'memory', 'none']).describe('Where the lower file of the trial was made'),
  checks: z.array(check).max(16),
  cost: z
    .strictObject({
      registrationMicroseconds: microseconds,
      requestMicroseconds: microseconds,
      passthroughMicrosecondsPerMiB: microseconds,
      daemonMicrosecondsPerMiB: microseconds,
    })
    .nullable()
    .describe('Medians'),
  evidence: z.array(text).max(64).describe('Sentences for people'),
  backingDirectory: z
    .strictObject({
      proven: z.boolean(),
      reason: z.enum(BACKING_REASONS).nullable().describe('Why it is not proven; null where it is'),
      evidence: z.array(text).max(64).describe('Sentences for people'),
    })
    .nullable()
    .describe('The trial of a directory that fuse_bpf hands to the kernel; null: not tried'),
});

/** In the order of their numbers (linux/capability.h): those that the daemon makes use of. */
export const CAPABILITIES = [
  'CHOWN',
  'DAC_OVERRIDE',
  'DAC_READ_SEARCH',
  'FOWNER',
  'FSETID',
  'SETGID',
  'SETUID',
  'SETPCAP',
  'SYS_ADMIN',
  'MKNOD',
  'LEASE',
] as const;

const privileges = z.strictObject({
  root: z.boolean(),
  initialUserNamespace: z.boolean(),
  capabilities: z.strictObject(
    Object.fromEntries(CAPABILITIES.map((name) => [name, z.boolean()])) as Record<
      (typeof CAPABILITIES)[number],
      z.ZodBoolean
    >,
  ),
  sysAdminInBoundingSet: z.boolean().describe('Whether a program such as fusermount3 can have CAP_SYS_ADMIN'),
  noNewPrivileges: z.boolean(),
  seccomp: z.enum(['none', 'strict', 'filter', 'unknown']),
});

const source = z.strictObject({
  path: z.string().max(4096).nullable().describe('null unless it was given'),
  fileSystem: z.strictObject({
    type: text.describe('As mountinfo names it'),
    magic: word.describe('f_type of statfs(2)'),
    readOnly: z.boolean(),
  }),
  stack: z.strictObject({
    layers: z
      .array(text)
      .max(16)
      .describe('Types, the source’s own first, down to one that lies on no other'),
    depth: count.nullable().describe('As the kernel counts it: 0 for a disk; null where it cannot be told'),
  }),
  nameless: attempt.describe('O_TMPFILE'),
  nameToHandle: attempt,
  openByHandle: attempt.nullable().describe('null: there was no handle'),
  birthTime: z.boolean(),
  foldsNames: z.boolean().describe('Names that differ in case alone are one name'),
  acl: z.boolean().describe('It keeps POSIX ACLs'),
});

const limits = z.strictObject({
  openFilesSoft: count.nullable().describe('null: none'),
  openFilesHard: count.nullable(),
});

const selinux = z.strictObject({
  mode: z.enum(['absent', 'permissive', 'enforcing', 'unknown']),
  domain: z.string().max(256).nullable(),
});

export const probeReport = z.strictObject({
  report: z.literal('sluice-probe'),
  version: z.literal(1),
  program: z.strictObject({ name: z.literal('sluiced'), version: text }),
  madeAt: z.iso.datetime(),
  durationMilliseconds: z.number().min(0),
  kernel,
  fuse,
  init,
  trial,
  privileges,
  source,
  limits,
  selinux,
});

export type ProbeReport = z.infer<typeof probeReport>;
export type ProbeCheck = z.infer<typeof check>;
export type ProbeAttempt = z.infer<typeof attempt>;

/** The text of docs/schema/probe-v1.schema.json. */
export function probeSchemaFile(): string {
  const title = 'Sluice probe report, version 1';
  const description =
    'What a device can do: its kernel, passthrough as tried, privileges, the lower file system.';
  const { $schema, ...rest } = z.toJSONSchema(probeReport, { target: 'draft-2020-12' });
  return `${JSON.stringify({ $schema, title, description, ...rest }, null, 2)}\n`;
}
