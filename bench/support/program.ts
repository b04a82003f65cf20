import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** What a program of the bench can be told to do, by name; arguments and results travel as JSON. */
export type Commands = Readonly<Record<string, (argument: never) => unknown>>;
type Argument<Command> = Command extends (argument: infer Value) => unknown ? Value : never;
type Result<Command> = Command extends (argument: never) => infer Value ? Awaited<Value> : never;

interface Call {
  readonly id: number;
  readonly name: string;
  readonly argument: unknown;
}

interface Reply {
  readonly id: number;
  readonly result?: unknown;
  readonly error?: string;
}

/** Makes this process a program that takes commands from the process that started it, and ends with it. */
export function serve(commands: Commands): void {
  process.on('message', (message: Call) => void answer(commands, message));
  process.on('disconnect', () => process.exit());
  // The bench ends its programs itself; an interrupt from the keyboard goes to all of them at once.
  process.on('SIGINT', () => undefined);
}

async function answer(commands: Commands, { id, name, argument }: Call): Promise<void> {
  try {
    process.send?.({ id, result: await commands[name](argument as never) } satisfies Reply);
  } catch (error) {
    process.send?.({ id, error: error instanceof Error ? (error.stack ?? error.message) : String(error) });
  }
}

/** A program of the bench in a process of its own: load generator, stub, reference. */
export class Program<C extends Commands> {
  private readonly waiting = new Map<number, { resolve: (result: unknown) => void; reject: (error: Error) => void }>();
  private nextId = 1;

  private constructor(
    private readonly name: string,
    private readonly child: ChildProcess,
  ) {
    child.on('message', (reply: Reply) => this.take(reply));
    child.on('exit', (code, signal) => this.failAll(`ended: ${signal ?? `code ${code}`}`));
  }

  /** @param file the program's module, without extension, relative to bench/ */
  static start<C extends Commands>(file: string): Program<C> {
    const module = fileURLToPath(new URL(`../${file}.js`, import.meta.url));
    return new Program<C>(file, fork(module, { execArgv: ['--enable-source-maps'], stdio: 'inherit' }));
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  /** Runs a command there. @throws Error with what was thrown there, or when the program ends before it has answered */
  call<Name extends keyof C & string>(name: Name, argument: Argument<C[Name]>): Promise<Result<C[Name]>> {
    const id = this.nextId++;
    return new Promise<Result<C[Name]>>((resolve, reject) => {
      this.waiting.set(id, { resolve: (result) => resolve(result as Result<C[Name]>), reject });
      this.child.send({ id, name, argument } satisfies Call);
    });
  }

  async stop(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const ended = once(this.child, 'exit');
    this.child.disconnect();
    await ended;
  }

  private take({ id, result, error }: Reply): void {
    const caller = this.waiting.get(id);
    this.waiting.delete(id);
    if (error === undefined) caller?.resolve(result);
    else caller?.reject(new Error(`${this.name}: ${error}`));
  }

  private failAll(why: string): void {
    for (const { reject } of this.waiting.values()) reject(new Error(`${this.name} ${why}`));
    this.waiting.clear();
  }
}
