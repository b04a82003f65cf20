import { Matches } from 'class-validator';

/** Which handset. */
export class InboxQuery {
  /** `+85267000011`, or the same without `+` (which an address turns into a blank unless it is escaped). */
  @Matches(/^[+ ]?\d{1,40}$/, { message: 'number must be the country code and the number, in digits' })
  number: string;
}
