/** One recording of a trace, from its header to its summary, within the limits that were asked for. */
import type { TraceEvent, TraceHeader, TracePart, TraceRequest, TraceSummary } from '@sluice/control';
import { TraceNames } from './trace-names.ts';
import type { VolumeTraces } from './volume-trace.ts';

/** Of one message: far below the limit of 4 MiB, whatever the paths are. */
const EVENTS_AT_ONCE = 256;
const LOOK_EVERY_MS = 250;

export async function* recordTrace(
  traces: VolumeTraces,
  request: TraceRequest,
  header: TraceHeader,
  signal: AbortSignal,
): AsyncGenerator<TracePart> {
  const { maxEvents, maxBytes, seconds, hashNames, keepExtensions, clearNames } = request;
  const names = hashNames ? new TraceNames(clearNames, keepExtensions) : undefined;
  const trace = await traces.start();
  let events = 0;
  let bytes = 0;
  let endedBy: TraceSummary['endedBy'] | undefined;
  try {
    yield { kind: 'header', header };
    const deadline = Date.now() + seconds * 1000;
    while (endedBy === undefined && !signal.aborted) {
      const left = deadline - Date.now();
      const isLate = left <= 0;
      // The last of them come when the ring has been emptied.
      if (isLate) await traces.stop(trace);
      const got = await trace.next(Math.min(left, LOOK_EVERY_MS), signal);
      if (got === undefined) endedBy = isLate ? 'seconds' : 'volume';
      for (let from = 0; from < (got?.length ?? 0) && endedBy === undefined; from += EVENTS_AT_ONCE) {
        const batch: TraceEvent[] = [];
        for (const each of got?.slice(from, from + EVENTS_AT_ONCE) ?? []) {
          const event =
            names !== undefined && 'path' in each ? { ...each, path: names.hashed(each.path) } : each;
          bytes += Buffer.byteLength(JSON.stringify(event)) + 1;
          if (bytes > maxBytes) endedBy = 'bytes';
          else if (events >= maxEvents) endedBy = 'events';
          if (endedBy !== undefined) break;
          batch.push(event);
          events++;
        }
        if (events === maxEvents) endedBy ??= 'events';
        if (batch.length > 0) yield { kind: 'events', events: batch };
      }
    }
    // A volume that went away has nothing more to tell.
    await traces.stop(trace).catch(() => undefined);
    if (endedBy !== undefined)
      yield { kind: 'summary', summary: { events, dropped: trace.dropped, endedBy } };
  } finally {
    // Also where whoever asked has gone away in the middle.
    await traces.stop(trace).catch(() => undefined);
  }
}
