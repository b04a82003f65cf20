import { ApiExtraModels, ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  IsArray,
  IsBoolean,
  IsInt,
  IsObject,
  IsOptional,
  IsString,
  Max,
  MaxLength,
  Min,
  MinLength,
  ValidateNested,
} from 'class-validator';

import { AsIs } from '../../rest/validation.pipe.js';
import { SignatureDto } from '../send-message.dto.js';

/** Body of `POST /v1/templates`. */
export class CreateTemplateDto {
  @IsString()
  @MinLength(1)
  @MaxLength(100)
  name: string;

  /** `{{name}}` is a variable; what stands between `{{#name}}` and `{{/name}}` is left out where it has no value. */
  @IsString()
  @MinLength(1)
  @MaxLength(2000)
  text: string;
}

/** Body of `PATCH /v1/templates/{id}`. */
export class ChangeTemplateDto {
  @IsOptional()
  @IsString()
  @MinLength(1)
  @MaxLength(100)
  name?: string;

  @IsOptional()
  @IsString()
  @MinLength(1)
  @MaxLength(2000)
  text?: string;
}

/** What is known of the values of a variable. */
export class VariableRangeDto {
  /** Values that it may have. */
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(20)
  @IsString({ each: true })
  @MaxLength(1000, { each: true })
  examples?: string[];

  /** Characters of its longest value; its shortest is empty. */
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(1000)
  maxLength?: number;

  /** With `maxLength`: its values may have characters beyond GSM 03.38. */
  @IsOptional()
  @IsBoolean()
  unicode?: boolean;
}

/** Body of `POST /v1/templates/{id}/preview`. */
@ApiExtraModels(VariableRangeDto)
export class PreviewTemplateDto {
  /** By name of the variable: `{examples}` or `{maxLength, unicode}`. Without: its values have up to 20 characters of GSM 03.38. */
  @ApiPropertyOptional({
    type: 'object',
    additionalProperties: { $ref: '#/components/schemas/VariableRangeDto' },
  })
  @IsOptional()
  @AsIs()
  @IsObject()
  variables?: Record<string, unknown>;

  @IsOptional()
  @ValidateNested()
  @Type(() => SignatureDto)
  signature?: SignatureDto;

  /** Name of a route; default: the first. */
  @IsOptional()
  @IsString()
  @MaxLength(255)
  route?: string;

  /** Country calling codes that the cost is asked for. */
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(250)
  @IsInt({ each: true })
  countries?: number[];
}
