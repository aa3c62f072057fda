/**
 * The dependency rule of docs/architecture.md, checked by `npm run deps:check`.
 * test/unit/project/dependency-rule.test.ts breaks each rule once and sees it reported.
 */
const PURE = '^ledger/(types|errors|canonical|merkle|checkpoint|verify)(\\.ts$|/)';
const EDGES = '^(api|cli|runtime)/';

module.exports = {
  forbidden: [
    {
      name: 'pure-core-imports-no-io',
      comment: 'canonical, merkle, checkpoint and verify do no I/O: no Node module, nothing of ours above them.',
      severity: 'error',
      from: { path: PURE, pathNot: '^ledger/verify/node-primitives\\.ts$' },
      to: { pathNot: [PURE, '^node_modules/@noble/', '^node_modules/@peculiar/asn1-(schema|x509)/'] },
    },
    {
      name: 'node-primitives-are-picked-by-the-edges',
      comment: 'The verifier takes its primitives as an argument, so that it runs where Node does not.',
      severity: 'error',
      from: { path: PURE },
      to: { path: '^ledger/verify/node-primitives\\.ts$' },
    },
    {
      name: 'numerics-imports-nothing',
      comment: 'Random numbers, distributions and linear algebra have no dependencies at all.',
      severity: 'error',
      from: { path: '^numerics/' },
      to: { pathNot: '^numerics/' },
    },
    {
      name: 'fairness-is-pure',
      comment: 'Metrics do no I/O and take no clock: they import numerics and the pure parts of the ledger.',
      severity: 'error',
      from: { path: '^fairness/' },
      to: { pathNot: ['^(fairness|numerics)/', PURE] },
    },
    {
      name: 'ledger-below-what-uses-it',
      comment: 'The ledger records decisions; it computes none.',
      severity: 'error',
      from: { path: '^ledger/' },
      to: { path: '^(fairness|numerics)/' },
    },
    {
      name: 'ledger-below-the-edges',
      comment: 'The ledger knows nothing of HTTP, the command line or the composition.',
      severity: 'error',
      from: { path: '^ledger/' },
      to: { path: EDGES },
    },
    {
      name: 'edges-do-not-compose',
      comment: 'The HTTP edge gets what it needs passed in: it imports neither the composition nor the command line.',
      severity: 'error',
      from: { path: '^api/' },
      to: { path: '^(cli|runtime)/', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'only-runtime-imports-adapters',
      comment: 'Adapters (PostgreSQL, Fabric gateway) are wired in runtime/ alone.',
      severity: 'error',
      from: { pathNot: ['^runtime/', '^ledger/store/postgres/', '^ledger/anchor/fabric/', '^test/'] },
      to: { path: ['^ledger/store/postgres/', '^ledger/anchor/fabric/'] },
    },
    {
      name: 'fabric-client-behind-the-chain-port',
      comment: 'gRPC and the gateway library are loaded where a profile is set, and where the devnet is probed.',
      severity: 'error',
      from: { pathNot: ['^ledger/anchor/fabric/', '^cli/devnet/', '^test/', '^node_modules/'] },
      to: { path: ['node_modules/@hyperledger/fabric-', 'node_modules/@grpc/'] },
    },
    {
      name: 'chaincode-takes-pure-code-alone',
      comment:
        'The chaincode is a package of its own, run by several organisations: what it shares with the ledger is pure.',
      severity: 'error',
      from: { path: '^ledger/chaincode/' },
      to: {
        pathNot: [
          '^ledger/chaincode/',
          '^ledger/(types|errors|canonical|merkle)(\\.ts$|/)',
          '^ledger/checkpoint/chain-log-name\\.ts$',
          'node_modules/fabric-shim/',
          '^(node:)?(crypto|fs)$',
        ],
      },
    },
    {
      name: 'contract-does-no-io',
      comment: 'The contract is deterministic: it gets the state and the hash passed in, and nothing else.',
      severity: 'error',
      from: { path: '^ledger/chaincode/(merkle-anchor|arguments|refusal)\\.ts$' },
      to: { pathNot: '^ledger/' },
    },
    {
      name: 'chaincode-is-deployed-not-imported',
      comment: 'The product talks to the chaincode through a peer.',
      severity: 'error',
      from: { pathNot: '^(ledger/chaincode|test)/' },
      to: { path: '^ledger/chaincode/' },
    },
    {
      name: 'fabric-shim-in-the-chaincode-alone',
      severity: 'error',
      from: { pathNot: '^ledger/chaincode/' },
      to: { path: 'node_modules/fabric-shim/' },
    },
    {
      name: 'no-test-code-in-the-product',
      severity: 'error',
      from: { path: '^(api|fairness|ledger|numerics|cli|runtime)/' },
      to: { path: '^(test|scripts)/' },
    },
    { name: 'no-circular', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'no-unresolvable',
      comment: 'An import that cannot be followed would hide from every other rule.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true, path: '^\\.' },
    },
    {
      name: 'no-dev-dependency-at-run-time',
      severity: 'error',
      from: { path: '^(api|fairness|ledger|numerics|cli|runtime)/' },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg'], dependencyTypesNot: ['type-only'] },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      extensions: ['.ts', '.js'],
      exportsFields: ['exports'],
      conditionNames: ['import', 'types', 'node', 'default'],
    },
  },
};
