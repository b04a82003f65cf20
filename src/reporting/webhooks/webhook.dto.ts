import {
  ArrayMinSize,
  ArrayUnique,
  IsArray,
  IsBoolean,
  IsIn,
  IsISO8601,
  IsOptional,
  IsString,
  Matches,
  MaxLength,
  ValidateIf,
} from 'class-validator';

import { PageQuery } from '../../rest/page.js';
import { EVENT_TYPES, type EventType } from '../domain/event-type.js';

const ZONED_TIME = /([Zz]|[+-]\d\d:?\d\d)$/;

/** A member that may be absent, but not null: unlike `@IsOptional()`. */
const IfPresent = (): PropertyDecorator => ValidateIf((_, value) => value !== undefined);

/** What can be chosen of an endpoint besides its URL. */
class WebhookChoicesDto {
  @IfPresent()
  @IsString()
  @MaxLength(200)
  description?: string;

  /** Which events it is told of. Default null: all. */
  @IsOptional()
  @IsArray()
  @ArrayMinSize(1)
  @ArrayUnique()
  @IsIn(EVENT_TYPES, { each: true, message: `eventTypes must be of ${EVENT_TYPES.join(', ')}` })
  eventTypes?: EventType[] | null;

  /** How it is told numbers. Default masked. */
  @IfPresent()
  @IsIn(['masked', 'clear'], { message: 'numbers must be masked or clear' })
  numbers?: 'masked' | 'clear';

  /** A disabled endpoint is told nothing, and not afterwards either. Default true. */
  @IfPresent()
  @IsBoolean()
  enabled?: boolean;
}

/** Body of `POST /v1/webhooks`. */
export class CreateWebhookDto extends WebhookChoicesDto {
  @IsString()
  @MaxLength(4096)
  url: string;
}

/** Body of `PATCH /v1/webhooks/{id}`. */
export class ChangeWebhookDto extends WebhookChoicesDto {
  @IfPresent()
  @IsString()
  @MaxLength(4096)
  url?: string;
}

/** Body of `POST /v1/webhooks/{id}/rotate-secret`. */
export class RotateSecretDto {
  /** Until then deliveries are signed with both secrets. Default: for 24 hours. */
  @IfPresent()
  @IsISO8601({ strict: true, strictSeparator: true })
  @Matches(ZONED_TIME, { message: '$property must name its time zone: 2026-01-31T12:00:00Z' })
  oldSecretValidUntil?: string;
}

/** Query parameters of `GET /v1/webhooks/{id}/deliveries`. */
export class DeliveriesQuery extends PageQuery {
  @IsOptional()
  @IsIn(['pending', 'delivered', 'failed'], { message: 'outcome must be pending, delivered or failed' })
  outcome?: 'pending' | 'delivered' | 'failed';
}
