/**
 * Configuration of Fabric's programs, complete in itself: no sample configuration is needed, and nothing is overridden by the
 * environment. Understood by Fabric 2.5 and 3.1.
 *
 * @module
 */
import { join } from 'node:path';
import { organizationCrypto, ordererCrypto, orderingCrypto } from './crypto-paths.ts';
import {
  nodeFolder,
  ORDERER_DOMAIN,
  ORDERER_MSP_ID,
  type Layout,
  type OrdererNode,
  type OrganizationNodes,
  type Plan,
} from './network.ts';
import { LOOPBACK } from './ports.ts';

const BCCSP = { Default: 'SW', SW: { Hash: 'SHA2', Security: 256, FileKeyStore: { KeyStore: null } } };
const SANS = [LOOPBACK, 'localhost'];

/** Name of the profile in `configtx.yaml`. */
export const CONFIGTX_PROFILE = 'Devnet';

/** `crypto-config.yaml` of cryptogen. */
export function cryptoConfig(plan: Plan): unknown {
  return {
    OrdererOrgs: [
      {
        Name: 'Orderer',
        Domain: ORDERER_DOMAIN,
        EnableNodeOUs: true,
        Specs: plan.orderers.map(({ role }) => ({ Hostname: role, SANS })),
      },
    ],
    PeerOrgs: plan.organizations.map(({ name, domain, peer, chaincode }) => ({
      Name: name,
      Domain: domain,
      EnableNodeOUs: true,
      Specs: [
        { Hostname: peer, SANS },
        { Hostname: chaincode, SANS },
      ],
      Users: { Count: 1 },
    })),
  };
}

const signature = (rule: string): unknown => ({ Type: 'Signature', Rule: rule });
const implicit = (rule: string): unknown => ({ Type: 'ImplicitMeta', Rule: rule });
const CHANNEL_POLICIES = {
  Readers: implicit('ANY Readers'),
  Writers: implicit('ANY Writers'),
  Admins: implicit('MAJORITY Admins'),
};

/** `configtx.yaml`: anchor peers stand in the genesis block, so that peers find each other without an update. */
export function configtx(layout: Layout, plan: Plan): unknown {
  return {
    Profiles: {
      [CONFIGTX_PROFILE]: {
        Policies: CHANNEL_POLICIES,
        // V2_0 so that the programs of 2.5 LTS can be used as well as those of 3.1.
        Capabilities: { V2_0: true },
        Orderer: {
          OrdererType: 'etcdraft',
          BatchTimeout: '2s',
          // One message a block: with one writer who waits for each commit, waiting for more is nothing but delay.
          BatchSize: { MaxMessageCount: 1, AbsoluteMaxBytes: '10 MB', PreferredMaxBytes: '2 MB' },
          EtcdRaft: {
            Consenters: plan.orderers.map((orderer) => {
              const { certificate } = ordererCrypto(layout, orderer).tls;
              return { Host: LOOPBACK, Port: orderer.port, ClientTLSCert: certificate, ServerTLSCert: certificate };
            }),
            Options: {
              TickInterval: '100ms',
              ElectionTick: 10,
              HeartbeatTick: 1,
              MaxInflightBlocks: 5,
              SnapshotIntervalSize: '16 MB',
            },
          },
          Policies: { ...CHANNEL_POLICIES, BlockValidation: implicit('ANY Writers') },
          Capabilities: { V2_0: true },
          Organizations: [orderingOrganization(layout, plan)],
        },
        Application: {
          Policies: {
            ...CHANNEL_POLICIES,
            LifecycleEndorsement: implicit('MAJORITY Endorsement'),
            Endorsement: implicit('MAJORITY Endorsement'),
          },
          Capabilities: { V2_5: true },
          Organizations: plan.organizations.map((organization) => applicationOrganization(layout, organization)),
        },
      },
    },
  };
}

function orderingOrganization(layout: Layout, plan: Plan): unknown {
  return {
    Name: 'OrdererOrg',
    ID: ORDERER_MSP_ID,
    MSPDir: orderingCrypto(layout).msp,
    Policies: {
      Readers: signature(`OR('${ORDERER_MSP_ID}.member')`),
      Writers: signature(`OR('${ORDERER_MSP_ID}.member')`),
      Admins: signature(`OR('${ORDERER_MSP_ID}.admin')`),
    },
    OrdererEndpoints: plan.orderers.map(({ port }) => `${LOOPBACK}:${port}`),
  };
}

function applicationOrganization(layout: Layout, organization: OrganizationNodes): unknown {
  const { mspId } = organization;
  return {
    Name: mspId,
    ID: mspId,
    MSPDir: organizationCrypto(layout, organization).msp,
    Policies: {
      Readers: signature(`OR('${mspId}.admin','${mspId}.peer','${mspId}.client')`),
      Writers: signature(`OR('${mspId}.admin','${mspId}.client')`),
      Admins: signature(`OR('${mspId}.admin')`),
      Endorsement: signature(`OR('${mspId}.peer')`),
    },
    AnchorPeers: [{ Host: LOOPBACK, Port: organization.peerPort }],
  };
}

/** `orderer.yaml` of one ordering node. */
export function ordererYaml(layout: Layout, orderer: OrdererNode): unknown {
  const { msp, tls } = ordererCrypto(layout, orderer);
  const data = join(nodeFolder(layout, orderer.role), 'data');
  const serverTls = { Enabled: true, PrivateKey: tls.key, Certificate: tls.certificate };
  return {
    General: {
      ListenAddress: LOOPBACK,
      ListenPort: orderer.port,
      TLS: { ...serverTls, RootCAs: [tls.ca], ClientAuthRequired: false },
      Cluster: { ClientCertificate: tls.certificate, ClientPrivateKey: tls.key, RootCAs: [tls.ca] },
      Keepalive: { ServerMinInterval: '60s', ServerInterval: '7200s', ServerTimeout: '20s' },
      BootstrapMethod: 'none',
      LocalMSPDir: msp,
      LocalMSPID: ORDERER_MSP_ID,
      BCCSP,
      Authentication: { TimeWindow: '15m' },
    },
    FileLedger: { Location: data },
    Operations: { ListenAddress: `${LOOPBACK}:${orderer.operationsPort}`, TLS: { Enabled: false } },
    Metrics: { Provider: 'disabled' },
    Admin: {
      ListenAddress: `${LOOPBACK}:${orderer.adminPort}`,
      TLS: { ...serverTls, ClientAuthRequired: true, ClientRootCAs: [tls.ca] },
    },
    // Without a size every request to join a channel is too large.
    ChannelParticipation: { Enabled: true, MaxRequestBodySize: '1 MB' },
    Consensus: { WALDir: join(data, 'etcdraft', 'wal'), SnapDir: join(data, 'etcdraft', 'snap') },
  };
}

/** `core.yaml` of one peer; its commands (`peer channel join`) read it as well. */
export function coreYaml(layout: Layout, organization: OrganizationNodes): unknown {
  const { peer: role, domain, mspId, peerPort } = organization;
  const { msp, tls } = organizationCrypto(layout, organization).peer;
  const folder = nodeFolder(layout, role);
  const data = join(folder, 'data');
  const address = `${LOOPBACK}:${peerPort}`;
  const chaincodeAddress = `${LOOPBACK}:${organization.peerChaincodePort}`;
  return {
    peer: {
      id: `${role}.${domain}`,
      networkId: 'devnet',
      listenAddress: address,
      address,
      chaincodeListenAddress: chaincodeAddress,
      chaincodeAddress,
      gateway: { enabled: true, endorsementTimeout: '30s', broadcastTimeout: '30s', dialTimeout: '2m' },
      gossip: gossip(address),
      tls: {
        enabled: true,
        clientAuthRequired: false,
        cert: { file: tls.certificate },
        key: { file: tls.key },
        rootcert: { file: tls.ca },
      },
      authentication: { timewindow: '15m' },
      fileSystemPath: data,
      BCCSP,
      mspConfigPath: msp,
      localMspId: mspId,
      localMspType: 'bccsp',
      client: { connTimeout: '3s' },
      deliveryclient: {
        blockGossipEnabled: false,
        // Default 1h: after a minute without an orderer a peer would wait another minute before it asks again.
        reConnectBackoffThreshold: '1s',
        minimalReconnectInterval: '100ms',
        connTimeout: '3s',
        policy: 'simple',
      },
      handlers: {
        authFilters: [{ name: 'DefaultAuth' }, { name: 'ExpirationCheck' }],
        decorators: [{ name: 'DefaultDecorator' }],
        endorsers: { escc: { name: 'DefaultEndorsement', library: null } },
        validators: { vscc: { name: 'DefaultValidation', library: null } },
      },
      discovery: { enabled: true, authCacheEnabled: true, authCacheMaxSize: 1000, authCachePurgeRetentionRatio: 0.75 },
      limits: { concurrency: { endorserService: 2500, deliverService: 2500, gatewayService: 500 } },
    },
    // Empty: there is no Docker.
    vm: { endpoint: '' },
    chaincode: {
      externalBuilders: [{ name: 'vericlin_ccaas', path: join(folder, 'builder') }],
      installTimeout: '60s',
      startuptimeout: '60s',
      executetimeout: '30s',
      mode: 'net',
      keepalive: 0,
      system: { _lifecycle: 'enable', cscc: 'enable', lscc: 'enable', qscc: 'enable' },
      logging: { level: 'info', shim: 'warning' },
    },
    ledger: {
      state: { stateDatabase: 'goleveldb', totalQueryLimit: 100_000 },
      history: { enableHistoryDatabase: true },
      pvtdataStore: { deprioritizedDataReconcilerInterval: '60m', purgeInterval: 100, purgedKeyAuditLogging: true },
      snapshots: { rootDir: join(data, 'snapshots') },
    },
    operations: { listenAddress: `${LOOPBACK}:${organization.operationsPort}`, tls: { enabled: false } },
    metrics: { provider: 'disabled' },
  };
}

/** With the defaults of these intervals two new peers take 29 s to find each other. */
function gossip(address: string): unknown {
  return {
    bootstrap: address,
    endpoint: address,
    externalEndpoint: address,
    useLeaderElection: false,
    orgLeader: true,
    // The first dial often meets a peer that does not know the channel yet, and then the other's certificate is refused. A dial
    // goes on until its time is up.
    dialTimeout: '500ms',
    reconnectInterval: '250ms',
    aliveTimeInterval: '1s',
    publishStateInfoInterval: '500ms',
    requestStateInfoInterval: '500ms',
    state: { enabled: false },
    pvtData: {
      pullRetryThreshold: '60s',
      transientstoreMaxBlockRetention: 20_000,
      pushAckTimeout: '3s',
      btlPullMargin: 10,
      reconcileBatchSize: 10,
      reconcileSleepInterval: '1m',
      reconciliationEnabled: true,
      implicitCollectionDisseminationPolicy: { requiredPeerCount: 0, maxPeerCount: 1 },
    },
  };
}
