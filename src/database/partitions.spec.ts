import { expiredPartitions, neededPartitions } from './partitions.js';

const TUESDAY = Date.UTC(2026, 10, 24, 12);

describe('neededPartitions', () => {
  it('covers last week, this week and four weeks ahead, from Monday to Monday, without a gap', () => {
    const partitions = neededPartitions({ name: 'message', by: 'week-of-uuid' }, TUESDAY);
    expect(partitions.map(({ name }) => name)).toEqual([
      'message_20261116',
      'message_20261123',
      'message_20261130',
      'message_20261207',
      'message_20261214',
      'message_20261221',
    ]);
    partitions.slice(1).forEach(({ from }, index) => expect(from).toBe(partitions[index].to));
  });

  it('covers yesterday, today and four weeks of days', () => {
    const partitions = neededPartitions({ name: 'sms_uid', by: 'day' }, TUESDAY);
    expect(partitions).toHaveLength(30);
    expect(partitions[0]).toEqual({
      name: 'sms_uid_20261123',
      from: '2026-11-23T00:00:00.000Z',
      to: '2026-11-24T00:00:00.000Z',
    });
  });
});

describe('expiredPartitions', () => {
  const DAY = 86_400_000;
  const names = ['outbox_20261116', 'outbox_20261102', 'outbox_20261026', 'outbox_20261123', 'outbox_odd'];
  const expired = (days: number) =>
    expiredPartitions({ name: 'outbox', by: 'week' }, names, TUESDAY - days * DAY, TUESDAY);

  it('are those that end before, oldest first', () => {
    expect(expired(14)).toEqual(['outbox_20261026', 'outbox_20261102']);
    expect(expired(20)).toEqual(['outbox_20261026']);
    expect(expired(30)).toEqual([]);
  });

  it('are never those that would be made again', () => {
    expect(expired(0)).toEqual(['outbox_20261026', 'outbox_20261102']);
  });
});
