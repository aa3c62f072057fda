/** What peers, orderers and gRPC say, in the words of the anchor's status. The texts are those of a Fabric 3.1.1 network. */
import { describe, expect, test } from 'vitest';
import { ChainError } from '../../../ledger/anchor/chain.ts';
import { isDeadline, joinErrors, type Step, toChainError } from '../../../ledger/anchor/fabric/errors.ts';
import type { ProfileCertificate } from '../../../ledger/anchor/fabric/profile.ts';

const NOW = new Date('2026-07-01T00:00:00.000Z');
const VALID: ProfileCertificate = {
  name: 'client',
  notBefore: '2026-01-01T00:00:00.000Z',
  notAfter: '2027-01-01T00:00:00.000Z',
};

interface Detail {
  readonly mspId: string;
  readonly address: string;
  readonly message: string;
}

/** As @hyperledger/fabric-gateway throws it. */
function gatewayError(code: number, message: string, details: readonly Detail[] = []): Error {
  return Object.assign(new Error(message), { code, details });
}

const one = (message: string): Detail => ({ mspId: 'Org1MSP', address: '127.0.0.1:7051', message });
const two = (message: string): Detail => ({ mspId: 'Org2MSP', address: '127.0.0.1:7061', message });

function map(step: Step, error: unknown, certificates: readonly ProfileCertificate[] = [VALID]): ChainError {
  return toChainError(error, { step, gateway: 'Org1MSP', certificates, now: NOW });
}

const COLLECT = '10 ABORTED: failed to collect enough transaction endorsements, see attached details for more info';
const EVALUATE = '10 ABORTED: failed to evaluate transaction, see attached details for more info';
const REFUSED = 'transport: Error while dialing: dial tcp 127.0.0.1:7061: connect: connection refused';

const CASES: readonly (readonly [string, Step, Error, ChainError['reason'], readonly string[]])[] = [
  // the chaincode
  [
    'a start that both refuse',
    'endorse',
    gatewayError(10, COLLECT, [
      one('chaincode response 500, WRONG_START expected 3 got 1'),
      two('chaincode response 500, WRONG_START expected 3 got 1'),
    ]),
    'not_endorsed',
    ['Org1MSP', 'Org2MSP'],
  ],
  [
    'a start that the lagging peer of the other organisation refuses',
    'endorse',
    gatewayError(10, COLLECT, [two('chaincode response 500, WRONG_START expected 2 got 3')]),
    'not_endorsed',
    ['Org2MSP'],
  ],
  [
    'another owner',
    'endorse',
    gatewayError(10, COLLECT, [
      one('chaincode response 500, NOT_OWNER'),
      two('chaincode response 500, WRONG_START expected 0 got 4'),
    ]),
    'not_owner',
    ['Org1MSP'],
  ],
  [
    'a checkpoint that is not there',
    'endorse',
    gatewayError(10, COLLECT, [two('chaincode response 500, NO_CHECKPOINT 2')]),
    'not_endorsed',
    ['Org2MSP'],
  ],
  [
    'a refused read',
    'evaluate',
    gatewayError(2, '2 UNKNOWN: evaluate call to endorser returned error: chaincode response 500, BAD_LOG', [
      one('chaincode response 500, BAD_LOG'),
    ]),
    'not_endorsed',
    ['Org1MSP'],
  ],
  [
    'results that differ',
    'endorse',
    gatewayError(10, COLLECT, [two('ProposalResponsePayloads do not match')]),
    'not_endorsed',
    ['Org2MSP'],
  ],
  [
    'a refusal that is not known',
    'endorse',
    gatewayError(10, COLLECT, [two('chaincode response 500, CORRUPT_STATE')]),
    'not_endorsed',
    ['Org2MSP'],
  ],
  // what is down
  [
    'a peer that has just ended',
    'endorse',
    gatewayError(10, COLLECT, [two(`rpc error: code = Unavailable desc = connection error: desc = "${REFUSED}"`)]),
    'unreachable',
    ['Org2MSP'],
  ],
  [
    'a peer that is known to be gone',
    'endorse',
    gatewayError(14, '14 UNAVAILABLE: failed to find any endorsing peers for org(s): Org3MSP, Org2MSP'),
    'unreachable',
    ['Org2MSP', 'Org3MSP'],
  ],
  [
    'a chaincode process that has just ended',
    'endorse',
    gatewayError(10, COLLECT, [
      two('error in simulation: failed to execute transaction 12: chaincode stream terminated'),
    ]),
    'unreachable',
    ['Org2MSP'],
  ],
  [
    'a chaincode process that does not start',
    'endorse',
    gatewayError(10, COLLECT, [
      two(
        `error in simulation: failed to execute transaction 12: could not launch chaincode a:1: connection to a:1 failed: ${REFUSED}`,
      ),
    ]),
    'unreachable',
    ['Org2MSP'],
  ],
  [
    'a policy that no peers can meet',
    'endorse',
    gatewayError(
      9,
      '9 FAILED_PRECONDITION: no combination of peers can be derived which satisfy the endorsement policy',
    ),
    'unreachable',
    [],
  ],
  ['a gateway that ends', 'commit', gatewayError(14, '14 UNAVAILABLE: Connection dropped'), 'unreachable', ['Org1MSP']],
  [
    'a gateway that is down',
    'evaluate',
    gatewayError(
      14,
      '14 UNAVAILABLE: No connection established. Last error: Error: connect ECONNREFUSED 127.0.0.1:7051. Resolution note: ',
    ),
    'unreachable',
    ['Org1MSP'],
  ],
  [
    'a gateway with too many calls',
    'evaluate',
    gatewayError(8, '8 RESOURCE_EXHAUSTED: too many requests for /gateway.Gateway, exceeding concurrency limit (500)'),
    'unreachable',
    ['Org1MSP'],
  ],
  [
    'no orderer',
    'submit',
    gatewayError(14, '14 UNAVAILABLE: no orderers could successfully process transaction', [
      {
        mspId: 'OrdererMSP',
        address: '127.0.0.1:7050',
        message: 'rpc error: code = Unavailable desc = connection error',
      },
    ]),
    'unreachable',
    ['OrdererMSP'],
  ],
  [
    'no orderer that is known',
    'submit',
    gatewayError(14, '14 UNAVAILABLE: no orderer nodes available'),
    'unreachable',
    [],
  ],
  [
    'an orderer without a leader',
    'submit',
    gatewayError(
      10,
      '10 ABORTED: received unsuccessful response from orderer: status=SERVICE_UNAVAILABLE, info=no Raft leader',
    ),
    'unreachable',
    [],
  ],
  [
    'a read that takes too long',
    'evaluate',
    gatewayError(4, '4 DEADLINE_EXCEEDED: Deadline exceeded after 5.000s,remote_addr=127.0.0.1:7051'),
    'unreachable',
    ['Org1MSP'],
  ],
  [
    'an endorsement that takes too long: whose fault it is cannot be told',
    'endorse',
    gatewayError(4, '4 DEADLINE_EXCEEDED: Deadline exceeded after 5.001s'),
    'unreachable',
    [],
  ],
  ['a call that the gateway gives up', 'endorse', gatewayError(1, '1 CANCELLED: Call cancelled'), 'unreachable', []],
  [
    'a transaction that the orderer lost',
    'commit',
    gatewayError(4, '4 DEADLINE_EXCEEDED: Deadline exceeded after 5.001s'),
    'unreachable',
    [],
  ],
  [
    'something that does not come from gRPC',
    'evaluate',
    new Error('the connection is closed'),
    'unreachable',
    ['Org1MSP'],
  ],
  // what is not allowed, or not there
  [
    'a channel that is not there, read',
    'evaluate',
    gatewayError(
      14,
      '14 UNAVAILABLE: failed to get config for channel [other]: could not get last config for channel other',
    ),
    'not_permitted',
    ['Org1MSP'],
  ],
  [
    'a channel that is not there, written',
    'endorse',
    gatewayError(14, '14 UNAVAILABLE: failed to find any endorsing peers for org(s): Org1MSP, Org2MSP'),
    'not_permitted',
    ['Org1MSP', 'Org2MSP'],
  ],
  [
    'a chaincode that is not there',
    'evaluate',
    gatewayError(9, '9 FAILED_PRECONDITION: no peers available to evaluate chaincode nothing in channel vericlin'),
    'not_permitted',
    ['Org1MSP'],
  ],
  [
    'an identity that is not known',
    'evaluate',
    gatewayError(10, EVALUATE, [
      one('error validating proposal: access denied: channel [vericlin] creator org unknown, creator is malformed'),
    ]),
    'not_permitted',
    ['Org1MSP'],
  ],
  [
    'an access rule',
    'commit',
    gatewayError(7, '7 PERMISSION_DENIED: implicit policy evaluation failed'),
    'not_permitted',
    ['Org1MSP'],
  ],
  [
    'a writers policy',
    'submit',
    gatewayError(
      10,
      '10 ABORTED: received unsuccessful response from orderer: status=FORBIDDEN, info=implicit policy evaluation failed',
    ),
    'not_permitted',
    ['Org1MSP'],
  ],
  [
    'a peer without a gateway',
    'evaluate',
    gatewayError(12, '12 UNIMPLEMENTED: unknown service gateway.Gateway'),
    'not_permitted',
    ['Org1MSP'],
  ],
];

describe('reasons and organisations', () => {
  test.each(CASES)('%s', (_name, step, error, reason, organizations) => {
    const mapped = map(step, error);
    expect([mapped.reason, mapped.organizations]).toEqual([reason, organizations]);
    expect(mapped.cause).toBe(error);
  });

  test('what has to be acted on counts most, where organisations say different things', () => {
    const error = gatewayError(10, COLLECT, [
      one('chaincode response 500, WRONG_START expected 3 got 1'),
      two('connection refused'),
    ]);
    expect(map('endorse', error)).toMatchObject({ reason: 'unreachable', organizations: ['Org2MSP'] });
  });

  test('an error of the port passes', () => {
    const error = new ChainError('not_owner', 'x');
    expect(map('endorse', error)).toBe(error);
  });

  test('deadlines are told apart', () => {
    expect(isDeadline(gatewayError(4, ''))).toBe(true);
    expect(isDeadline(gatewayError(14, ''))).toBe(false);
    expect(isDeadline(new Error('4'))).toBe(false);
  });
});

describe('messages', () => {
  test('say what each peer said, without ids of 64 digits and without what gRPC puts around it', () => {
    const id = 'ab'.repeat(32);
    expect(
      map(
        'endorse',
        gatewayError(10, COLLECT, [one(`failed to execute transaction ${id}: chaincode stream terminated`)]),
      ).message,
    ).toBe(
      'Endorsement through the gateway of Org1MSP failed: Org1MSP (127.0.0.1:7051): failed to execute transaction …: chaincode stream terminated.',
    );
    expect(
      map(
        'evaluate',
        gatewayError(
          14,
          '14 UNAVAILABLE: No connection established. Last error: Error: connect ECONNREFUSED 127.0.0.1:7051. Resolution note: ',
        ),
      ).message,
    ).toBe(
      'Reading from the chain through the gateway of Org1MSP failed: No connection established. Last error: Error: connect ECONNREFUSED 127.0.0.1:7051.',
    );
  });

  test('of any peer are short', () => {
    expect(map('endorse', gatewayError(10, COLLECT, [one('x'.repeat(100_000))])).message.length).toBeLessThan(500);
  });
});

describe('certificates', () => {
  const expired = { ...VALID, notAfter: '2026-06-30T23:59:59.000Z' };
  const early = { ...VALID, notBefore: '2026-07-01T00:00:01.000Z' };
  const denied = gatewayError(10, COLLECT, [
    one('proposal client identity expired'),
    two('rpc error: code = Unknown desc = proposal client identity expired'),
  ]);
  const dropped = gatewayError(14, '14 UNAVAILABLE: Connection dropped');

  test('one that expired is why peers refuse, or connections fail', () => {
    for (const error of [denied, dropped]) {
      const mapped = map('endorse', error, [VALID, expired]);
      expect(mapped.reason).toBe('certificate_expired');
      expect(mapped.message).toContain('the certificate "client" expired on 2026-06-30T23:59:59.000Z');
    }
  });

  test('one that is not yet valid too', () => {
    expect(map('endorse', denied, [early]).message).toContain('is not valid before 2026-07-01T00:00:01.000Z');
  });

  test('one that expired does not hide that the chaincode refused', () => {
    const refused = gatewayError(10, COLLECT, [one('chaincode response 500, WRONG_START expected 3 got 1')]);
    expect(map('endorse', refused, [expired]).reason).toBe('not_endorsed');
  });

  test('our clock alone expires nothing: peers that say "expired" of a valid one are believed', () => {
    expect(map('endorse', denied).reason).toBe('not_permitted');
  });
});

describe('several gateways', () => {
  const down = (organization: string): ChainError =>
    new ChainError('unreachable', `${organization} is down.`, { organizations: [organization] });

  test('one that refuses tells more than one that is down', () => {
    const joined = joinErrors([
      down('Org1MSP'),
      new ChainError('not_permitted', 'No such channel.', { organizations: ['Org2MSP'] }),
    ]);
    expect([joined.reason, joined.organizations]).toEqual(['not_permitted', ['Org2MSP']]);
    expect(joined.message).toMatch(/^Org1MSP is down\. No such channel\. Check channel, chaincode and identity/);
  });

  test('what is to be done stands once, at the end', () => {
    const joined = joinErrors([down('Org2MSP'), down('Org1MSP')]);
    expect(joined.organizations).toEqual(['Org1MSP', 'Org2MSP']);
    expect(joined.message).toBe(
      'Org2MSP is down. Org1MSP is down. It works again by itself once peers, chaincode processes and orderers answer.',
    );
  });

  test('a TLS certificate that is not taken points to the profile', () => {
    expect(joinErrors([new ChainError('unreachable', 'unable to verify the first certificate')]).message).toContain(
      'check tlsCa and serverName',
    );
  });
});
