import { PushWindows } from './push-windows.js';

const accounts = Array.from({ length: 300 }, (_, index) => index + 1);

describe('PushWindows', () => {
  it('gives every account something before one gets much, within the bound', () => {
    const rooms = new PushWindows().rooms(accounts, 0, 7);
    expect(rooms.reduce((sum, { room }) => sum + room, 0)).toBe(256);
    expect(rooms).toHaveLength(256);
    expect(rooms[0]?.accountId).toBe(8);
  });

  it('counts what is under way', () => {
    const windows = new PushWindows();
    for (const id of accounts.slice(0, 256)) windows.begin(id);
    expect(windows.rooms(accounts, 0, 0)).toEqual([]);
    windows.end();
    expect(windows.rooms([300], 0, 0)).toEqual([{ accountId: 300, room: 1 }]);
  });
});
