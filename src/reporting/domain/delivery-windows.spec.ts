import { DeliveryWindows } from './delivery-windows.js';

const roomOf = (windows: DeliveryWindows, endpointId: string) =>
  windows.rooms().find((room) => room.endpointId === endpointId)?.room ?? windows.firstRoom;

describe('DeliveryWindows', () => {
  it('opens with success, shuts with failure, and forgets who is well', () => {
    const windows = new DeliveryWindows();
    expect(roomOf(windows, 'a')).toBe(4);
    for (let index = 0; index < 3; index += 1) windows.begin('a');
    expect(roomOf(windows, 'a')).toBe(1);
    windows.end('a', true);
    windows.end('a', true);
    expect(roomOf(windows, 'a')).toBe(5);
    windows.end('a', false);
    expect(roomOf(windows, 'a')).toBe(1);
    windows.begin('a');
    expect(roomOf(windows, 'a')).toBe(0);
    windows.end('a', true);
    expect(roomOf(windows, 'a')).toBe(2);
    for (let index = 0; index < 3; index += 1) {
      windows.begin('a');
      windows.end('a', true);
    }
    expect(windows.rooms()).toEqual([]);
  });

  it('keeps half of all places for those who are well', () => {
    const windows = new DeliveryWindows();
    for (let index = 0; index < 100; index += 1) {
      windows.begin(`hangs ${index}`);
      windows.end(`hangs ${index}`, false);
    }
    let begun = 0;
    for (let index = 0; index < 100; index += 1) {
      if (roomOf(windows, `hangs ${index}`) === 0) continue;
      windows.begin(`hangs ${index}`);
      begun += 1;
    }
    expect(begun).toBe(32);
    expect(windows.room).toBe(32);
    expect(roomOf(windows, 'well')).toBe(4);
  });
});
