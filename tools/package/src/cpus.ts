/** The CPUs that a bundle is made for, and what each is called where. */

/** As Node and npm name it; file names of ours use it, too. */
export type Cpu = 'arm64' | 'x64';

export interface CpuFacts {
  /** In the name of the archive. */
  archiveName: string;
  debianArchitecture: string;
  /** Of the folder of libraries, and of the programs that handle foreign ones. */
  gnuTriplet: string;
  /** glibc's loader (`ld.so(8)`). */
  loader: string;
  /** As the ELF header has it (elf.h: EM_AARCH64, EM_X86_64). */
  elfMachine: number;
}

export const CPUS: Readonly<Record<Cpu, CpuFacts>> = {
  arm64: {
    archiveName: 'arm64',
    debianArchitecture: 'arm64',
    gnuTriplet: 'aarch64-linux-gnu',
    loader: 'ld-linux-aarch64.so.1',
    elfMachine: 183,
  },
  x64: {
    archiveName: 'x86-64',
    debianArchitecture: 'amd64',
    gnuTriplet: 'x86_64-linux-gnu',
    loader: 'ld-linux-x86-64.so.2',
    elfMachine: 62,
  },
};

/** By either name; undefined for any other. */
export function cpuNamed(name: string): Cpu | undefined {
  return (Object.keys(CPUS) as Cpu[]).find((cpu) => cpu === name || CPUS[cpu].archiveName === name);
}
