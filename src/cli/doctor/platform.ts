import { checkDates } from './certificates.js';
import { type Finding, Findings } from './finding.js';
import type { Installation } from './installation.js';
import { NO_FILE, visit, type Visit } from './visit.js';

/** Errors of name and network, by what to do. */
const UNREACHED: ReadonlyMap<string, string> = new Map([
  [NO_FILE, 'see what the certificates say above'],
  ['ENOTFOUND', 'the name has no address: correct UIP_URL, or look at the DNS of this machine'],
  ['EAI_AGAIN', 'the DNS of this machine does not answer'],
  [
    'ECONNREFUSED',
    'nobody listens there: correct the port in UIP_URL (1815 production, 61815 test), or start the platform',
  ],
  ['ETIMEDOUT', 'a firewall drops it: have the way out to this host and port opened, and our address admitted'],
  ['EHOSTUNREACH', 'there is no route to it: look at the network of this machine'],
  ['ECONNRESET', 'the connection is cut before the handshake: our address may not be admitted'],
]);

/**
 * Whether the platform is reached, trusts our certificate and admits our address: all without a packet.
 * @returns the findings, and the platform's clock less ours where it tells
 */
export async function checkPlatform({
  platformUrl,
  tls,
}: Installation): Promise<{ findings: Finding[]; clockOffset: number | undefined }> {
  const findings = new Findings('platform');
  const { host } = new URL(platformUrl);
  const seen = await visit(platformUrl, tls.uip);
  if (seen.reached === 'nothing') {
    const { error = 'no connection' } = seen;
    findings.fail(`${host} is not reached (${error})`, UNREACHED.get(error) ?? 'look at UIP_URL, UIP_CERT and UIP_KEY');
    return { findings: findings.all, clockOffset: undefined };
  }
  if (seen.certificate !== undefined) {
    const { distrust, protocol, certificate } = seen;
    if (distrust === undefined) findings.ok(`${host}: ${protocol} handshake, its certificate is trusted`);
    else
      findings.fail(`${host} shows a certificate that is not trusted (${distrust})`, 'UIP_CA must name its authority');
    checkDates("the platform's certificate", certificate, findings, Date.now());
  }
  judge(host, seen, findings);
  return { findings: findings.all, clockOffset: seen.clockOffset };
}

function judge(host: string, { status, error }: Visit, findings: Findings): void {
  switch (status) {
    case 405:
      findings.ok(`${host} lets us in (HTTP 405 to a GET, as it should be); no SMS was sent`);
      return;
    case 403:
      findings.fail(`${host} does not admit our address (HTTP 403)`, 'have the address that we go out by whitelisted');
      return;
    case 404:
      findings.fail(`${host} knows no such path (HTTP 404)`, 'UIP_URL must end in /dave/io');
      return;
    case undefined:
      findings.fail(
        `${host} ends the connection after the handshake (${error ?? 'no answer'})`,
        'it refuses our certificate, most likely: is UIP_CERT the one that the provider knows? Its fingerprint is above',
      );
      return;
    default:
      findings.warn(
        `${host} answers HTTP ${status} to a GET`,
        'expected is 405: ask the provider what stands in between',
      );
  }
}
