import { isIP } from 'node:net';

import { isPublicAddress } from '../../network/public-address.js';

const INTERNAL_NAME = /(^|\.)(localhost|local|internal|intranet|lan|home\.arpa)\.?$/i;

/**
 * What is wrong with a callback URL, if anything. In the sandbox anything goes that can be called; in production it is
 * required, is HTTPS, and names no place that is internal by its very name. What a name resolves to is looked at when reports
 * are pushed, at each connection.
 *
 * @param url of the form that `IsCallbackUrl` demands; undefined: none
 */
export function callbackUrlFault(url: string | undefined, sandbox: boolean): string | undefined {
  if (sandbox) return undefined;
  if (url === undefined) return 'is required: reports are pushed there';
  const { protocol, hostname } = new URL(url);
  if (protocol !== 'https:') return 'must be an https: URL';
  const host = hostname.startsWith('[') ? hostname.slice(1, -1) : hostname;
  const isInternal = isIP(host) === 0 ? INTERNAL_NAME.test(host) || !host.includes('.') : !isPublicAddress(host);
  return isInternal ? 'must not lead into an internal network' : undefined;
}
