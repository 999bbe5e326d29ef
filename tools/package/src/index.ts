export { CPUS, cpuNamed } from './cpus.ts';
export type { Cpu } from './cpus.ts';
export { MANIFEST_FILE, listFiles, runtimeId, versionId } from './manifest.ts';
export type { Manifest, ManifestFile } from './manifest.ts';
