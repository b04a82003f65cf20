import { newSubmissionId } from '../../messaging/domain/message-id.js';
import { parseSmsUid, smsUid, smsUids } from './sms-uid.js';

const packetId = newSubmissionId(Date.UTC(2026, 0, 1), Buffer.from('0123456789ab', 'hex'));

describe('SMS_UID', () => {
  it('is 32 upper-case hexadecimal characters, in the order of the list', () => {
    const uids = smsUids(packetId, 200);
    expect(uids).toHaveLength(200);
    for (const uid of uids) expect(uid).toMatch(/^[0-9A-F]{32}$/);
    expect([...uids].sort()).toEqual(uids);
    expect(uids[199]).toBe(smsUid(packetId, 200));
  });

  it('is read back, in either case', () => {
    const uid = smsUid(packetId, 200);
    expect(parseSmsUid(uid)).toEqual({ packetId, ordinal: 200 });
    expect(parseSmsUid(uid.toLowerCase())).toEqual({ packetId, ordinal: 200 });
  });

  it.each(['', 'x', '0'.repeat(32), smsUid(packetId, 1).slice(1), smsUid(packetId, 1).replace(/1$/, '0')])(
    'is not what we never issued: %j',
    (text) => {
      expect(parseSmsUid(text)).toBeUndefined();
    },
  );
});
