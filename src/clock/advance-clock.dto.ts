import { Matches } from 'class-validator';

/** Body of `POST .../clock/advance`. */
export class AdvanceClockDto {
  /** An integer with `ms`, `s`, `m` or `h`. */
  @Matches(/^\d{1,9}(ms|s|m|h)$/, { message: 'by must be an integer with ms, s, m or h, such as "25h"' })
  by: string;
}
