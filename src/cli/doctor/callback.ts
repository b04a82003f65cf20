import { checkDates } from './certificates.js';
import { type Finding, Findings } from './finding.js';
import type { Installation } from './installation.js';
import { visit, type Visit } from './visit.js';

/** Ends of a connection by which a listener refuses somebody who shows no certificate. */
const REFUSED = /CERTIFICATE_REQUIRED|HANDSHAKE_FAILURE|ECONNRESET|EPIPE|socket hang up/;

/**
 * The callback as a stranger sees it, who shows no certificate; in a sandbox also as one that it trusts.
 * @param given the URL that the provider has registered; undefined: nobody has named it
 */
export async function checkCallback(installation: Installation, given: string | undefined): Promise<Finding[]> {
  const findings = new Findings('callback');
  const { config, local, tls } = installation;
  const { port, tls: isTls } = config.callback;
  const url = given ?? local?.callbackUrl ?? `${isTls ? 'https' : 'http'}://localhost:${port}/dr`;
  if (!URL.canParse(url)) {
    findings.fail(`${url} is no URL`, 'write it as https://HOST:PORT/dr');
    return findings.all;
  }
  if (given === undefined && !config.sandbox) {
    const advice = 'name the URL that the provider has registered by --callback-url or CLOUDSMS_CALLBACK_URL';
    findings.warn('looked at from this machine only', advice);
  }
  const { host } = new URL(url);
  const seen = await visit(url, { ca: tls.visitor?.ca });
  if (seen.reached === 'nothing') {
    const advice = 'is the role callback running, and do DNS, proxy and firewall lead to it?';
    findings.fail(`${host} is not reached (${seen.error ?? 'no connection'})`, advice);
    return findings.all;
  }
  checkServerCertificate(host, seen, findings);
  judgeStranger(host, seen, installation, findings);
  if (tls.visitor !== undefined && given === undefined) {
    judgeVisitor(host, await visit(url, tls.visitor), findings);
  }
  return findings.all;
}

function checkServerCertificate(host: string, { certificate, distrust }: Visit, findings: Findings): void {
  if (certificate === undefined) return;
  checkDates('the certificate that the callback shows', certificate, findings, Date.now());
  if (distrust === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    findings.fail(`its certificate is not for ${host}`, 'CALLBACK_CERT must carry the name that the provider calls');
  } else if (distrust === undefined) findings.ok(`its certificate is for ${host}, and trusted`);
  else {
    const advice = 'good if the provider was given its authority; otherwise take one of a public authority';
    findings.warn(`its certificate comes from no authority that is known here (${distrust})`, advice);
  }
}

function judgeStranger(
  host: string,
  { status, error = '' }: Visit,
  { config: { callback } }: Installation,
  findings: Findings,
): void {
  const demands = callback.tls && callback.clientAuth === 'require';
  if (status === undefined && REFUSED.test(error))
    findings.ok(`${host} refuses whoever shows no certificate, as it should`);
  else if (status === 403) findings.ok(`${host} refuses an address that is not the provider's, as it should`);
  else if (status === undefined) findings.fail(`${host} does not answer (${error})`, 'look at its log');
  else if (demands) {
    const advice =
      'something in front of it ends the TLS: let it pass through, or set CALLBACK_TLS=off and TRUSTED_PROXIES';
    findings.warn(`${host} answers HTTP ${status} to somebody without a certificate`, advice);
  } else if (status === 405) findings.ok(`${host} answers (HTTP 405 to a GET, as it should be)`);
  else findings.warn(`${host} answers HTTP ${status} to a GET`, 'expected is 405: does the path end in /dr?');
}

function judgeVisitor(host: string, { status, error }: Visit, findings: Findings): void {
  if (status === 405) findings.ok(`${host} lets in whom it trusts (HTTP 405 to a GET, as it should be)`);
  else {
    const what = status === undefined ? (error ?? 'no answer') : `HTTP ${status}`;
    findings.fail(
      `${host} does not let in whom it should trust (${what})`,
      'look at CALLBACK_CA and CALLBACK_ALLOWED_ADDRESSES',
    );
  }
}
