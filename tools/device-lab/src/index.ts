export { LabFailure } from './failure.ts';
export { openLab } from './lab.ts';
export type { KernelName, Lab } from './lab.ts';
export { bootMachine } from './machine.ts';
export type { CommandOptions, Machine, MachineOptions } from './machine.ts';
