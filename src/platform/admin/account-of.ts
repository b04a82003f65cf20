import { CustomerAccount } from '../accounts/customer-account.entity.js';
import { AccountNotFoundError } from './account.view.js';
import type { ChangeTransaction } from './admin-changes.service.js';

/** The account that a change is about. @throws AccountNotFoundError */
export async function accountOf(
  { manager }: Pick<ChangeTransaction, 'manager'>,
  name: string,
): Promise<CustomerAccount> {
  const account = await manager.findOneBy(CustomerAccount, { name });
  if (account === null) throw new AccountNotFoundError();
  return account;
}
