/** What tests of anchoring ask of a composed service and of the chain it is anchored on. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { expect } from 'vitest';
import { startServer } from '../../api/server.ts';
import type { ChainHead } from '../../ledger/anchor/chain.ts';
import type { AnchorStatus } from '../../ledger/anchor/status.ts';
import type { Receipt } from '../../ledger/types.ts';
import { createFabricTrust } from '../../ledger/verify/fabric/index.ts';
import { createVerifier, type Verifier } from '../../ledger/verify/index.ts';
import { nodePrimitives } from '../../ledger/verify/node-primitives.ts';
import type { Service } from '../../runtime/compose.ts';
import { openFabricChain, type FabricChain } from '../../runtime/fabric-chain.ts';
import { envelope, principal, type Composed } from './composed.ts';
import type { TestDevnet } from './devnet.ts';
import { SERVER_OPTIONS } from './served.ts';

const integrator = principal('integrator');
/** How long a test waits for the chain. */
export const PATIENCE_MS = 60_000;
export const MAX_EVIDENCE_BYTES = 6_144;

export const anchorStatus = ({ service }: Composed): AnchorStatus => service.ledger.status().anchor;

export async function fill({ service }: Composed, count: number): Promise<void> {
  await service.ledger.append(
    Array.from({ length: count }, () => envelope()),
    integrator,
  );
}

/** Posts an event and waits until it is anchored; answers its receipt as it is read then. */
export async function postAnchored(composed: Composed): Promise<Receipt> {
  const { ledger } = composed.service;
  const { receipt } = await ledger.appendOne(envelope(), integrator);
  expect(await ledger.anchoring!.reached(receipt.index, PATIENCE_MS)).toBe(true);
  return receiptOf(composed, receipt.id);
}

export async function receiptOf({ service }: Composed, id: string): Promise<Receipt> {
  const event = await service.ledger.read.findEvent(id);
  return service.ledger.read.receipt(event!);
}

/** Until the whole log is anchored. */
export async function untilAnchored(composed: Composed): Promise<void> {
  const { ledger } = composed.service;
  expect(await ledger.anchoring!.reached(ledger.status().size - 1, PATIENCE_MS)).toBe(true);
}

export async function untilState(composed: Composed, state: AnchorStatus['state']): Promise<AnchorStatus> {
  await expect.poll(() => anchorStatus(composed).state, { timeout: PATIENCE_MS }).toBe(state);
  return anchorStatus(composed);
}

/** A verifier that pins the log's key, the CAs of every organisation, and the policy that all of them sign. */
export function strictVerifier({ service }: Composed, devnet: TestDevnet): Verifier {
  const cas = devnet.organizations.map(({ mspId, ca }) => ({ mspId, pem: readFileSync(ca, 'utf8') }));
  const { channel, chaincode } = devnet;
  const fabric = createFabricTrust(nodePrimitives, { cas, channel, chaincode });
  return createVerifier({ primitives: nodePrimitives, pinnedKeys: [service.ledger.vkey], fabric });
}

/** The log's chain through the gateway of one organisation, or of all. */
export async function withChain<T>(
  { service }: Composed,
  devnet: TestDevnet,
  use: (chain: FabricChain['chain']) => Promise<T>,
  gateway?: string,
): Promise<T> {
  const options = gateway === undefined ? {} : { gateway };
  const { chain } = await openFabricChain(devnet.profile, service.ledger.vkey, options);
  try {
    return await use(chain);
  } finally {
    chain.close();
  }
}

/** The head on each organisation's peer. */
export async function headsOf(composed: Composed, devnet: TestDevnet): Promise<readonly ChainHead[]> {
  const heads: ChainHead[] = [];
  for (const { mspId } of devnet.organizations)
    heads.push(await withChain(composed, devnet, (chain) => chain.head(), mspId));
  return heads;
}

export interface Seen {
  readonly status: number;
  readonly ready: Record<string, unknown>;
  readonly metrics: string;
}

/** `/readyz` and `/metrics` of the service, as its operators see them. */
export async function seenFromOutside(service: Service): Promise<Seen> {
  const server = await startServer(service.edge, SERVER_OPTIONS);
  try {
    const readiness = await fetch(`${server.url}/readyz`);
    const metrics = await (await fetch(`${server.url}/metrics`)).text();
    return { status: readiness.status, ready: (await readiness.json()) as Record<string, unknown>, metrics };
  } finally {
    await server.stop();
  }
}

/** Copies with owners and modes, which PostgreSQL checks; what was there goes. */
export async function copyFolder(from: string, to: string): Promise<void> {
  await rm(to, { recursive: true, force: true });
  execFileSync('cp', ['-a', from, to]);
}
