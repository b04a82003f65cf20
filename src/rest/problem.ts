import { HttpException } from '@nestjs/common';
import { STATUS_CODES } from 'node:http';

import { ApplicationError, type ErrorKind, type FieldFault } from '../errors.js';

/** The body of every error answer: RFC 9457, with a stable `code` that programs go by. */
export interface Problem {
  /** A name of the problem's type, made of `code`; not an address. */
  readonly type: string;
  /** The status in words. */
  readonly title: string;
  readonly status: number;
  /** What went wrong this time, for people. */
  readonly detail: string;
  readonly code: string;
  /** Names the request in our log; only where the log says more than the answer. */
  readonly instance?: string;
  /** The faulty members, when the input is at fault. */
  readonly errors?: readonly FieldFault[];
}

/** HTTP's words for what went wrong (contract.md 4: malformed is 400, a rule broken 422). */
export const STATUS_OF_KIND: Readonly<Record<ErrorKind, number>> = {
  malformed: 400,
  rule: 422,
  unauthorized: 401,
  forbidden: 403,
  not_found: 404,
  conflict: 409,
  overload: 429,
  unavailable: 503,
  internal: 500,
};

/** An answer that only HTTP knows (a media type, a method): thrown where there is no kind of `ApplicationError` for it. */
export class ProblemException extends HttpException {
  constructor(readonly problem: Problem) {
    super(problem.detail, problem.status);
  }
}

interface Described {
  readonly code: string;
  readonly detail: string;
}

/** What body-parser calls its faults. Its own messages are not passed on: they quote the body. */
const BODY_FAULTS: Readonly<Record<string, Described>> = {
  'entity.parse.failed': { code: 'invalid_json', detail: 'The body is not a JSON object or array in UTF-8.' },
  'entity.too.large': { code: 'body_too_large', detail: 'The body is larger than this call takes.' },
  'encoding.unsupported': { code: 'unsupported_media_type', detail: 'The Content-Encoding is not supported.' },
  'charset.unsupported': { code: 'unsupported_media_type', detail: 'The charset is not supported: use UTF-8.' },
  'request.aborted': { code: 'incomplete_body', detail: 'The body ended early.' },
  'request.size.invalid': { code: 'incomplete_body', detail: 'The body is not as long as Content-Length says.' },
};

const STATUS_FAULTS: Readonly<Record<number, Described>> = {
  400: { code: 'invalid_request', detail: 'The request can not be read.' },
  401: { code: 'unauthorized', detail: 'Send a valid key: Authorization: Bearer KEY.' },
  403: { code: 'forbidden', detail: 'This is not allowed.' },
  404: { code: 'not_found', detail: 'There is nothing at this address.' },
  405: { code: 'method_not_allowed', detail: 'This address does not answer to this method.' },
  408: { code: 'request_timeout', detail: 'The request took too long to arrive.' },
  413: { code: 'body_too_large', detail: 'The body is larger than this call takes.' },
  415: { code: 'unsupported_media_type', detail: 'The Content-Type is not one that this call takes.' },
};

/** Makes the body of an error answer. */
export function problem(status: number, code: string, detail: string, errors: readonly FieldFault[] = []): Problem {
  return {
    type: `urn:cloudsms:problem:${code}`,
    title: STATUS_CODES[status] ?? 'Error',
    status,
    detail,
    code,
    ...(errors.length > 0 ? { errors } : {}),
  };
}

/** What the body parser would say of a body, as an error. */
export function bodyFault(type: keyof typeof BODY_FAULTS): ProblemException {
  const { code, detail } = BODY_FAULTS[type];
  return new ProblemException(problem(400, code, detail));
}

/**
 * The problem that an error is to the caller. What is not ours, nor Nest's or the body parser's complaint about the request,
 * is `internal_error` and says nothing about itself.
 */
export function toProblem(error: unknown): Problem {
  if (error instanceof ProblemException) return error.problem;
  const cause = error instanceof HttpException ? error.cause : undefined;
  if (cause instanceof ApplicationError) return toProblem(cause);
  if (error instanceof ApplicationError && error.kind !== 'internal')
    return problem(STATUS_OF_KIND[error.kind], error.code, error.message, error.faults);
  if (error instanceof HttpException && error.getStatus() < 500) return fromHttpException(error);
  return problem(500, 'internal_error', 'Something went wrong on our side. The request id finds it in our log.');
}

function fromHttpException(error: HttpException): Problem {
  const status = error.getStatus();
  const { type } = (error.cause ?? {}) as { type?: unknown };
  const described =
    (typeof type === 'string' ? BODY_FAULTS[type] : undefined) ?? STATUS_FAULTS[status] ?? unnamed(status);
  return problem(status, described.code, described.detail);
}

function unnamed(status: number): Described {
  const words = STATUS_CODES[status] ?? 'Error';
  return { code: words.toLowerCase().replaceAll(/[^a-z]+/g, '_'), detail: `${words}.` };
}
