/** A product: the ROUTE_ID that sends name, and the country calling codes that it covers. */
export class RouteView {
  readonly id: string;
  readonly countries: number[];
}
