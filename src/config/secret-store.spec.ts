import { secretStoreContract } from '../../test/support/secret-store.contract.js';
import { LocalSecretStore } from './secret-store.js';
import { Secrets } from './secrets.js';

describe('LocalSecretStore', () => {
  secretStoreContract(() => new LocalSecretStore(new Secrets(Buffer.alloc(32, 1))));

  test('opens nothing of another installation', async () => {
    const sealed = await new LocalSecretStore(new Secrets(Buffer.alloc(32, 1))).seal(Buffer.from('x'), 'webhook');
    const other = new LocalSecretStore(new Secrets(Buffer.alloc(32, 2)));
    await expect(other.open(sealed, 'webhook')).rejects.toMatchObject({ code: 'seal_broken' });
  });
});
