import { statement } from '../statement.js';

/** A line of the ledger. */
export interface LedgerRow {
  id: string;
  at: Date;
  kind: string;
  currency: string;
  amount: string;
  quantity: number | null;
  per_segment: string | null;
  note: string;
}

/** Lines of an account before one of them, newest first. */
export const LIST_LEDGER = statement<LedgerRow>(
  'platform_list_ledger',
  `select l.*, p.per_segment from (
     select id, at, kind, currency, amount, quantity, note, price_id from ledger_entry
     where account_id = $1::integer and id < $2::uuid order by id desc limit $3::integer) l
   left join price p on p.id = any (array[l.price_id])
   order by l.id desc`,
);
