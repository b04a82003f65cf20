import { fitsBytes, listOfOne, type WireObject } from './domain/members.js';
import { compactJson, rawMember } from './domain/raw-json.js';
import { ResultCode } from './domain/result-code.js';
import { UipFault } from './domain/uip-fault.js';
import { faultsOf, fillDto, toUipFault, type PacketFault } from './packet-faults.js';
import {
  IsJsonObject,
  IsListOf,
  IsOneOf,
  IsPresent,
  IsPrintableAscii,
  IsText,
  IsUint,
  IsUipTime,
  MaxBytes,
  Stage,
} from './packet-rules.js';

/** Most numbers of one packet (protocol.md 3). */
export const MAX_NUMBERS = 200;

/** The protocol versions that the platform speaks. */
export const SUPPORTED_VERSIONS: readonly string[] = ['2021-01-01'];

/** Longest CUSTOMER_BODY, in bytes of its compact form (protocol.md 3). */
export const MAX_CUSTOMER_BODY_BYTES = 255;

const AUTH_KEY = { stage: Stage.AuthKey };
const VERSION = { stage: Stage.Version };
const UNSUPPORTED = { stage: Stage.Version, resultCode: ResultCode.Invalid_Version };
const NO_CONTENT = { stage: Stage.Content, resultCode: ResultCode.Invalid_context };

/**
 * SMS_SEND_REQUEST, customer to platform (protocol.md 3), without METHOD, TYPE and SERIAL, which are judged before. What is
 * absent is `undefined`. The order of the members is the order of judging within a stage.
 */
export class SendRequestDto {
  @IsPresent(AUTH_KEY)
  @IsText(AUTH_KEY)
  @MaxBytes(128, AUTH_KEY)
  @IsPrintableAscii(AUTH_KEY)
  AUTH_KEY: string;

  @IsPresent(VERSION)
  @IsText(VERSION)
  @MaxBytes(12, VERSION)
  @IsOneOf(SUPPORTED_VERSIONS, 12, UNSUPPORTED)
  VERSION: string;

  /** When the packet was issued; absent: the time of receipt. */
  @IsText()
  @MaxBytes(32)
  @IsUipTime()
  TIME?: string;

  /** One object instead of a list has become a list of one; entries are judged one by one (`readNumberEntry`). */
  @IsPresent()
  @IsListOf('objects', MAX_NUMBERS)
  MULTI_MSISDN_LIST: readonly WireObject[];

  @IsPresent()
  @IsText()
  @MaxBytes(255)
  ROUTE_ID: string;

  /** Sender ID; absent: the account's default. */
  @IsText()
  @MaxBytes(32)
  @IsPrintableAscii()
  ORIGINAL_ADDR?: string;

  /** Without brackets. */
  @IsText()
  @MaxBytes(64)
  SIGNATURE?: string;

  /** 1..5, protocol.md 5. */
  @IsUint({ min: 1, max: 5 })
  SIGNATURE_TYPE?: number;

  /** 0 general, 1 high; what came above 1 has become 1. */
  @IsUint()
  PRIORITY: number;

  /** Handed back in every report, as the text that it came as: see `WellFormedRequest.customerBody`. */
  @IsJsonObject()
  CUSTOMER_BODY?: WireObject;

  /** Its length is judged by encoding and slicing, not here. */
  @IsPresent(NO_CONTENT)
  @IsText()
  SMS_CONTENT: string;
}

const MEMBERS = [
  ...(['AUTH_KEY', 'VERSION', 'TIME', 'MULTI_MSISDN_LIST', 'ROUTE_ID', 'ORIGINAL_ADDR', 'SIGNATURE'] as const),
  ...(['SIGNATURE_TYPE', 'PRIORITY', 'CUSTOMER_BODY', 'SMS_CONTENT'] as const),
];

/** A send request that keeps all rules of shape. */
export interface WellFormedRequest extends SendRequestDto {
  /** CUSTOMER_BODY as compact JSON text, its members in the order in which they came. */
  readonly customerBody: string | undefined;
}

/**
 * A send request whose AUTH_KEY has the right shape. The lookup of the account stands between AUTH_KEY and everything else
 * in the protocol's order, so the rest is had in a second step, after the lookup: `wellFormed()`.
 */
export class SendRequestPacket {
  /** 1..128 characters of printable ASCII. */
  readonly authKey: string;

  private constructor(
    private readonly dto: SendRequestDto,
    private readonly fault: PacketFault | undefined,
  ) {
    this.authKey = dto.AUTH_KEY;
  }

  /**
   * Reads a packet.
   *
   * @throws UipFault Invalid_parameter when AUTH_KEY is absent or not a text of its kind, and for nothing else
   */
  static read(packet: WireObject): SendRequestPacket {
    const dto = fillDto(SendRequestDto, MEMBERS, packet);
    dto.MULTI_MSISDN_LIST = listOfOne(dto.MULTI_MSISDN_LIST) as readonly WireObject[];
    const fault = faultsOf(dto)[0];
    if (fault?.stage === Stage.AuthKey) throw toUipFault(fault);
    dto.PRIORITY = Math.min(dto.PRIORITY ?? 0, 1);
    return new SendRequestPacket(dto, fault);
  }

  /**
   * The request, well-formed.
   *
   * @param body the packet as it came: CUSTOMER_BODY is measured and kept by its text
   * @throws UipFault its first fault: VERSION, then the other parameters, then SMS_CONTENT absent
   */
  wellFormed(body: Buffer): WellFormedRequest {
    if (this.fault !== undefined && this.fault.stage < Stage.Content) throw toUipFault(this.fault);
    const customerBody = this.customerBodyOf(body);
    if (this.fault !== undefined) throw toUipFault(this.fault);
    return Object.assign(this.dto, { customerBody });
  }

  private customerBodyOf(body: Buffer): string | undefined {
    if (this.dto.CUSTOMER_BODY === undefined) return undefined;
    const raw = rawMember(body.toString('utf8'), 'CUSTOMER_BODY');
    const compact = raw === undefined ? JSON.stringify(this.dto.CUSTOMER_BODY) : compactJson(raw);
    if (fitsBytes(compact, MAX_CUSTOMER_BODY_BYTES)) return compact;
    throw new UipFault(
      ResultCode.Invalid_parameter,
      `CUSTOMER_BODY must be at most ${MAX_CUSTOMER_BODY_BYTES} bytes of compact JSON`,
    );
  }
}
