import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';

/** The certificate that a client has shown. */
export interface PeerCertificate {
  /** SHA-256 of the certificate: 64 hexadecimal digits in lower case. */
  readonly fingerprint: string;
  /** Whether it comes from an authority that the listener trusts. */
  readonly authorised: boolean;
}

/** Looks at the certificates of connections, once each. */
export class PeerIdentities {
  private readonly known = new WeakMap<Socket, PeerCertificate | undefined>();

  /**
   * The certificate shown on a connection. It is the certificate itself that is looked at: a resumed session of a client
   * without one can read `authorized: true`.
   */
  of(socket: Socket): PeerCertificate | undefined {
    if (!(socket instanceof TLSSocket)) return undefined;
    if (this.known.has(socket)) return this.known.get(socket);
    const certificate = socket.getPeerX509Certificate();
    const identity =
      certificate === undefined
        ? undefined
        : { fingerprint: plainFingerprint(certificate.fingerprint256), authorised: socket.authorized };
    this.known.set(socket, identity);
    return identity;
  }
}

/** A fingerprint however it is written (colons, blanks, capitals) as hexadecimal digits in lower case. */
export function plainFingerprint(text: string): string {
  return text.replaceAll(/[\s:]/g, '').toLowerCase();
}
