/** Either the interpreter that has the libraries, or why there is none. */
export type PythonLibraries =
  { readonly kind: 'ready'; readonly value: string } | { readonly kind: 'missing'; readonly reason: string };

export function findPythonLibraries(env?: Readonly<Record<string, string | undefined>>): PythonLibraries;
export function obtainPythonLibraries(env?: Readonly<Record<string, string | undefined>>): PythonLibraries;
