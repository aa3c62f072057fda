/** Where a network is unless `--dir` says otherwise. */
export const DEFAULT_FOLDER = './vericlin-devnet';
