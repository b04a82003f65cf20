import { Inject, Injectable } from '@nestjs/common';
import type { Logger } from 'pino';

import { Database } from '../database/database.js';
import { forgetCertificates, listCertificates } from '../database/statements/certificates.js';
import { daily } from '../jobs/domain/schedule.js';
import { type JobOutcome, ScheduledJob } from '../jobs/scheduled-job.js';
import { LOGGER } from '../runtime.module.js';
import { expiryText, needsCare, RENEWAL_DAYS } from './domain/expiry.js';

/** Warns of certificates that end soon, in whatever process of the installation they are used. */
@Injectable()
export class CertificateExpiryJob extends ScheduledJob {
  readonly name = 'certificate-expiry';
  readonly schedule = daily('06:00');
  readonly does = `Warns of certificates that end within ${RENEWAL_DAYS} days.`;

  constructor(
    private readonly database: Database,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {
    super();
  }

  async run(): Promise<JobOutcome> {
    await forgetCertificates(this.database);
    const rows = await listCertificates(this.database);
    const certificates = rows.map(({ name, host, days_left: daysLeft }) => ({ name, host, daysLeft }));
    for (const { name, host, daysLeft } of certificates.filter(needsCare)) {
      const days = daysLeft === null ? null : Math.floor(daysLeft);
      this.logger.warn({ certificate: name, host, days }, 'a certificate ends soon, has ended, or can not be read');
    }
    return { text: expiryText(certificates), warning: certificates.some(needsCare) };
  }
}
