import { PushWindows } from './push-windows.js';

describe('PushWindows', () => {
  it('tells the room of each account, and whether its server is known to answer', () => {
    const windows = new PushWindows();
    windows.begin(1).succeeded();
    windows.begin(2).failed(0, 0);
    windows.begin(3);
    expect(windows.rooms([1, 2, 3, 4], 0)).toEqual([
      { accountId: 1, room: 3, proven: true },
      { accountId: 3, room: 1, proven: false },
      { accountId: 4, room: 2, proven: false },
    ]);
  });

  it('leaves half of all to servers that answer, however many others hang', () => {
    const windows = new PushWindows();
    expect(windows.left()).toEqual({ overall: 256, unproven: 128 });
    for (let account = 0; account < 128; account += 1) windows.begin(account);
    expect(windows.left()).toEqual({ overall: 128, unproven: 0 });
    windows.of(0).succeeded();
    windows.end();
    expect(windows.left()).toEqual({ overall: 129, unproven: 1 });
  });
});
