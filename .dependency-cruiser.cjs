/** The dependency rule of DESIGN.md §4, checked by `npm run deps:check`. */
const PURE = '^ledger/(types|errors|canonical|merkle|checkpoint|verify)';
module.exports = {
  forbidden: [
    {
      name: 'pure-core-imports-no-io',
      comment: 'canonical, merkle, checkpoint and verify do no I/O: no Node module, nothing of ours above them.',
      severity: 'error',
      from: { path: PURE, pathNot: 'node-primitives' },
      to: { pathNot: [PURE, '^node_modules/@noble/'] },
    },
    {
      name: 'ledger-below-the-edges',
      comment: 'The ledger knows nothing of HTTP, the command line or the composition.',
      severity: 'error',
      from: { path: '^ledger/' },
      to: { path: '^(api|cli|runtime)/' },
    },
    {
      name: 'only-runtime-imports-adapters',
      comment: 'Adapters (PostgreSQL, files, HTTP witnesses) are wired in runtime/compose.ts alone.',
      severity: 'error',
      from: { pathNot: ['^runtime/', '^ledger/store/postgres/', '^test/'] },
      to: { path: '^ledger/store/postgres/' },
    },
    { name: 'no-circular', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'no-dev-dependency-at-run-time',
      severity: 'error',
      from: { path: '^(api|ledger|cli|runtime)/' },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg'] , dependencyTypesNot: ['type-only'] },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { extensions: ['.ts', '.js'], exportsFields: ['exports'], conditionNames: ['import', 'types', 'node', 'default'] },
  },
};
