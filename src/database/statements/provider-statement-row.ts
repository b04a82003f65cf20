/**
 * SQL of a row of a provider's statement by its line, for `cross join lateral` or `left join lateral`. As a plain join, a plan
 * that was made while the statement was small would read all of it for each row that is looked for.
 */
export const rowOfLine = (statementId: string, line: string): string =>
  `(select * from provider_statement_row where statement_id = ${statementId} and line = ${line} limit 1)`;
