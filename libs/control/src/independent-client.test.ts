import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { controlFixture, PHOTOS, type ControlFixture } from './testing/control-fixture.ts';
import { BROKEN_POLICY } from './testing/fake-backend.ts';

/** `buf curl` shares no code with this package: it reads proto/ itself and has its own HTTP/2 and gRPC. */
const home = join(dirname(fileURLToPath(import.meta.url)), '..');
const buf = join(dirname(createRequire(import.meta.url).resolve('@bufbuild/buf/package.json')), 'bin', 'buf');

let fixture: ControlFixture;

beforeAll(async () => {
  fixture = await controlFixture();
  await fixture.client.addVolume(PHOTOS);
});

afterAll(async () => {
  await fixture.close();
});

async function runBuf(...given: string[]): Promise<{ stdout: string; stderr: string; code: number }> {
  const env = { ...process.env, BUF_CACHE_DIR: join(fixture.directory, 'buf-cache') };
  try {
    return { ...(await promisify(execFile)(process.execPath, [buf, ...given], { cwd: home, env })), code: 0 };
  } catch (error) {
    return error as { stdout: string; stderr: string; code: number };
  }
}

function curl(method: string, request: object) {
  const transport = ['--protocol', 'grpc', '--http2-prior-knowledge', '--unix-socket', fixture.socketPath];
  const data = ['--schema', '.', '--data', JSON.stringify(request)];
  return runBuf('curl', ...transport, ...data, `http://localhost/${method}`);
}

describe('the schema', () => {
  it('keeps the rules that buf lint calls standard', async () => {
    expect(await runBuf('lint')).toMatchObject({ code: 0, stdout: '' });
  });
});

describe('a client of another make', () => {
  it('reads the status', async () => {
    const { stdout } = await curl('sluice.v1.DaemonService/GetStatus', {});
    expect(JSON.parse(stdout)).toMatchObject({
      version: '0.1.0',
      startedAtMs: '1700000000123',
      volumes: [{ name: 'photos', state: 'VOLUME_STATE_SERVING', passthrough: { dialect: 'mainline' } }],
    });
  });

  it('sends fields that arrive', async () => {
    const request = { path: 'DCIM/a.mp4', access: 'ACCESS_WRITE', size: '0', uid: 10_057 };
    const { stdout } = await curl('sluice.v1.PolicyService/Explain', request);
    expect(JSON.parse(stdout)).toMatchObject({ volume: 'photos', path: 'DCIM/a.mp4', action: 'cached' });
    expect(fixture.backend.calls.at(-1)).toEqual({
      method: 'explain',
      arguments: [{ volume: '', path: 'DCIM/a.mp4', access: ['write'], size: 0, uid: 10_057 }],
    });
  });

  it('reads why a policy was refused from the details of the error', async () => {
    const request = { text: BROKEN_POLICY, fileName: 'broken.yaml' };
    const { code, stderr } = await curl('sluice.v1.PolicyService/ApplyPolicy', request);
    expect(code).not.toBe(0);
    const { details, ...error } = JSON.parse(stderr) as { details: { type: string; value: string }[] };
    expect(error).toMatchObject({ code: 'invalid_argument', message: 'the policy broken.yaml is broken' });
    expect(details).toMatchObject([{ type: 'sluice.v1.PolicyRejected' }]);

    const file = join(fixture.directory, 'detail.binpb');
    writeFileSync(file, Buffer.from(details[0]?.value ?? '', 'base64'));
    const type = ['--type', 'sluice.v1.PolicyRejected'];
    const { stdout } = await runBuf('convert', '.', ...type, '--from', file, '--to', '-#format=json');
    expect(JSON.parse(stdout)).toMatchObject({
      diagnostics: [{ severity: 'SEVERITY_ERROR', file: 'broken.yaml', line: 2, column: 13 }],
    });
  });

  it('asks after the health of the daemon and of a service', async () => {
    const method = 'grpc.health.v1.Health/Check';
    expect(JSON.parse((await curl(method, {})).stdout)).toEqual({ status: 'SERVING' });
    const known = await curl(method, { service: 'sluice.v1.VolumeService' });
    expect(JSON.parse(known.stdout)).toEqual({ status: 'SERVING' });
    expect((await curl(method, { service: 'sluice.v1.Other' })).stderr).toContain('not_found');
  });
});
