/**
 * Load whose every answer is kept: posters that repeat, refer, batch and post again what was not acknowledged, and readers
 * of checkpoints and proofs. What the log answered can then be held against what it holds.
 */
import type { Bundle, Receipt } from '../../ledger/types.ts';
import type { SeededRandom } from '../support/seeded-random.ts';
import { pause } from './real-service.ts';

type Posted = Readonly<Record<string, unknown>> & { readonly id: string };

interface Request {
  readonly path: string;
  readonly contentType: string;
  readonly body: string;
  readonly events: readonly Posted[];
  /** Seconds it waits for the chain; `undefined`: it does not. */
  readonly waitSeconds: number | undefined;
}

export interface LoadTarget {
  /** Base URL; may change between requests. */
  readonly url: () => string;
  readonly integrator: string;
  readonly auditor: string;
  /** Share of the requests that wait for the chain, [0, 1]; default none. Needs a service that anchors. */
  readonly waiting?: number;
}

interface BatchAnswer {
  readonly checkpoint: string;
  readonly anchored?: boolean;
  readonly events: readonly { readonly id: string; readonly index: number; readonly repeated: boolean }[];
}

/** Everything the service ever answered. */
export class Answers {
  /** Acknowledged events: index and content by id. */
  readonly acknowledged = new Map<string, { readonly index: number; readonly event: Posted }>();
  readonly ids: string[] = [];
  readonly receipts: Receipt[] = [];
  readonly bundles: Bundle[] = [];
  readonly checkpoints = new Set<string>();
  /** What must never happen, in words. */
  readonly faults: string[] = [];
  readonly counts = { requests: 0, repeated: 0, unanswered: 0, reads: 0 };
  /** Requests that waited for the chain: in time or in vain. */
  readonly waits = { anchored: 0, inVain: 0 };

  acknowledge(event: Posted, index: number): void {
    const known = this.acknowledged.get(event.id);
    if (known === undefined) {
      this.acknowledged.set(event.id, { index, event });
      this.ids.push(event.id);
    } else if (known.index !== index) {
      this.faults.push(`${event.id} was acknowledged at ${known.index} and at ${index}`);
    }
  }
}

const NOT_ANSWERED = new Set([503, 429]);

/** Acknowledged content again, content nobody has seen, and all between. */
class Composer {
  readonly #random: SeededRandom;
  readonly #answers: Answers;
  readonly #waiting: number;

  constructor(random: SeededRandom, answers: Answers, waiting: number) {
    this.#random = random;
    this.#answers = answers;
    this.#waiting = waiting;
  }

  request(): Request {
    const isWaiting = this.#waiting > 0 && this.#random.next() < this.#waiting;
    return { ...this.#plainRequest(), waitSeconds: isWaiting ? this.#random.between(1, 6) : undefined };
  }

  #plainRequest(): Omit<Request, 'waitSeconds'> {
    const random = this.#random;
    const count = random.next() < 0.6 ? 1 : random.between(2, 50);
    const events: Posted[] = [];
    for (let i = 0; i < count; i += 1) events.push(this.#event(events));
    if (count === 1) {
      return { path: '/v1/events', contentType: 'application/json', body: JSON.stringify(events[0]), events };
    }
    const isNdjson = random.next() < 0.5;
    const body = isNdjson ? events.map((event) => JSON.stringify(event)).join('\n') : JSON.stringify(events);
    const contentType = isNdjson ? 'application/x-ndjson' : 'application/json';
    return { path: '/v1/events:batch', contentType, body, events };
  }

  #event(before: readonly Posted[]): Posted {
    const random = this.#random;
    const { ids, acknowledged } = this.#answers;
    const kind = random.next();
    if (kind < 0.12 && ids.length > 0) {
      const known = acknowledged.get(random.pick(ids));
      if (known !== undefined) return known.event;
    }
    if (kind < 0.16 && before.length > 0) return random.pick(before);
    return this.#fresh(before);
  }

  #fresh(before: readonly Posted[]): Posted {
    const random = this.#random;
    const refs = this.#refs(before);
    // A few subjects come again and again; many come once, so that new data keys are under way at every kill.
    const subject = random.next() < 0.5 ? `MRN-${random.between(1, 12)}` : `MRN-once-${random.uuid()}`;
    const isNamed = random.next() < 0.7;
    const isPrediction = refs.length === 0 || random.next() < 0.4;
    // An outcome that names nobody belongs to the subject of the one event that it refers to.
    const kept = isPrediction || isNamed ? refs : refs.slice(0, 1);
    return {
      id: random.uuid(),
      occurredAt: '2026-11-23T10:15:00Z',
      ...(isNamed && { subject, encounter: `E-${random.between(1, 999)}` }),
      ...(kept.length > 0 && { refs: kept }),
      ...(isPrediction
        ? {
            type: 'prediction',
            model: { name: 'readmission', version: `3.${random.between(0, 3)}.0` },
            payload: { riskScore: random.between(0, 1000) / 1000, inputDigest: random.uuid() },
          }
        : { type: 'outcome', payload: { observed: random.next() < 0.5 } }),
    };
  }

  #refs(before: readonly Posted[]): readonly string[] {
    const random = this.#random;
    const { ids } = this.#answers;
    const refs = new Set<string>();
    if (random.next() < 0.3 && ids.length > 0) {
      for (let i = random.between(1, 3); i > 0; i -= 1) refs.add(random.pick(ids));
    }
    if (random.next() < 0.2 && before.length > 0) refs.add(random.pick(before).id);
    return [...refs];
  }
}

function post(target: LoadTarget, { path, contentType, body, waitSeconds }: Request): Promise<Response> {
  const headers = { authorization: `Bearer ${target.integrator}`, 'content-type': contentType };
  if (waitSeconds === undefined) return fetch(`${target.url()}${path}`, { method: 'POST', headers, body });
  const url = `${target.url()}${path}?wait=anchored`;
  return fetch(url, { method: 'POST', headers: { ...headers, prefer: `wait=${waitSeconds}` }, body });
}

async function send(target: LoadTarget, request: Request, answers: Answers): Promise<boolean> {
  const before = new Set(request.events.flatMap(({ id }) => (answers.acknowledged.has(id) ? [id] : [])));
  let status: number;
  let text: string;
  answers.counts.requests += 1;
  try {
    const response = await post(target, request);
    status = response.status;
    text = await response.text();
  } catch {
    answers.counts.unanswered += 1;
    return false;
  }
  if (NOT_ANSWERED.has(status)) {
    answers.counts.unanswered += 1;
    if (text.includes('anchor_unavailable')) answers.faults.push(`anchoring stopped: ${text}`);
    return false;
  }
  if (!isTaken(status, request)) {
    answers.faults.push(`${request.path} answered ${status}: ${text}`);
    return true;
  }
  if (request.path === '/v1/events') takeReceipt(request, JSON.parse(text) as Receipt, status, before, answers);
  else takeBatch(request, JSON.parse(text) as BatchAnswer, { status, before }, answers);
  return true;
}

/** 202: stored, but not anchored within the time that it waited. */
function isTaken(status: number, { waitSeconds }: Request): boolean {
  return status === 200 || status === 201 || (status === 202 && waitSeconds !== undefined);
}

/** Whoever waited has what they waited for, or is told that they have not. */
function takeWait(request: Request, status: number, isAnchored: boolean, answers: Answers): void {
  if (request.waitSeconds === undefined) return;
  if (isAnchored === (status === 202)) answers.faults.push(`${request.path} answered ${status} to a wait`);
  answers.waits[isAnchored ? 'anchored' : 'inVain'] += 1;
}

function takeReceipt(
  request: Request,
  receipt: Receipt,
  status: number,
  before: ReadonlySet<string>,
  answers: Answers,
): void {
  const [event] = request.events;
  if (event === undefined) return;
  takeWait(request, status, receipt.anchor !== null, answers);
  if (receipt.id !== event.id) answers.faults.push(`a receipt of ${receipt.id} for ${event.id}`);
  if (before.has(event.id) && status === 201) answers.faults.push(`${event.id} was taken in twice`);
  if (status === 200) answers.counts.repeated += 1;
  answers.receipts.push(receipt);
  answers.checkpoints.add(receipt.checkpoint);
  answers.acknowledge(event, receipt.index);
}

function takeBatch(
  request: Request,
  answer: BatchAnswer,
  { status, before }: { readonly status: number; readonly before: ReadonlySet<string> },
  answers: Answers,
): void {
  takeWait(request, status, answer.anchored === true, answers);
  answers.checkpoints.add(answer.checkpoint);
  if (answer.events.length !== request.events.length) answers.faults.push('a batch answered another number of events');
  for (const [at, event] of request.events.entries()) {
    const placed = answer.events[at];
    if (placed?.id !== event.id) {
      answers.faults.push(`a batch answered ${placed?.id ?? 'nothing'} for ${event.id}`);
      continue;
    }
    if (before.has(event.id) && !placed.repeated) answers.faults.push(`${event.id} was taken in twice`);
    if (placed.repeated) answers.counts.repeated += 1;
    answers.acknowledge(event, placed.index);
  }
}

/** Reads checkpoints and proofs while `isOver` is false. */
export async function readUntil(
  isOver: () => boolean,
  target: LoadTarget,
  random: SeededRandom,
  answers: Answers,
): Promise<void> {
  while (!isOver()) {
    await pause(random.between(20, 80));
    const isCheckpoint = random.next() < 0.5 || answers.ids.length === 0;
    const path = isCheckpoint ? '/log/checkpoint' : `/v1/events/${random.pick(answers.ids)}/proof`;
    try {
      const response = await fetch(`${target.url()}${path}`, {
        headers: { authorization: `Bearer ${target.auditor}` },
      });
      const text = await response.text();
      answers.counts.reads += 1;
      if (NOT_ANSWERED.has(response.status)) continue;
      if (response.status !== 200) answers.faults.push(`${path} answered ${response.status}: ${text}`);
      else if (isCheckpoint) answers.checkpoints.add(text);
      else takeBundle(JSON.parse(text) as Bundle, answers);
    } catch {
      answers.counts.unanswered += 1;
    }
  }
}

function takeBundle(bundle: Bundle, answers: Answers): void {
  answers.bundles.push(bundle);
  answers.checkpoints.add(bundle.checkpoint);
}

/**
 * Posts while `isOver` is false, then posts again what was not acknowledged, until all is.
 * @returns how many requests had to be posted again at the end
 */
export async function postUntil(
  isOver: () => boolean,
  target: LoadTarget,
  random: SeededRandom,
  answers: Answers,
): Promise<number> {
  const composer = new Composer(random, answers, target.waiting ?? 0);
  const unacknowledged: Request[] = [];
  while (!isOver()) {
    await pause(random.between(5, 40));
    const isAgain = unacknowledged.length > 0 && random.next() < 0.5;
    const request = (isAgain ? unacknowledged.shift() : undefined) ?? composer.request();
    if (await send(target, request, answers)) continue;
    unacknowledged.push(request);
    await pause(random.between(20, 200));
  }
  const open = unacknowledged.length;
  for (let tries = 0; unacknowledged.length > 0; tries += 1) {
    if (tries > 2_000) throw new Error('posting again was not answered');
    const request = unacknowledged.shift();
    if (request !== undefined && !(await send(target, request, answers))) {
      unacknowledged.push(request);
      await pause(50);
    }
  }
  return open;
}
