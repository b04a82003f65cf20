import metadata from 'libphonenumber-js/max/metadata';

/** What libphonenumber's full metadata knows of a country calling code, made ready for speed. */
export interface NumberingPlan {
  /**
   * Bit n is set when a national number of n digits is possible in the main region of the code. A few regions have others
   * for a few numbers (Canada's 310 xxxx): the library itself knows those.
   */
  readonly lengths: number;
  /** The general national number patterns of all regions that share the code, in one, anchored. */
  readonly general: RegExp;
}

// Positions in libphonenumber-js's minified plan (its METADATA.md, format 4).
const PATTERN = 2;
const LENGTHS = 3;
const TYPES = 11;

/** One past the highest country calling code there can be (E.164: three digits). */
const CODES = 1000;

/** A plan as libphonenumber-js ships it: an array whose positions are named above. */
type MinifiedPlan = readonly unknown[];

const regionsByCode: Readonly<Record<string, readonly string[]>> = metadata.country_calling_codes;
const planByRegion: Readonly<Record<string, MinifiedPlan>> = metadata.countries;
const globalPlans: Readonly<Record<string, MinifiedPlan>> = metadata.nonGeographic;

const ASSIGNED = assignedCodes();
const PLANS: (NumberingPlan | undefined)[] = Array.from({ length: CODES }, () => undefined);
const TYPE_PATTERNS: (RegExp | undefined)[] = Array.from({ length: CODES }, () => undefined);

function assignedCodes(): Uint8Array {
  const table = new Uint8Array(CODES);
  for (const code of [...Object.keys(regionsByCode), ...Object.keys(globalPlans)]) table[Number(code)] = 1;
  return table;
}

/**
 * Whether a number is an assigned country calling code (E.164): those of the countries, and the global ones
 * 800, 808, 870, 878, 881, 882, 883, 888 and 979, which ITU has assigned too, though to no country. Whoever has no price for
 * them does not send there. Shared codes are one: 1 is all of North America, 7 Russia and Kazakhstan.
 */
export function isAssignedCountryCode(code: number): boolean {
  return Number.isInteger(code) && code > 0 && code < CODES && ASSIGNED[code] === 1;
}

/** All assigned country calling codes, ascending. */
export function assignedCountryCodes(): number[] {
  return Array.from(ASSIGNED.keys()).filter((code) => ASSIGNED[code] === 1);
}

/**
 * The numbering plan of an assigned country calling code; compiled when first asked for, then kept.
 * `undefined` for a code that is not assigned.
 */
export function numberingPlan(code: number): NumberingPlan | undefined {
  if (!isAssignedCountryCode(code)) return undefined;
  return (PLANS[code] ??= compile(code));
}

/**
 * Whether a national number is in a range that libphonenumber knows to be in use, by the patterns of all types of number
 * (fixed, mobile, ...) of all regions of the code. Ranges are opened all the time: a no is worth a warning and no more.
 */
export function isKnownRange(code: number, nationalNumber: string): boolean {
  if (!isAssignedCountryCode(code)) return false;
  return (TYPE_PATTERNS[code] ??= compileTypes(code)).test(nationalNumber);
}

/** The plans of all regions of a code, the main one first. */
function plansOf(code: number): MinifiedPlan[] {
  const regions = regionsByCode[code];
  return regions === undefined ? [globalPlans[code]] : regions.map((region) => planByRegion[region]);
}

function compile(code: number): NumberingPlan {
  const plans = plansOf(code);
  let lengths = 0;
  for (const length of plans[0][LENGTHS] as readonly number[]) lengths |= 1 << length;
  return { lengths, general: anyOf(plans.map((plan) => plan[PATTERN] as string)) };
}

function compileTypes(code: number): RegExp {
  const patterns: string[] = [];
  for (const plan of plansOf(code)) {
    // A type is [pattern, lengths], or 0 where the region has none; an empty pattern means none as well.
    const types = plan[TYPES] as readonly (readonly [string, ...unknown[]] | 0)[];
    for (const type of types) if (type !== 0 && type[0] !== '') patterns.push(type[0]);
  }
  return anyOf(patterns);
}

function anyOf(patterns: readonly string[]): RegExp {
  return new RegExp(`^(?:${[...new Set(patterns)].join('|')})$`);
}
