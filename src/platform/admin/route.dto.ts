import { IsArray, IsInt, Max, Min } from 'class-validator';

/** Body of `PUT /admin/v1/accounts/{name}/routes/{id}`. */
export class RouteCountriesDto {
  /** Country calling codes. */
  @IsArray() @IsInt({ each: true }) @Min(1, { each: true }) @Max(999, { each: true }) countries: number[];
}
