import { SingleBar } from 'cli-progress';
import { styleText } from 'node:util';

/** Where the demonstration prints: a terminal with colours and a bar, or a pipe with plain lines. */
export class Terminal {
  private readonly live: boolean;
  private readonly coloured: boolean;

  constructor(private readonly stream: NodeJS.WriteStream) {
    this.live = stream.isTTY;
    // https://no-color.org
    this.coloured = this.live && (process.env.NO_COLOR ?? '') === '';
  }

  line(text = ''): void {
    this.stream.write(`${text}\n`);
  }

  readonly bold = (text: string): string => this.styled('bold', text);
  readonly dim = (text: string): string => this.styled('dim', text);
  readonly good = (text: string): string => this.styled('green', text);
  readonly bad = (text: string): string => this.styled('red', text);

  /** Shows how many of `total` are done, until it is finished. */
  progress(total: number): Progress {
    return this.live ? new BarProgress(this.stream, total, this.good) : new LineProgress(this, total);
  }

  private styled(style: 'bold' | 'dim' | 'green' | 'red', text: string): string {
    return this.coloured ? styleText(style, text) : text;
  }
}

/** Something that is under way. */
export interface Progress {
  /** @param doing what is happening, in a few words */
  update(done: number, doing: string): void;
  finish(): void;
}

class BarProgress implements Progress {
  private readonly bar: SingleBar;

  constructor(stream: NodeJS.WriteStream, total: number, paint: (text: string) => string) {
    this.bar = new SingleBar({
      stream,
      format: `  ${paint('{bar}')}  {value}/{total}  {doing}`,
      formatValue: (value, _options, type) =>
        type === 'value' || type === 'total' ? value.toLocaleString('en-US') : String(value),
      barCompleteChar: '━',
      barIncompleteChar: '─',
      barsize: 36,
      hideCursor: true,
      // A signal is ours to handle: the program that was started must stop first.
      gracefulExit: false,
    });
    this.bar.start(total, 0, { doing: '' });
  }

  update(done: number, doing: string): void {
    this.bar.update(done, { doing });
  }

  finish(): void {
    this.bar.stop();
  }
}

/** A line whenever another quarter is done. */
class LineProgress implements Progress {
  private shown = -1;

  constructor(
    private readonly terminal: Terminal,
    private readonly total: number,
  ) {}

  update(done: number, doing: string): void {
    const quarter = Math.floor((done * 4) / this.total);
    if (quarter === this.shown) return;
    this.shown = quarter;
    this.terminal.line(`  ${done.toLocaleString('en-US')}/${this.total.toLocaleString('en-US')}  ${doing}`);
  }

  finish(): void {
    // Lines need no end.
  }
}
