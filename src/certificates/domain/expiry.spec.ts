import { expiryText, needsCare } from './expiry.js';

test.each([
  [[], '0 certificates'],
  [[{ name: 'UIP_CERT', daysLeft: 30 }], '1 certificates, all good for 30 days at least'],
  [
    [
      { name: 'UIP_CERT', daysLeft: 29.99 },
      { name: 'UIP_CA', daysLeft: 400 },
      { name: 'CALLBACK_CERT', daysLeft: -0.1 },
      { name: 'CALLBACK_CA', daysLeft: null },
    ],
    '4 certificates; UIP_CERT ends in 29 days, CALLBACK_CERT has ended, CALLBACK_CA can not be read',
  ],
])('%j: %s', (certificates, text) => {
  expect(expiryText(certificates)).toBe(text);
  expect(certificates.some(needsCare)).toBe(text.includes(';'));
});
