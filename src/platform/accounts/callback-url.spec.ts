import { callbackUrlFault } from './callback-url.js';

describe('a callback URL', () => {
  it.each([
    'https://reports.example.com/dr',
    'https://8.8.8.8/dr',
    'https://[2400:3200::1]:8443/dr',
    'https://sms.example.com.:3443/',
  ])('%s is one in production', (url) => {
    expect(callbackUrlFault(url, false)).toBeUndefined();
  });

  it.each([
    undefined,
    'http://reports.example.com/dr',
    'https://localhost/dr',
    'https://LOCALHOST./dr',
    'https://gateway/dr',
    'https://db.internal/dr',
    'https://printer.local/dr',
    'https://127.0.0.1/dr',
    'https://2130706433/dr',
    'https://0x7f.1/dr',
    'https://10.0.0.1/dr',
    'https://169.254.169.254/dr',
    'https://[::1]/dr',
    'https://[::ffff:10.0.0.1]/dr',
    'https://[fd00::1]/dr',
  ])('%s is none in production', (url) => {
    expect(callbackUrlFault(url, false)).toEqual(expect.any(String));
  });

  it.each([undefined, 'http://localhost:8080/dr', 'https://10.0.0.1/dr'])('%s is one in the sandbox', (url) => {
    expect(callbackUrlFault(url, true)).toBeUndefined();
  });
});
