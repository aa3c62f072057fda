/** gRPC connections to the gateways of a profile. @module */
import { X509Certificate, createHash } from 'node:crypto';
import { type CallOptions, type ChannelOptions, Client, credentials, type ChannelCredentials } from '@grpc/grpc-js';
import { connect, type Gateway } from '@hyperledger/fabric-gateway';
import type { Signing } from './identity.ts';
import type { FabricGateway, FabricTimeouts } from './profile.ts';

/**
 * - Messages of any size: an endorsement carries its 0.5 MB argument back, and a block may hold several.
 * - A peer that restarts is called again within a second; the caller has its own back-off.
 * - Pings well above the 60 s that a peer tolerates (core.yaml, peer.keepalive.minInterval): more often ends the connection.
 * - Sub-channels of its own, so that closing a connection closes it, whoever else talks to the same peer.
 */
const CHANNEL_OPTIONS: ChannelOptions = {
  'grpc.max_receive_message_length': -1,
  'grpc.max_send_message_length': -1,
  'grpc.initial_reconnect_backoff_ms': 100,
  'grpc.max_reconnect_backoff_ms': 1000,
  'grpc.keepalive_time_ms': 120_000,
  'grpc.keepalive_timeout_ms': 10_000,
  'grpc.keepalive_permit_without_calls': 1,
  'grpc.use_local_subchannel_pool': 1,
};

/** One gateway and the connection to it, which is made by the first call. */
export interface GatewayConnection {
  readonly mspId: string;
  readonly gateway: () => Gateway;
  /** Drops the connection; the next call makes a new one. */
  readonly reset: () => void;
  readonly close: () => void;
}

function transportCredentials({ tlsCa, client }: FabricGateway): ChannelCredentials {
  if (client === undefined) return credentials.createSsl(Buffer.from(tlsCa));
  const key = Buffer.from(client.key.export({ format: 'pem', type: 'pkcs8' }));
  return credentials.createSsl(Buffer.from(tlsCa), key, Buffer.from(client.certificate));
}

function newClient(gateway: FabricGateway): Client {
  const name = gateway.serverName;
  const options = name === undefined ? CHANNEL_OPTIONS : { ...CHANNEL_OPTIONS, 'grpc.ssl_target_name_override': name };
  return new Client(gateway.endpoint, transportCredentials(gateway), options);
}

function within(milliseconds: number): () => CallOptions {
  return () => ({ deadline: Date.now() + milliseconds });
}

/** Every call has a deadline: without one, a transaction that the orderer lost is waited for without end. */
export function openConnection(gateway: FabricGateway, signing: Signing, timeouts: FabricTimeouts): GatewayConnection {
  let open: { readonly client: Client; readonly gateway: Gateway } | undefined;
  let isClosed = false;

  function openNow(): Gateway {
    if (isClosed) throw new Error('the connection is closed');
    if (open !== undefined) return open.gateway;
    const client = newClient(gateway);
    const { client: tls } = gateway;
    open = {
      client,
      gateway: connect({
        client,
        ...signing.connectOptions,
        ...(tls === undefined
          ? {}
          : {
              tlsClientCertificateHash: createHash('sha256').update(new X509Certificate(tls.certificate).raw).digest(),
            }),
        evaluateOptions: within(timeouts.evaluateMs),
        endorseOptions: within(timeouts.endorseMs),
        submitOptions: within(timeouts.submitMs),
        commitStatusOptions: within(timeouts.commitMs),
      }),
    };
    return open.gateway;
  }

  function reset(): void {
    open?.gateway.close();
    open?.client.close();
    open = undefined;
  }

  return {
    mspId: gateway.mspId,
    gateway: openNow,
    reset,
    close: () => {
      isClosed = true;
      reset();
    },
  };
}
