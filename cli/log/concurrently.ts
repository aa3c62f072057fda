/**
 * Runs `work` on the items of a stream, at most `limit` at a time. After the first failure nothing new starts; what is
 * running is awaited. Answers the errors, in no order; none means that all went well.
 */
export async function concurrently<T>(
  items: AsyncIterable<T>,
  limit: number,
  work: (item: T) => Promise<void>,
): Promise<unknown[]> {
  const running = new Set<Promise<void>>();
  const errors: unknown[] = [];
  const start = (item: T): void => {
    const one: Promise<void> = work(item)
      .catch((thrown: unknown) => void errors.push(thrown))
      .finally(() => running.delete(one));
    running.add(one);
  };
  try {
    for await (const item of items) {
      start(item);
      if (running.size >= limit) await Promise.race(running);
      if (errors.length > 0) break;
    }
  } catch (thrown) {
    errors.push(thrown);
  }
  await Promise.all(running);
  return errors;
}
