/** Id of the built-in template of one-time passwords. */
export const OTP_TEMPLATE_ID = 'otp';

/**
 * The general format of a one-time-password SMS (protocol.md 10): title, signature, code, then four statements. In one segment
 * where signature, code and minutes are short.
 */
export const OTP_TEMPLATE_TEXT =
  'Verify Code\n{{signature}}: {{code}}{{#minutes}} ({{minutes}} min){{/minutes}}\n' +
  'Do not disclose it to anyone. Who asks for it is a fraud. Do not put it into any short message. Nor into any e-mail.';
