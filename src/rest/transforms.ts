import { Transform } from 'class-transformer';

/** A query parameter of digits becomes a number; anything else stays, for the rules beside it to refuse. */
export function ToInteger(): PropertyDecorator {
  return Transform(({ value }: { value: unknown }) =>
    typeof value === 'string' && /^-?\d{1,15}$/.test(value) ? Number(value) : value,
  );
}

/** A query parameter `true` or `false` becomes a boolean; anything else stays, for the rules beside it to refuse. */
export function ToBoolean(): PropertyDecorator {
  return Transform(({ value }: { value: unknown }) => {
    if (value === 'true') return true;
    return value === 'false' ? false : value;
  });
}

/** A query parameter given once, several times, or as a comma-separated list becomes an array. */
export function ToList(): PropertyDecorator {
  return Transform(({ value }: { value: unknown }) => (typeof value === 'string' ? value.split(',') : value));
}
