/** What an SMS to a country may be: it must match in all that is not null (protocol.md 8). */
export class RegistrationView {
  readonly id: number;
  readonly countryCode: number;
  readonly signature: string | null;
  readonly senderId: string | null;
  /** `{}` stands for any text. */
  readonly content: string | null;
}
