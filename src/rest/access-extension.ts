/** Member of an OpenAPI operation that names the scopes which it needs; absent: anybody may call it. */
export const ACCESS_EXTENSION = 'x-scopes';
