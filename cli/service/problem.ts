/** An answer of the service that is no success: RFC 9457 problem details, read leniently. */
export interface Problem {
  readonly status: number;
  /** Stable code of docs/errors.md; `http_<status>` where the answer carries none. */
  readonly code: string;
  readonly title: string;
  readonly detail: string | undefined;
  /** RFC 6901 JSON Pointer of the place in the request, where the service names one. */
  readonly pointer: string | undefined;
}

/** Reads a problem from the body of an answer. Never throws: a proxy's HTML page becomes a problem of its own. */
export function readProblem(status: number, body: string): Problem {
  const members = parseObject(body);
  const text = (name: string): string | undefined => {
    const value = members[name];
    return typeof value === 'string' && value !== '' ? value : undefined;
  };
  return {
    status,
    code: text('code') ?? `http_${status}`,
    title: text('title') ?? `HTTP status ${status}`,
    detail: text('detail'),
    pointer: typeof members['pointer'] === 'string' ? members['pointer'] : undefined,
  };
}

function parseObject(body: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

/** `title: detail (code, at pointer)`. */
export function describeProblem(problem: Problem): string {
  const detail = problem.detail === undefined ? '' : `: ${problem.detail}`;
  const place = problem.pointer === undefined ? '' : `, at ${JSON.stringify(problem.pointer)}`;
  return `${problem.title}${detail} (${problem.code}${place})`;
}

const NEXT: Readonly<Record<string, string>> = {
  unauthenticated: 'Give a key that is valid and not expired: --key-file <file> or VERICLIN_API_KEY.',
  forbidden: 'Use a key of a role that may do this; an admin makes one by `vericlin keys create`.',
  not_found: 'Check the id, and that the key may see it.',
  log_refuses_to_sign: 'Look at /readyz of the service: the log stopped signing and says why.',
};

/** What to do next about a problem, where that can be said. */
export function nextAfter(problem: Problem): string | undefined {
  return (
    NEXT[problem.code] ?? (problem.status >= 500 ? 'Look at the log of the service, then run this again.' : undefined)
  );
}
