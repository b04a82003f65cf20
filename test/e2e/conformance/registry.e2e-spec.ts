import fs from 'node:fs';
import path from 'node:path';

const ID = /P\d+-[A-Z]+-\d+/g;
/** A title begins with the ids of the rules that it shows; so does a row of a table of tests. */
const TITLE = /(['"`])(P\d+-[A-Z]+-\d+(?:(?!\1).)*)\1/g;
const ROW = /^\| (P\d+-[A-Z]+-\d+) +\| (.+?) +\| (.+?) +\|$/gm;

/** The files that show a rule, by its id. */
type Shown = Map<string, Set<string>>;

function add(shown: Shown, id: string, file: string): void {
  const files = shown.get(id) ?? new Set();
  shown.set(id, files.add(file));
}

function specFiles(directory: string): string[] {
  return fs
    .readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .map((name) => path.posix.join(directory, name))
    .filter((file) => file.endsWith('spec.ts'));
}

function titles(): Shown {
  const shown: Shown = new Map();
  for (const file of ['src', 'test'].flatMap(specFiles)) {
    for (const [, , title = ''] of fs.readFileSync(file, 'utf8').matchAll(TITLE))
      for (const [id] of title.matchAll(ID)) add(shown, id, path.basename(file));
  }
  return shown;
}

function documented(): { shown: Shown; ids: string[] } {
  const shown: Shown = new Map();
  const ids: string[] = [];
  for (const [, id = '', , files = ''] of fs.readFileSync('docs/conformance.md', 'utf8').matchAll(ROW)) {
    ids.push(id);
    for (const file of files.split(', ')) add(shown, id, file.replaceAll('`', ''));
  }
  return { shown, ids };
}

const plain = (shown: Shown) =>
  Object.fromEntries(
    [...shown].toSorted(([one], [other]) => (one < other ? -1 : 1)).map(([id, files]) => [id, [...files].toSorted()]),
  );

describe('docs/conformance.md', () => {
  it('names each rule once, and for each the files whose tests carry its id; no test carries another', () => {
    const { shown, ids } = documented();
    expect(ids.length).toBeGreaterThan(100);
    expect(ids).toEqual([...new Set(ids)]);
    expect(plain(titles())).toEqual(plain(shown));
  });

  it('counts the rules of a kind from 1 on, without gaps', () => {
    const kinds = new Map<string, number[]>();
    for (const id of documented().ids) {
      const at = id.lastIndexOf('-');
      const kind = id.slice(0, at);
      kinds.set(kind, [...(kinds.get(kind) ?? []), Number(id.slice(at + 1))]);
    }
    for (const [kind, numbers] of kinds) expect([kind, numbers]).toEqual([kind, numbers.map((_, index) => index + 1)]);
  });
});
