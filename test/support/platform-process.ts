import fs from 'node:fs';
import path from 'node:path';

import {
  type DevelopmentCertificates,
  ensureDevelopmentCertificates,
} from '../../src/config/development-certificates.js';
import { CustomerServer } from './customer-server.js';
import { Programs, type TestProgram } from './program.js';
import { UipClient } from './uip-client.js';

/** A platform as a process of its own, with a client for its customers' door. */
export interface PlatformProcess {
  readonly program: TestProgram;
  readonly client: UipClient;
}

/** Processes of the role platform on one database, and the server of their customer. */
export class PlatformProcesses {
  private readonly clients: UipClient[] = [];

  private constructor(
    private readonly programs: Programs,
    private readonly dataDir: string,
    private readonly certificates: DevelopmentCertificates,
    private readonly env: Readonly<Record<string, string>>,
    readonly customer: CustomerServer,
  ) {}

  /** Prepares what the processes share; starts none. */
  static async prepare(sandboxOf: (callbackUrl: string) => object): Promise<PlatformProcesses> {
    const programs = new Programs();
    const dataDir = programs.dataDirectory();
    const certificates = await ensureDevelopmentCertificates(path.join(dataDir, 'certificates'));
    const customer = await CustomerServer.start(certificates);
    const sandboxFile = path.join(dataDir, 'sandbox.json');
    fs.writeFileSync(sandboxFile, JSON.stringify(sandboxOf(customer.url)));
    const env = { ...(await programs.databaseVariables()), SANDBOX_FILE: sandboxFile };
    return new PlatformProcesses(programs, dataDir, certificates, env, customer);
  }

  /** Starts a process, and waits until it is ready. */
  async start(): Promise<PlatformProcess> {
    const program = await this.programs.start({ env: this.env, roles: ['platform'] }, this.dataDir);
    const { ca, scriptClient } = this.certificates;
    const files = { ca, cert: scriptClient.cert, key: scriptClient.key };
    const client = new UipClient(program.local.platformUrl, {
      ca: fs.readFileSync(files.ca),
      cert: fs.readFileSync(files.cert),
      key: fs.readFileSync(files.key),
    });
    this.clients.push(client);
    return { program, client };
  }

  async cleanUp(): Promise<void> {
    for (const client of this.clients) client.close();
    await this.customer.stop();
    await this.programs.cleanUp();
  }
}
