import { grpc, sluice } from './generated/messages.js';

/**
 * Every method of the API: its path on the wire and the codecs of its two messages. Server and client both read this
 * table, so that neither can speak of a method that the other spells differently.
 */
export interface Method<Request, Response> {
  /** `/package.Service/Method`, the `:path` of the HTTP/2 request. */
  readonly path: string;
  encodeRequest(message: Request): Buffer;
  decodeRequest(bytes: Uint8Array): Request;
  encodeResponse(message: Response): Buffer;
  decodeResponse(bytes: Uint8Array): Response;
}

interface Codec<Message> {
  encode(message: Message): { finish(): Uint8Array };
  decode(bytes: Uint8Array): NoInfer<Message>;
}

function method<Request, Response>(
  path: string,
  request: Codec<Request>,
  response: Codec<Response>,
): Method<Request, Response> {
  return {
    path,
    encodeRequest: (message) => Buffer.from(request.encode(message).finish()),
    decodeRequest: (bytes) => request.decode(bytes),
    encodeResponse: (message) => Buffer.from(response.encode(message).finish()),
    decodeResponse: (bytes) => response.decode(bytes),
  };
}

const v1 = sluice.v1;
const health = grpc.health.v1;

export const METHODS = {
  getStatus: method('/sluice.v1.DaemonService/GetStatus', v1.GetStatusRequest, v1.GetStatusResponse),
  listVolumes: method('/sluice.v1.VolumeService/ListVolumes', v1.ListVolumesRequest, v1.ListVolumesResponse),
  addVolume: method('/sluice.v1.VolumeService/AddVolume', v1.AddVolumeRequest, v1.AddVolumeResponse),
  removeVolume: method(
    '/sluice.v1.VolumeService/RemoveVolume',
    v1.RemoveVolumeRequest,
    v1.RemoveVolumeResponse,
  ),
  getPolicy: method('/sluice.v1.PolicyService/GetPolicy', v1.GetPolicyRequest, v1.GetPolicyResponse),
  validatePolicy: method(
    '/sluice.v1.PolicyService/ValidatePolicy',
    v1.ValidatePolicyRequest,
    v1.ValidatePolicyResponse,
  ),
  applyPolicy: method('/sluice.v1.PolicyService/ApplyPolicy', v1.ApplyPolicyRequest, v1.ApplyPolicyResponse),
  listPolicyVersions: method(
    '/sluice.v1.PolicyService/ListPolicyVersions',
    v1.ListPolicyVersionsRequest,
    v1.ListPolicyVersionsResponse,
  ),
  diffPolicies: method(
    '/sluice.v1.PolicyService/DiffPolicies',
    v1.DiffPoliciesRequest,
    v1.DiffPoliciesResponse,
  ),
  rollbackPolicy: method(
    '/sluice.v1.PolicyService/RollbackPolicy',
    v1.RollbackPolicyRequest,
    v1.RollbackPolicyResponse,
  ),
  watchPolicy: method('/sluice.v1.PolicyService/WatchPolicy', v1.WatchPolicyRequest, v1.WatchPolicyResponse),
  recordTrace: method('/sluice.v1.TraceService/RecordTrace', v1.RecordTraceRequest, v1.RecordTraceResponse),
  explain: method('/sluice.v1.PolicyService/Explain', v1.ExplainRequest, v1.ExplainResponse),
  getStats: method('/sluice.v1.StatsService/GetStats', v1.GetStatsRequest, v1.GetStatsResponse),
  checkHealth: method('/grpc.health.v1.Health/Check', health.HealthCheckRequest, health.HealthCheckResponse),
} as const;
