import type { SecretStore } from '../../src/config/secret-store.js';

/** What every `SecretStore` must do. */
export function secretStoreContract(create: () => SecretStore | Promise<SecretStore>): void {
  const plain = Buffer.from('whsec_Überraschung\0');
  let store: SecretStore;

  beforeAll(async () => {
    store = await create();
  });

  test('gives back what was sealed, empty or large', async () => {
    for (const bytes of [plain, Buffer.alloc(0), Buffer.alloc(2_000_000, 7)]) {
      expect((await store.open(await store.seal(bytes, 'webhook'), 'webhook')).equals(bytes)).toBe(true);
    }
  });

  test('shows nothing of it, nor that two are the same', async () => {
    const [one, two] = [await store.seal(plain, 'webhook'), await store.seal(plain, 'webhook')];
    expect(one.includes('berraschung')).toBe(false);
    expect(one.equals(two)).toBe(false);
  });

  test('opens nothing for another purpose, and nothing that was touched', async () => {
    const sealed = await store.seal(plain, 'webhook');
    await expect(store.open(sealed, 'answer')).rejects.toMatchObject({ code: 'seal_broken' });
    await expect(store.open(Buffer.alloc(0), 'webhook')).rejects.toMatchObject({ code: 'seal_broken' });
    for (const index of [0, Math.floor(sealed.length / 2), sealed.length - 1]) {
      const touched = Buffer.from(sealed);
      touched[index] ^= 1;
      await expect(store.open(touched, 'webhook')).rejects.toMatchObject({ code: 'seal_broken' });
    }
  });
}
