/** What is asked of the URL of a webhook endpoint. */
export interface WebhookUrlRules {
  /** Whether plain HTTP is allowed: in a sandbox. */
  readonly allowHttp: boolean;
  /** Whether a connection to an address may be made; false for what is no address. */
  readonly permits: (address: string) => boolean;
  /** Whether a text is an IP address. */
  readonly isAddress: (text: string) => boolean;
}

const MAX_LENGTH = 2048;
const FIRST_FREE_PORT = 1024;
const WEB_PORTS: readonly string[] = ['', '80', '443'];

/**
 * Why a URL can't be a webhook endpoint's, as a rule that it breaks; undefined when it can. What its name leads to is looked at
 * again at every connection: this is to tell the caller early, and to refuse what needs no connection to be refused.
 *
 * The URL is read as browsers do (WHATWG), so that `0x7f.1`, `2130706433` and `[::ffff:127.0.0.1]` are the addresses that they
 * are for whoever connects.
 */
export function webhookUrlFault(text: string, rules: WebhookUrlRules): string | undefined {
  if (text.length > MAX_LENGTH) return `must be at most ${MAX_LENGTH} characters`;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined) return 'must be a URL';
  if (url.protocol !== 'https:' && !(rules.allowHttp && url.protocol === 'http:')) return 'must be an https: URL';
  if (url.username !== '' || url.password !== '') return 'must not carry a user name or password';
  if (url.hash !== '') return 'must not carry a fragment';
  if (!WEB_PORTS.includes(url.port) && Number(url.port) < FIRST_FREE_PORT)
    return 'must name no port below 1024 but 80 and 443';
  const host = url.hostname.replace(/^\[|\]$/g, '');
  return rules.isAddress(host) && !rules.permits(host) ? 'must not lead into an internal network' : undefined;
}
