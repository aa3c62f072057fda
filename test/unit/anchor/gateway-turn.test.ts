/** Which gateway is asked: reads go on to the next one, writes never do. */
import { describe, expect, test } from 'vitest';
import { ChainError } from '../../../ledger/anchor/chain.ts';
import type { GatewayConnection } from '../../../ledger/anchor/fabric/connection.ts';
import { GatewayTurn } from '../../../ledger/anchor/fabric/gateway-turn.ts';

function connection(mspId: string): GatewayConnection {
  const unused = (): never => {
    throw new Error('nothing is called through it here');
  };
  return { mspId, gateway: unused, reset: unused, close: unused };
}

/** Three gateways, those of `failing` with a failure; every gateway that is asked is noted. */
function scene(): {
  readonly turn: GatewayTurn;
  readonly asked: string[];
  readonly failing: Map<string, Error>;
  readonly ask: (connection: GatewayConnection) => Promise<string>;
} {
  const asked: string[] = [];
  const failing = new Map<string, Error>();
  const turn = new GatewayTurn(['A', 'B', 'C'].map(connection));
  const ask = async ({ mspId }: GatewayConnection): Promise<string> => {
    asked.push(mspId);
    const failure = failing.get(mspId);
    if (failure !== undefined) throw failure;
    return Promise.resolve(mspId);
  };
  return { turn, asked, failing, ask };
}

const unreachable = (): ChainError => new ChainError('unreachable', 'down');
const refused = (): ChainError => new ChainError('not_endorsed', 'WRONG_START');

describe('gateway turn', () => {
  test('a read goes on to the next gateway, and later calls begin with the one that worked', async () => {
    const { turn, asked, failing, ask } = scene();
    failing.set('A', unreachable());
    expect(await turn.read(ask)).toBe('B');
    expect(await turn.read(ask)).toBe('B');
    expect(await turn.write(ask)).toBe('B');
    expect(asked).toEqual(['A', 'B', 'B', 'B']);
    failing.set('B', refused());
    expect(await turn.read(ask)).toBe('C');
  });

  test('a read that no gateway answers asked each of them once', async () => {
    const { turn, asked, failing, ask } = scene();
    for (const name of ['A', 'B', 'C']) failing.set(name, unreachable());
    await expect(turn.read(ask)).rejects.toThrow(ChainError);
    expect(asked).toEqual(['A', 'B', 'C']);
  });

  test('a write is sent once, whatever happens; after an unreachable one the next call begins elsewhere', async () => {
    const { turn, asked, failing, ask } = scene();
    failing.set('A', unreachable());
    await expect(turn.write(ask)).rejects.toMatchObject({ reason: 'unreachable' });
    expect(asked).toEqual(['A']);
    expect(await turn.write(ask)).toBe('B');
  });

  test('a write that is refused stays with its gateway', async () => {
    const { turn, asked, failing, ask } = scene();
    failing.set('A', refused());
    await expect(turn.write(ask)).rejects.toMatchObject({ reason: 'not_endorsed' });
    await expect(turn.write(ask)).rejects.toMatchObject({ reason: 'not_endorsed' });
    expect(asked).toEqual(['A', 'A']);
  });

  test('a fault of the program is not taken for one of the network', async () => {
    const { turn, asked, failing, ask } = scene();
    failing.set('A', new TypeError('a fault'));
    await expect(turn.read(ask)).rejects.toThrow(TypeError);
    await expect(turn.write(ask)).rejects.toThrow(TypeError);
    expect(asked).toEqual(['A', 'A']);
  });

  test('every gateway can be asked at once, and those that fail are left out', async () => {
    const { turn, failing, ask } = scene();
    failing.set('B', unreachable());
    expect(await turn.every(ask)).toEqual(['A', 'C']);
  });
});
