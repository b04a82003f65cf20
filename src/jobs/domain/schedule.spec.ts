import { daily, hourly, scheduleText } from './schedule.js';

test.each([
  [hourly(), { period: 3600, offset: 0 }, 'every hour, 0 minutes past'],
  [hourly(20), { period: 3600, offset: 1200 }, 'every hour, 20 minutes past'],
  [daily('03:10'), { period: 86_400, offset: 11_400 }, 'every day at 03:10 UTC'],
  [{ period: 600, offset: 0 }, { period: 600, offset: 0 }, 'every 600 s'],
  [{ period: 600, offset: 5 }, { period: 600, offset: 5 }, 'every 600 s, 5 s past'],
])('%j', (schedule, seconds, text) => {
  expect([schedule, scheduleText(schedule)]).toEqual([seconds, text]);
});

test.each(['24:00', '3:10', '03:60', ''])('"%s" is no time of the day', (time) => {
  expect(() => daily(time)).toThrow(RangeError);
});
