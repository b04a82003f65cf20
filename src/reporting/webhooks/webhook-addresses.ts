import { isIP } from 'node:net';

import type { Config } from '../../config/config.js';
import { isPublicAddress } from '../../network/public-address.js';
import { AddressList } from '../../uip/address-list.js';
import type { WebhookUrlRules } from '../domain/webhook-url.js';

/** Which URLs and addresses webhooks may lead to: the public Internet, and the networks that the configuration names. */
export function webhookUrlRules({ sandbox, webhooks }: Pick<Config, 'sandbox' | 'webhooks'>): WebhookUrlRules {
  const allowed = new AddressList(webhooks.allowedNetworks);
  return {
    allowHttp: sandbox,
    permits: (address) => isPublicAddress(address) || allowed.includes(address),
    isAddress: (text) => isIP(text) !== 0,
  };
}
