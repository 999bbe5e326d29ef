import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ControlError, type ControlErrorCode } from './backend.ts';
import { DaemonUnreachable } from './errors.ts';
import { controlFixture, PHOTOS, type ControlFixture } from './testing/control-fixture.ts';
import {
  BROKEN_POLICY,
  DISAPPOINTED_POLICY,
  FakeBackend,
  SUSPICIOUS_POLICY,
} from './testing/fake-backend.ts';

let fixture: ControlFixture;

beforeEach(async () => {
  fixture = await controlFixture();
});

afterEach(async () => {
  await fixture.close();
});

async function failureOf(call: Promise<unknown>): Promise<ControlError> {
  const error = await call.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(ControlError);
  return error as ControlError;
}

describe('a call of the client', () => {
  it('brings every answer across as the backend gave it', async () => {
    const { backend, client } = fixture;
    const direct = new FakeBackend();
    const explain = {
      volume: '',
      path: 'DCIM/a.mp4',
      access: ['write' as const],
      size: 2 ** 33,
      uid: 10_057,
    };
    const text = 'rules: []\n';

    expect(await client.addVolume(PHOTOS)).toEqual(await direct.addVolume(PHOTOS));
    expect(await client.status()).toEqual(await direct.status());
    expect(await client.listVolumes()).toEqual(await direct.listVolumes());
    expect(await client.getPolicy('photos')).toEqual(await direct.getPolicy('photos'));
    expect(await client.validatePolicy(BROKEN_POLICY, 'b.yaml')).toEqual(
      await direct.validatePolicy(BROKEN_POLICY, 'b.yaml'),
    );
    expect(await client.applyPolicy('', text, 'c.yaml')).toEqual(
      await direct.applyPolicy('', text, 'c.yaml'),
    );
    expect(await client.applyPolicy('', SUSPICIOUS_POLICY, 's')).toEqual(
      await direct.applyPolicy('', SUSPICIOUS_POLICY, 's'),
    );
    expect(await client.explain(explain)).toEqual(await direct.explain(explain));
    const everything = { ...explain, gid: 5, package: 'com.a', type: 'symlink' as const };
    expect(await client.explain(everything)).toEqual(await direct.explain(everything));
    expect(
      await client.validatePolicy(DISAPPOINTED_POLICY, 'd', { expectations: true, volume: 'v' }),
    ).toEqual(await direct.validatePolicy(DISAPPOINTED_POLICY, 'd', { expectations: true, volume: 'v' }));
    const options = { why: 'naïve', dryRun: true, expectedVersion: 3 };
    expect(await client.applyPolicy('', text, 'd.yaml', options)).toEqual(
      await direct.applyPolicy('', text, 'd.yaml', options),
    );
    expect(await client.rollbackPolicy('photos', 1, { why: 'b' })).toEqual(
      await direct.rollbackPolicy('photos', 1, { why: 'b' }),
    );
    expect(await client.listPolicyVersions('')).toEqual(await direct.listPolicyVersions(''));
    expect(await client.getPolicy('photos', 2)).toEqual(await direct.getPolicy('photos', 2));
    expect(await client.diffPolicies('', 1, 3)).toEqual(await direct.diffPolicies('', 1, 3));
    expect(await client.stats('')).toEqual(await direct.stats(''));
    expect(await client.removeVolume('photos', true)).toBe(await direct.removeVolume('photos', true));

    expect(backend.calls).toEqual(direct.calls);
  });

  it('keeps an explained size apart when it is absent and when it is zero', async () => {
    const { backend, client } = fixture;
    await client.addVolume(PHOTOS);
    const request = { volume: 'photos', path: 'a', access: ['read' as const], uid: 0 };
    expect((await client.explain(request)).size).toBe(4_000_000_000);
    expect((await client.explain({ ...request, size: 0 })).size).toBe(0);
    expect(backend.calls.at(-2)?.arguments).toEqual([request]);
  });

  it('fails with the code and message of the backend', async () => {
    const { backend, client } = fixture;
    const codes: ControlErrorCode[] = [
      'invalid_argument',
      'not_found',
      'already_exists',
      'failed_precondition',
      'aborted',
      'unavailable',
      'internal',
    ];
    for (const code of codes) {
      backend.nextFailure = new ControlError(code, `because of ${code}; naïve 日本`);
      const error = await failureOf(client.status());
      expect(error).toMatchObject({ code, message: `because of ${code}; naïve 日本` });
      expect(error).not.toBeInstanceOf(DaemonUnreachable);
    }
  });

  it('fails as internal, and is logged with its stack, when the backend breaks', async () => {
    const { backend, client, log } = fixture;
    backend.nextFailure = new TypeError('cannot read x');
    expect(await failureOf(client.listVolumes())).toMatchObject({
      code: 'internal',
      message: 'unexpected failure in /sluice.v1.VolumeService/ListVolumes: cannot read x',
    });
    expect(log.join()).toMatch(/error: .*ListVolumes.*TypeError: cannot read x\n\s+at /s);
  });

  it('fails as internal when the backend counts what no count can be', async () => {
    const { backend, client } = fixture;
    await client.addVolume(PHOTOS);
    backend.stats = async () => [{ ...(await new FakeBackend().stats('')), nodes: -1 } as never];
    expect((await failureOf(client.stats(''))).code).toBe('internal');
  });

  it('fails as internal when the answer makes no sense to this client', async () => {
    const { backend, client } = fixture;
    const volume = await backend.addVolume(PHOTOS);
    backend.listVolumes = async () => [{ ...volume, state: 'hibernating' as never }];
    expect(await failureOf(client.listVolumes())).toMatchObject({
      code: 'internal',
      message: expect.stringMatching(/ListVolumes cannot be read: state: 0 is not a state this client knows/),
    });
  });

  it('fails when the daemon takes longer than the deadline', async () => {
    const slow = new FakeBackend();
    slow.listVolumes = () => new Promise(() => undefined);
    const other = await controlFixture({ backend: slow, deadlineMs: 100 });
    const error = await failureOf(other.client.listVolumes());
    expect(error).toBeInstanceOf(DaemonUnreachable);
    expect(error).toMatchObject({ code: 'unavailable', message: expect.stringContaining('in time') });
    await other.close();
  });
});

describe('a refused policy', () => {
  it('arrives with the place of each problem', async () => {
    const { client } = fixture;
    await client.addVolume(PHOTOS);
    const error = await failureOf(client.applyPolicy('photos', BROKEN_POLICY, 'broken.yaml'));
    expect(error).toMatchObject({ code: 'invalid_argument', message: 'the policy broken.yaml is broken' });
    expect(error.diagnostics).toEqual([
      {
        severity: 'error',
        file: 'broken.yaml',
        line: 2,
        column: 13,
        message: 'unknown action pasthrough; did you mean passthrough?',
      },
    ]);
    expect((await client.getPolicy('photos')).version).toBe(1);
  });

  it('arrives with the first problems and the number of the others when there are too many for a trailer', async () => {
    const { backend, client } = fixture;
    const many = Array.from({ length: 5000 }, (_, index) => ({
      severity: 'error' as const,
      file: 'long.yaml',
      line: index + 1,
      column: 1,
      message: `rule ${index} has an unknown action`,
    }));
    backend.nextFailure = new ControlError('invalid_argument', 'x'.repeat(5000), many);
    const error = await failureOf(client.applyPolicy('photos', '', 'long.yaml'));
    const arrived = error.diagnostics.length;
    expect(arrived).toBeGreaterThan(20);
    expect(error.diagnostics).toEqual(many.slice(0, arrived));
    expect(error.message).toBe(`${'x'.repeat(499)}… (${5000 - arrived} further diagnostics left out)`);
  });
});
