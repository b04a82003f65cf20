import helmet from 'helmet';
import type { IncomingMessage, ServerResponse } from 'node:http';

/** Every answer's: name and value. */
export type Header = readonly [name: string, value: string];

/** What helmet advises for every answer, but for rules on upgrading to HTTPS, and that no cache may keep numbers and texts. */
export const SECURITY_HEADERS: readonly Header[] = [...helmetHeaders(), ['Cache-Control', 'no-store']];

/** What helmet sets is the same for every answer: it is asked once. */
function helmetHeaders(): Header[] {
  const headers: Header[] = [];
  const recorder = {
    setHeader: (name: string, value: string) => headers.push([name, value]),
    removeHeader: () => undefined,
  };
  const protect = helmet({ contentSecurityPolicy: { directives: { upgradeInsecureRequests: null } } });
  protect({} as IncomingMessage, recorder as unknown as ServerResponse, (error?: unknown) => {
    if (error !== undefined) throw new Error('helmet could not say its headers', { cause: error });
  });
  return headers;
}

/** Express middleware: gives an answer the headers that all have. */
export function setSecurityHeaders(
  _request: unknown,
  response: Pick<ServerResponse, 'setHeader'>,
  next: () => void,
): void {
  for (const [name, value] of SECURITY_HEADERS) response.setHeader(name, value);
  next();
}
