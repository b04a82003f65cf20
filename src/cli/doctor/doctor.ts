import fs from 'node:fs';
import path from 'node:path';

import type { CliEnvironment } from '../../config/cli-environment.js';
import { projectRoot } from '../../config/process-config.js';
import { CommandError } from '../command-error.js';
import { type Output, printJson } from '../output.js';
import { readLocalFile } from '../target.js';
import { checkCallback } from './callback.js';
import { checkCertificates } from './certificates.js';
import { checkClock } from './clock.js';
import { checkDatabase } from './database.js';
import { type Finding, Findings, masked, reportLines } from './finding.js';
import { type Installation, readInstallation, secretsOf } from './installation.js';
import { checkPlatform } from './platform.js';

/** Options of `cloudsms doctor`. */
export interface DoctorOptions {
  readonly callbackUrl?: string;
  readonly json?: boolean;
}

/**
 * Looks at the installation on this machine and prints a report that can be pasted into a ticket. Sends no SMS, and changes
 * nothing.
 * @throws CommandError when a check has failed
 */
export async function doctor(options: DoctorOptions, environment: CliEnvironment, output: Output): Promise<void> {
  const { installation, findings: configuration } = readInstallation(readLocalFile(environment.dataDir));
  const callbackUrl = options.callbackUrl ?? environment.callbackUrl;
  const found = installation === undefined ? [] : await examine(installation, callbackUrl);
  const findings = [...configuration, ...found];
  const secrets = [...secretsOf(installation), ...(environment.apiKey === undefined ? [] : [environment.apiKey])];
  if (options.json === true) {
    printJson(output, { ...about(), findings: findings.map((finding) => maskedFinding(finding, secrets)) });
  } else {
    const { at, version, node, system } = about();
    const title = `CloudSMS doctor, ${at}, version ${version}, Node ${node}, ${system}`;
    for (const line of reportLines(title, findings, secrets)) output.line(line);
  }
  const failed = findings.filter(({ grade }) => grade === 'FAIL').length;
  if (failed > 0) throw new CommandError(failed === 1 ? 'One check has failed.' : `${failed} checks have failed.`);
}

async function examine(installation: Installation, callbackUrl: string | undefined): Promise<Finding[]> {
  const nothing = { findings: [], clockOffset: undefined };
  const certificates = checkCertificates(installation);
  const database = await attempt('database', () => checkDatabase(installation), nothing);
  const platform = await attempt('platform', () => checkPlatform(installation), nothing);
  const callback = await attempt(
    'callback',
    async () => ({ findings: await checkCallback(installation, callbackUrl) }),
    {
      findings: [],
    },
  );
  const clock = checkClock({ database: database.clockOffset, platform: platform.clockOffset });
  return [...certificates, ...clock, ...database.findings, ...platform.findings, ...callback.findings];
}

/** A check that breaks is a finding, too. */
async function attempt<Result extends { findings: Finding[] }>(
  subject: string,
  check: () => Promise<Result>,
  none: Result,
): Promise<Result> {
  try {
    return await check();
  } catch (error) {
    const findings = new Findings(subject);
    const [reason = ''] = error instanceof Error ? error.message.split('\n', 1) : [];
    findings.fail(`the check itself has failed: ${reason}`, 'report it, with this line');
    return { ...none, findings: findings.all };
  }
}

function maskedFinding({ text, advice, ...finding }: Finding, secrets: readonly string[]): Finding {
  return {
    ...finding,
    text: masked(text, secrets),
    ...(advice === undefined ? {} : { advice: masked(advice, secrets) }),
  };
}

function about(): { at: string; version: string; node: string; system: string } {
  const { version } = JSON.parse(fs.readFileSync(path.join(projectRoot(), 'package.json'), 'utf8')) as {
    version: string;
  };
  return {
    at: `${new Date().toISOString().slice(0, 19)}Z`,
    version,
    node: process.version,
    system: `${process.platform} ${process.arch}`,
  };
}
