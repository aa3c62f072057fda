import { writeFile } from 'node:fs/promises';
import { z } from 'zod';
import { ROLES } from '../../ledger/ports.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { systemCode, unusable } from '../failure.ts';
import type { CreateKeyOptions, KeyOptions } from '../options.ts';
import { formatTable } from '../table.ts';
import { jsonLine, type Terminal } from '../terminal.ts';
import { readAnswer } from './answer.ts';
import { connect } from './connection.ts';
import { eventIdArgument } from './event-id-argument.ts';

const keySchema = z.object({
  id: z.string(),
  role: z.string(),
  name: z.string(),
  actor: z.string(),
  grants: z.array(z.string()),
  prefix: z.string(),
  createdAt: z.string(),
  expiresAt: z.string().nullish(),
  revokedAt: z.string().nullish(),
  lastUsedAt: z.string().nullish(),
});
const createdKeySchema = keySchema.extend({ key: z.string() });
const keyListSchema = z.object({ keys: z.array(keySchema) });
const rotationSchema = z.object({ kekId: z.string(), rewrapped: z.int() });

/** `vericlin keys create`. The request is never repeated by itself: each one makes a key. */
export async function createKey(options: CreateKeyOptions, terminal: Terminal): Promise<ExitCode> {
  if (!(ROLES as readonly string[]).includes(options.role)) {
    throw unusable(`there is no role ${options.role}`, `The roles are ${ROLES.join(', ')}.`);
  }
  const { role, name, actor, grant: grants } = options;
  const body = {
    role,
    name,
    ...(actor === undefined ? {} : { actor }),
    ...(grants.length === 0 ? {} : { grants }),
    ...(options.expiresIn === undefined ? {} : { expiresAt: expiry(options.expiresIn, Date.now()) }),
  };
  if (options.out !== undefined) await reserveFile(options.out);
  const connection = await connect(options, terminal);
  const request = { method: 'POST', path: '/v1/keys', body: JSON.stringify(body), retries: 0 } as const;
  const created = readAnswer(createdKeySchema, await connection.json(request), connection.url);
  if (options.out !== undefined) await writeFile(options.out, `${created.key}\n`);
  showCreatedKey(created, options, terminal);
  return EXIT.ok;
}

function showCreatedKey(
  created: z.output<typeof createdKeySchema>,
  options: CreateKeyOptions,
  terminal: Terminal,
): void {
  const { key, ...record } = created;
  if (options.json === true) {
    terminal.out(jsonLine(options.out === undefined ? created : record));
    return;
  }
  const until = created.expiresAt == null ? 'until it is revoked' : `until ${created.expiresAt}`;
  terminal.err(`Key ${created.id} of role ${created.role}, valid ${until}.\n`);
  if (options.out === undefined) {
    terminal.err('The secret is shown this once:\n');
    terminal.out(`${key}\n`);
  } else {
    terminal.err(`The secret is in ${options.out}.\n`);
  }
}

/** Made before the key is, so that a path that cannot be written loses no secret. Never overwrites. */
async function reserveFile(path: string): Promise<void> {
  try {
    await writeFile(path, '', { flag: 'wx', mode: 0o600 });
  } catch (cause) {
    const exists = systemCode(cause) === 'EEXIST';
    throw unusable(
      `cannot write ${path} (${exists ? 'it exists' : (systemCode(cause) ?? 'unwritable')})`,
      undefined,
      cause,
    );
  }
}

const UNIT_MS: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };

/** RFC 3339 UTC time after a duration such as `30d`. @throws CommandFailure exit 2 */
export function expiry(duration: string, nowMs: number): string {
  const match = /^(\d{1,5})([mhdw])$/.exec(duration);
  const lengthMs = Number(match?.[1]) * (UNIT_MS[match?.[2] ?? ''] ?? Number.NaN);
  if (!(lengthMs > 0)) throw unusable('--expires-in needs a number and m, h, d or w', 'For example --expires-in 30d');
  return new Date(nowMs + lengthMs).toISOString();
}

/** `vericlin keys list`. */
export async function listKeys(options: KeyOptions, terminal: Terminal): Promise<ExitCode> {
  const connection = await connect(options, terminal);
  const { keys } = readAnswer(
    keyListSchema,
    await connection.json({ method: 'GET', path: '/v1/keys' }),
    connection.url,
  );
  if (options.json === true) {
    terminal.out(jsonLine({ keys }));
    return EXIT.ok;
  }
  const rows = keys.map((key) => [
    key.id,
    key.role,
    key.name,
    key.prefix,
    key.grants.join(','),
    key.revokedAt == null ? (key.expiresAt ?? 'no expiry') : `revoked ${key.revokedAt}`,
    key.lastUsedAt ?? 'never',
  ]);
  terminal.out(formatTable(['id', 'role', 'name', 'prefix', 'grants', 'expires', 'last used'], rows));
  return EXIT.ok;
}

/** `vericlin keys revoke`. */
export async function revokeKey(id: string, options: KeyOptions, terminal: Terminal): Promise<ExitCode> {
  const path = `/v1/keys/${eventIdArgument(id)}`;
  const connection = await connect(options, terminal);
  await connection.send({ method: 'DELETE', path });
  terminal.out(options.json === true ? jsonLine({ id, revoked: true }) : `Key ${id} is revoked.\n`);
  return EXIT.ok;
}

/** `vericlin keys rotate-kek`. */
export async function rotateKek(options: KeyOptions, terminal: Terminal): Promise<ExitCode> {
  const connection = await connect(options, terminal);
  const answer = await connection.json({ method: 'POST', path: '/v1/kek:rotate', retries: 0 });
  const rotation = readAnswer(rotationSchema, answer, connection.url);
  terminal.out(
    options.json === true
      ? jsonLine(answer)
      : `Key-encryption key ${rotation.kekId} is active; ${rotation.rewrapped} data keys were rewrapped.\n`,
  );
  return EXIT.ok;
}
