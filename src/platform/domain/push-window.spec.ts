import { PushWindow } from './push-window.js';

describe('PushWindow', () => {
  it('begins with few, and grows with each push that is acknowledged', () => {
    const window = new PushWindow();
    expect(window.room(0)).toBe(2);
    for (let index = 0; index < 100; index += 1) {
      window.begin();
      window.succeeded();
    }
    expect(window.room(0)).toBe(32);
  });

  it('counts what is under way', () => {
    const window = new PushWindow();
    window.begin();
    window.begin();
    expect(window.room(0)).toBe(0);
  });

  it('leaves one push at a time to a server that does not answer, after pauses that grow to a minute', () => {
    const window = new PushWindow();
    const pauses = [];
    let now = 0;
    for (let index = 0; index < 10; index += 1) {
      expect(window.room(now)).toBe(index === 0 ? 2 : 1);
      window.begin();
      window.failed(now, now);
      const from = now;
      while (window.room(now) === 0) now += 1000;
      pauses.push((now - from) / 1000);
    }
    expect(pauses).toEqual([1, 2, 4, 8, 16, 32, 60, 60, 60, 60]);
  });

  it('pauses once for pushes that were under way together', () => {
    const window = new PushWindow();
    for (let index = 0; index < 10; index += 1) window.begin();
    for (let index = 0; index < 10; index += 1) window.failed(10_000 + index, 0);
    expect(window.room(10_999)).toBe(0);
    expect(window.room(11_000)).toBe(1);
  });

  it('makes no pause longer because the clock was put back', () => {
    const window = new PushWindow();
    window.begin();
    window.failed(1_000_000_000, 1_000_000_000);
    expect(window.room(1_000_000_000)).toBe(0);
    expect(window.room(0)).toBe(1);
  });

  it('takes a server that answers again at its word', () => {
    const window = new PushWindow();
    window.begin();
    window.begin();
    window.failed(0, 0);
    window.succeeded();
    expect(window.room(0)).toBe(2);
  });

  it('has pushes taken ahead for a fast server, in strides, until it fails', () => {
    const window = new PushWindow();
    expect(window.wanted(0, 1)).toBe(1);
    for (let index = 0; index < 30; index += 1) {
      expect(window.isFast).toBe(false);
      window.begin();
      window.succeeded();
    }
    expect(window.isFast).toBe(true);
    window.begin();
    expect(window.wanted(0, 0)).toBe(32 + 128 - 1);
    expect(window.wanted(0, 64)).toBe(32 + 128 - 1 - 64);
    expect(window.wanted(0, 65)).toBe(0);
    window.failed(0, 0);
    expect(window.isFast).toBe(false);
    expect(window.wanted(0, 0)).toBe(0);
    expect(window.wanted(1000, 0)).toBe(1);
    expect(window.wanted(1000, 1)).toBe(0);
  });
});
