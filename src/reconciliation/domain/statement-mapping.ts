/** Which column of a file holds what; names as in the file's first line. */
export interface StatementColumns {
  readonly smsUid: string;
  readonly acceptedAt: string;
  /** The whole number with its country code, with or without `+`. Either this, or `msisdn` with `countryCode`. */
  readonly number?: string | undefined;
  readonly countryCode?: string | undefined;
  /** The national number. */
  readonly msisdn?: string | undefined;
  readonly segments?: string | undefined;
  readonly unitPrice?: string | undefined;
  readonly amount: string;
  readonly currency?: string | undefined;
  readonly state?: string | undefined;
}

/** How a provider's file is read. */
export interface StatementMapping {
  readonly columns: StatementColumns;
  readonly delimiter: string;
  /** `iso8601`, or such as `DD.MM.YYYY HH:mm:ss`. */
  readonly timeFormat: string;
  /** Of times that name none: `Z`, `+08:00`, `Asia/Shanghai`. */
  readonly timeZone: string;
  readonly decimalMark: '.' | ',';
  /** Where there is no column of it. */
  readonly currency?: string | undefined;
  /** The file's words for states; without it they are SMS_STATE as on the wire. A word that is not here is a fault. */
  readonly states?: Readonly<Record<string, number>> | undefined;
  /** Whether the file has rows of SMS that cost nothing, so that one which is not in it is a difference. */
  readonly listsUnbilled: boolean;
}

/** The format of our platform's statements (contract.md 5). */
export const PLATFORM_FORMAT: StatementMapping = {
  columns: {
    smsUid: 'sms_uid',
    acceptedAt: 'accepted_at',
    countryCode: 'country_code',
    msisdn: 'msisdn',
    segments: 'segments',
    unitPrice: 'unit_price',
    amount: 'amount',
    currency: 'currency',
    state: 'state',
  },
  delimiter: ',',
  timeFormat: 'YYYY-MM-DD HH:mm:ss',
  timeZone: '+08:00',
  decimalMark: '.',
  listsUnbilled: true,
};
