import type { MigrationInterface, QueryRunner } from 'typeorm';

/** A price version never changes but for its end (docs/decisions/0061-price-book.md). */
export class PriceVersions1790006100000 implements MigrationInterface {
  name = 'PriceVersions1790006100000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`create function price_keeps_its_word() returns trigger language plpgsql as $$
      begin
        if (to_jsonb(new) - 'valid_until') is distinct from (to_jsonb(old) - 'valid_until') or new.valid_until < old.valid_from then
          raise exception 'a price version never changes but for its end' using errcode = 'restrict_violation';
        end if;
        return new;
      end $$`);
    await runner.query(`create trigger price_unchanged before update on price
      for each row execute function price_keeps_its_word()`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop trigger price_unchanged on price');
    await runner.query('drop function price_keeps_its_word');
  }
}
