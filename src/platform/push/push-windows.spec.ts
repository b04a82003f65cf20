import { PushWindows } from './push-windows.js';

describe('PushWindows', () => {
  it('tells the room of each account, and whether its server is known to answer', () => {
    const windows = new PushWindows();
    windows.begin(1).succeeded();
    windows.begin(2).failed(0, 0);
    windows.begin(3);
    expect(windows.rooms([1, 2, 3, 4], 0, () => 0)).toEqual([
      { accountId: 1, room: 3, proven: true },
      { accountId: 3, room: 1, proven: false },
      { accountId: 4, room: 2, proven: false },
    ]);
  });

  it('leaves half of all to servers that answer, however many others hang', () => {
    const windows = new PushWindows();
    expect(windows.left(0)).toEqual({ overall: 768, unproven: 128 });
    for (let account = 0; account < 128; account += 1) windows.begin(account);
    expect(windows.left(0)).toEqual({ overall: 640, unproven: 0 });
    windows.of(0).succeeded();
    windows.end();
    expect(windows.left(41)).toEqual({ overall: 600, unproven: 1 });
  });

  it('begins no more than it may have under way in all', () => {
    const windows = new PushWindows();
    for (let account = 0; account < 256; account += 1) {
      expect(windows.mayBegin(account, 0)).toBe(true);
      windows.begin(account);
    }
    expect(windows.mayBegin(256, 0)).toBe(false);
    windows.of(0).succeeded();
    windows.end();
    expect(windows.mayBegin(256, 0)).toBe(true);
  });
});
