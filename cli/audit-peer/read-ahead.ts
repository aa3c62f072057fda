/**
 * What `read` answers for the numbers `[from, to)`, in order, with up to `depth` of them being read at a time: the next
 * blocks are under way while one is being checked, and no more than `depth` are in memory.
 */
export async function* readAhead<T>(
  from: number,
  to: number,
  depth: number,
  read: (number: number) => Promise<T>,
): AsyncGenerator<{ readonly number: number; readonly value: T }> {
  const waiting: Promise<T>[] = [];
  let next = from;
  const start = (): void => {
    const one = read(next);
    // Awaited below in its turn; until then a failure is not "unhandled".
    one.catch(() => undefined);
    waiting.push(one);
    next += 1;
  };
  for (let number = from; number < to; number += 1) {
    while (next < to && waiting.length < depth) start();
    const value = await (waiting.shift() as Promise<T>);
    yield { number, value };
  }
}
