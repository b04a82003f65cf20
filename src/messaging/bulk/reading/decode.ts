import { Transform, type TransformCallback } from 'node:stream';
import { TextDecoder } from 'node:util';

/** What a file may be written in; `utf-16` goes by its byte order mark. */
export type Charset = 'utf-8' | 'utf-16' | 'utf-16le' | 'utf-16be';

const NAMES: ReadonlyMap<string, Charset> = new Map([
  ['utf-8', 'utf-8'],
  ['utf8', 'utf-8'],
  ['us-ascii', 'utf-8'],
  ['utf-16', 'utf-16'],
  ['utf-16le', 'utf-16le'],
  ['utf-16be', 'utf-16be'],
]);

/** The charset of a Content-Type; undefined: one that is not read here. UTF-8 where none is named. */
export function charsetOf(contentType: string | undefined): Charset | undefined {
  const named = /;\s*charset\s*=\s*"?([^";\s]+)/i.exec(contentType ?? '')?.[1];
  return named === undefined ? 'utf-8' : NAMES.get(named.toLowerCase());
}

/**
 * Bytes that are handed on at a time. A parser makes rows of all that it is given, and they wait until somebody asks for them: so
 * many that garbage of theirs is no longer young.
 */
const PIECE = 4096;

/**
 * Turns a file of Unicode into UTF-8 without byte order mark. A byte order mark outranks the charset. What is not valid becomes
 * U+FFFD, for whoever reads the rows to refuse the one that has it.
 */
export class UnicodeDecoder extends Transform {
  private head: Buffer | undefined = Buffer.alloc(0);
  private decoder: TextDecoder | undefined;

  constructor(private readonly charset: Charset) {
    super();
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    if (this.head === undefined) {
      this.give(chunk);
    } else {
      this.head = Buffer.concat([this.head, chunk]);
      if (this.head.length >= 3) this.begin();
    }
    done();
  }

  override _flush(done: TransformCallback): void {
    if (this.head !== undefined) this.begin();
    if (this.decoder !== undefined) this.push(this.decoder.decode());
    done();
  }

  private begin(): void {
    const head = this.head ?? Buffer.alloc(0);
    this.head = undefined;
    const marked = markOf(head);
    const charset = marked?.charset ?? this.charset;
    if (charset !== 'utf-8') this.decoder = new TextDecoder(charset === 'utf-16be' ? 'utf-16be' : 'utf-16le');
    this.give(head.subarray(marked?.length ?? 0));
  }

  private give(chunk: Buffer): void {
    for (let at = 0; at < chunk.length; at += PIECE) {
      const piece = chunk.subarray(at, at + PIECE);
      this.push(this.decoder === undefined ? piece : this.decoder.decode(piece, { stream: true }));
    }
  }
}

function markOf(head: Buffer): { charset: Charset; length: number } | undefined {
  if (head[0] === 0xef && head[1] === 0xbb && head[2] === 0xbf) return { charset: 'utf-8', length: 3 };
  if (head[0] === 0xff && head[1] === 0xfe) return { charset: 'utf-16le', length: 2 };
  if (head[0] === 0xfe && head[1] === 0xff) return { charset: 'utf-16be', length: 2 };
  return undefined;
}
