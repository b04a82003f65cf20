/** A column: its heading, and on which side its cells stand. */
export interface Column {
  readonly title: string;
  readonly align: 'left' | 'right';
}

/** A cell: what is printed, and how it is painted; painting must not change its width. */
export interface Cell {
  readonly text: string;
  readonly paint?: (text: string) => string;
}

const INDENT = '  ';
const GAP = '   ';

/**
 * The lines of a table with a rule below its heading. Cells are one column of the terminal a character: names and figures
 * here are.
 * @param paint of heading and rule
 */
export function tableLines(
  columns: readonly Column[],
  rows: readonly (readonly Cell[])[],
  paint: (text: string) => string,
): string[] {
  const widths = columns.map(({ title }, index) =>
    Math.max(title.length, ...rows.map((row) => row[index]?.text.length ?? 0)),
  );
  const line = (cells: readonly Cell[]): string => {
    const padded = columns.map(({ align }, index) => {
      const cell = cells[index] ?? { text: '' };
      const blanks = ' '.repeat((widths[index] ?? 0) - cell.text.length);
      const painted = cell.paint?.(cell.text) ?? cell.text;
      return align === 'left' ? `${painted}${blanks}` : `${blanks}${painted}`;
    });
    return `${INDENT}${padded.join(GAP).trimEnd()}`;
  };
  return [
    line(columns.map(({ title }) => ({ text: title, paint }))),
    `${INDENT}${paint(widths.map((width) => '─'.repeat(width)).join(GAP))}`,
    ...rows.map(line),
  ];
}
