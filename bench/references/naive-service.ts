import { Body, Controller, HttpCode, Injectable, Module, Post } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { InjectRepository, TypeOrmModule } from '@nestjs/typeorm';
import { type AxiosInstance, create } from 'axios';
import express from 'express';
import fs from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import { Column, Entity, Index, PrimaryGeneratedColumn, Repository } from 'typeorm';

import { serve } from '../support/program.js';
import type { TlsPaths } from '../support/tls.js';

/**
 * The service that a capable team writes in a week: an entity a message, `save()` for each change, an HTTP call each. What a
 * framework gives is used as its guides show it. It loses reports that come before the ANSWER is stored, and forgets what it
 * was sending when it dies.
 */
@Entity('naive_message')
class NaiveMessage {
  @PrimaryGeneratedColumn('uuid')
  id: string;

  @Column('integer', { name: 'country_code' })
  countryCode: number;

  @Column('text')
  msisdn: string;

  @Column('text')
  text: string;

  @Column('text')
  status: string;

  @Index()
  @Column('text', { nullable: true })
  uid: string | null;
}

/** Where packets go to; set before the application is made. */
let platform: { client: AxiosInstance; url: string } | undefined;

@Injectable()
class NaiveService {
  constructor(@InjectRepository(NaiveMessage) private readonly messages: Repository<NaiveMessage>) {}

  async accept(to: readonly string[], text: string): Promise<NaiveMessage[]> {
    const accepted: NaiveMessage[] = [];
    for (const number of to) {
      const [, countryCode, msisdn] = /^\+(852|65)(\d+)$/.exec(number) ?? [];
      const message = this.messages.create({ countryCode: Number(countryCode), msisdn, text, status: 'queued' });
      accepted.push(await this.messages.save(message));
    }
    return accepted;
  }

  async send(messages: readonly NaiveMessage[]): Promise<void> {
    for (const message of messages) {
      const { countryCode, msisdn, text } = message;
      const response = await platform?.client.post<{ DETAIL_LIST: readonly { SMS_UID: string }[] }>(platform.url, {
        METHOD: 'SMS_SEND_REQUEST',
        TYPE: 'REQUEST',
        SERIAL: 1,
        AUTH_KEY: 'bench',
        SMS_CONTENT: text,
        ROUTE_ID: 'Bench',
        VERSION: '2021-01-01',
        MULTI_MSISDN_LIST: [{ COUNTRY_CODE: countryCode, DEST_MSISDN: msisdn }],
      });
      message.uid = response?.data.DETAIL_LIST[0]?.SMS_UID ?? null;
      message.status = 'submitted';
      await this.messages.save(message);
    }
  }

  async report(uid: string): Promise<void> {
    const message = await this.messages.findOneBy({ uid });
    if (message === null) return;
    message.status = 'delivered';
    await this.messages.save(message);
  }
}

@Controller()
class NaiveController {
  constructor(private readonly service: NaiveService) {}

  @Post('v1/messages')
  @HttpCode(202)
  async accept(@Body() { to, text }: { to: string[]; text: string }): Promise<unknown> {
    const messages = await this.service.accept(to, text);
    // In the background, as such services do.
    void this.service.send(messages);
    return { messages: messages.map(({ id, status }) => ({ id, status })) };
  }

  @Post('dr')
  @HttpCode(200)
  async report(@Body() { SMS_UID, SERIAL }: { SMS_UID: string; SERIAL: number }): Promise<unknown> {
    await this.service.report(SMS_UID);
    return { METHOD: 'SMS_PUSH_REPORT', TYPE: 'ANSWER', SERIAL, RESULT_CODE: 1, RESULT_DESC: 'OK' };
  }
}

const listen = async (server: http.Server | https.Server): Promise<number> => {
  // Its default of five seconds would close connections that load generators keep.
  server.keepAliveTimeout = 60_000;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
};

let repository: Repository<NaiveMessage> | undefined;

const commands = {
  /** @param server, client what it shows as a server of reports and as a client @returns its addresses */
  async start({
    databaseUrl,
    uipUrl,
    server,
    client,
  }: {
    databaseUrl: string;
    uipUrl: string;
    server: TlsPaths;
    client: TlsPaths;
  }): Promise<{ apiUrl: string; reportUrl: string }> {
    const read = (file: string): Buffer => fs.readFileSync(file);
    const material = ({ ca, cert, key }: TlsPaths) => ({ ca: read(ca), cert: read(cert), key: read(key) });
    const httpsAgent = new https.Agent({ ...material(client), keepAlive: true });
    platform = { client: create({ httpsAgent }), url: uipUrl };

    @Module({
      imports: [
        TypeOrmModule.forRoot({ type: 'postgres', url: databaseUrl, entities: [NaiveMessage], synchronize: true }),
        TypeOrmModule.forFeature([NaiveMessage]),
      ],
      controllers: [NaiveController],
      providers: [NaiveService],
    })
    class NaiveModule {}

    const handler = express();
    const application = await NestFactory.create(NaiveModule, new ExpressAdapter(handler), { logger: false });
    await application.init();
    repository = application.get<Repository<NaiveMessage>>('NaiveMessageRepository');
    const apiPort = await listen(http.createServer(handler));
    const reports = https.createServer({ ...material(server), requestCert: true, rejectUnauthorized: true }, handler);
    return {
      apiUrl: `http://127.0.0.1:${apiPort}`,
      reportUrl: `https://127.0.0.1:${await listen(reports)}/dr`,
    };
  },

  /** Messages by status. */
  async counts(): Promise<{ submitted: number; delivered: number }> {
    const count = async (status: string) => (await repository?.countBy({ status })) ?? 0;
    return { submitted: await count('submitted'), delivered: await count('delivered') };
  },
};

export type NaiveCommands = typeof commands;

serve(commands);
