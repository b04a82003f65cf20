import type { NotSentReason } from './uip-transport.js';

/** Thrown where a name leads to no permitted address. */
export class AddressNotPermitted extends Error {
  readonly code = 'UIP_ADDRESS';

  constructor() {
    super('no address of this host is permitted');
  }
}

const DNS = /^(ENOTFOUND|ENODATA|ESERVFAIL|EAI_)/;
const TLS = /^(CERT_|ERR_TLS|ERR_SSL|ERR_OSSL|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED|HOSTNAME_MISMATCH|INVALID_|EPROTO)/;
const CLOSED = /^UND_ERR_(CLOSED|DESTROYED)/;

/** Names the reason of an error that came before the first byte, by its code. */
export function notSentReason(error: Error): NotSentReason {
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  if (code === 'UIP_ADDRESS') return 'address';
  if (DNS.test(code)) return 'dns';
  if (TLS.test(code)) return 'tls';
  return CLOSED.test(code) ? 'closed' : 'connect';
}
