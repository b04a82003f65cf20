const readers = new Set<() => Promise<void>>();

/**
 * Has `read` called before the metrics are given to whoever asks for them, for what is read rather than counted. It must not
 * throw.
 * @returns ends that
 */
export function beforeScrape(read: () => Promise<void>): () => void {
  readers.add(read);
  return () => void readers.delete(read);
}

/** Calls all readers; resolves when they are done. */
export async function readForScrape(): Promise<void> {
  await Promise.all([...readers].map((read) => read()));
}
