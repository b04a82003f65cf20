/** A command that did not do what it was asked to; the message is for whoever typed it. */
export class CommandError extends Error {
  /** @param hints further lines: what to do */
  constructor(
    message: string,
    readonly hints: readonly string[] = [],
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = 'CommandError';
  }
}
