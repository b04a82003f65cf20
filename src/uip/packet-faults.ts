import { validateSync, type ValidationError } from 'class-validator';
import { presentOr, type WireObject } from './domain/members.js';
import { ResultCode } from './domain/result-code.js';
import { UipFault } from './domain/uip-fault.js';
import { keepsAllRules, Stage, type RuleContext } from './packet-rules.js';

/** One rule of the wire that a packet breaks. */
export interface PacketFault {
  readonly member: string;
  /** The broken rule as a sentence, with the member's name, in printable ASCII. */
  readonly sentence: string;
  readonly stage: Stage;
  readonly resultCode: ResultCode;
}

/**
 * Makes a DTO of a packet: its members by name, with what is absent (missing, null, empty) as `undefined`. Unknown members
 * are left behind.
 */
export function fillDto<Dto extends object>(
  type: new () => Dto,
  names: readonly (keyof Dto & string)[],
  packet: WireObject,
): Dto {
  const dto = new type();
  const members = dto as Record<string, unknown>;
  for (const name of names) members[name] = presentOr(packet[name]);
  return dto;
}

/** All rules that a DTO breaks, in the protocol's order of judging (protocol.md 4): the first one is the answer. */
export function faultsOf(dto: object): PacketFault[] {
  if (keepsAllRules(dto)) return [];
  const errors = validateSync(dto, { stopAtFirstError: true, validationError: { target: false, value: false } });
  const faults = errors.flatMap(faultsOfMember);
  return faults.length > 1 ? faults.sort((one, other) => one.stage - other.stage) : faults;
}

/** The fault as what is thrown to answer it. */
export function toUipFault(fault: PacketFault): UipFault {
  return new UipFault(fault.resultCode, fault.sentence);
}

function faultsOfMember(error: ValidationError): PacketFault[] {
  return Object.entries(error.constraints ?? {}).map(([name, sentence]) => {
    const context = error.contexts?.[name] as RuleContext | undefined;
    return {
      member: error.property,
      sentence,
      stage: context?.stage ?? Stage.Parameters,
      resultCode: context?.resultCode ?? ResultCode.Invalid_parameter,
    };
  });
}
