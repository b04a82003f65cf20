/** An SMS that was taken, and is charged. */
export interface TakenSms {
  readonly uid: string;
  readonly number: string;
  readonly attemptId: string;
}

/** Looks, from the platform's side, at what the client should have committed by now. */
export interface Witness {
  /** Right when a packet arrives: whether its attempt is committed. */
  attemptIsCommitted(attemptId: string): Promise<boolean>;
  /** Right when a report is answered: whether it is stored. */
  reportIsStored(uid: string): Promise<boolean>;
  /** Whether a report has been tried to be joined with its send. */
  reportIsLookedAt(uid: string): Promise<boolean>;
}

/** The next packet of a client that starts with a bait: taken, and not answered until it is released. */
export class Hold {
  /** Whether there was such a packet. */
  isTaken = false;
  /** Lets the ANSWER go, into whatever is left of the connection. */
  release: () => void = () => undefined;
  readonly released = new Promise<void>((resolve) => (this.release = resolve));

  /** @param authKey whose packet */
  constructor(readonly authKey: string) {}
}
