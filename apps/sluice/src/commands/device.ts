import type { Command } from 'commander';
import type { Start } from '../context.ts';
import { addDeviceBench } from './device-bench.ts';
import { addDeviceBoot } from './device-boot.ts';
import { addBridge } from './device-bridge.ts';
import { addDeviceCollect } from './device-collect.ts';
import { addDeviceDeploy } from './device-deploy.ts';
import { addDeviceDoctor } from './device-doctor.ts';
import { addDeviceExpose } from './device-expose.ts';
import { addDeviceList } from './device-list.ts';
import { addDeviceLogs } from './device-logs.ts';
import { addMeasure } from './device-measure.ts';
import { addDeviceRemove } from './device-remove.ts';
import { addDeviceRollback } from './device-rollback.ts';
import { addDeviceShell } from './device-shell.ts';
import { addDeviceStart, addDeviceStop } from './device-start-stop.ts';
import { addDeviceStatus } from './device-status.ts';

/** Commands about Android devices that adb reaches, and those that they call on the device. */
export function addDevice(program: Command, start: Start): void {
  const device = program
    .command('device')
    .description('deploy to Android devices through adb, and look after them');
  for (const add of [
    addDeviceList,
    addDeviceDoctor,
    addDeviceDeploy,
    addDeviceRollback,
    addDeviceStart,
    addDeviceStop,
    addDeviceStatus,
    addDeviceLogs,
    addDeviceShell,
    addDeviceBoot,
    addDeviceExpose,
    addDeviceBench,
    addDeviceCollect,
    addDeviceRemove,
  ])
    add(device, start);
  addBridge(program, start);
  addMeasure(program, start);
}
