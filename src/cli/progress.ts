import { SingleBar } from 'cli-progress';

import type { Output } from './output.js';

/** Something that takes a while, shown as it goes. */
export interface Progress {
  /** @param doing what is happening, in a few words */
  readonly update: (done: number, total: number, doing: string) => void;
  readonly finish: () => void;
}

/** A bar on a terminal; in a pipe a line whenever another quarter is done. Beside what is printed, on stderr. */
export function startProgress(output: Output, stream: NodeJS.WriteStream = process.stderr): Progress {
  return stream.isTTY ? barOn(stream) : linesTo(output);
}

function barOn(stream: NodeJS.WriteStream): Progress {
  const bar = new SingleBar({
    stream,
    format: '{bar}  {value}/{total}  {doing}',
    formatValue: (value, _options, type) =>
      type === 'value' || type === 'total' ? value.toLocaleString('en-US') : String(value),
    barsize: 36,
    hideCursor: true,
    barCompleteChar: '━',
    barIncompleteChar: '─',
  });
  bar.start(1, 0, { doing: '' });
  return {
    update: (done, total, doing) => {
      bar.setTotal(Math.max(1, total));
      bar.update(done, { doing });
    },
    finish: () => bar.stop(),
  };
}

function linesTo(output: Output): Progress {
  let shown = '';
  return {
    update: (done, total, doing) => {
      const quarter = `${doing.split(' ', 1)[0]} ${total === 0 ? 0 : Math.floor((done * 4) / total)}`;
      if (quarter === shown) return;
      shown = quarter;
      output.note(`${done.toLocaleString('en-US')}/${total.toLocaleString('en-US')}  ${doing}`);
    },
    finish: () => undefined,
  };
}
