/**
 * Why a management request was refused, in the form in which Azure Resource Manager says so.
 *
 * Everything that refuses throws a {@link RestError}.
 * @module
 */

/** What belongs to a refusal beside its status, code and words. */
export interface RestErrorDetails extends ErrorOptions {
  /** The member at fault, such as `properties.port`. */
  readonly target?: string | undefined;
  readonly details?: readonly { readonly code: string; readonly message: string; readonly target?: string }[];
  readonly headers?: Readonly<Record<string, string>>;
}

/** A refusal. */
export class RestError extends Error {
  override readonly name = 'RestError';
  readonly status: number;
  /** Word of Azure Resource Manager's, such as `ResourceNotFound`. */
  readonly code: string;
  readonly target: string | undefined;
  readonly details: RestErrorDetails['details'];
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, code: string, message: string, details: RestErrorDetails = {}) {
    super(message, details);
    this.status = status;
    this.code = code;
    this.target = details.target;
    this.details = details.details;
    this.headers = details.headers ?? {};
  }

  /** As it is sent. */
  toJSON(): object {
    const { code, message, target, details } = this;
    return { error: { code, message, ...(target && { target }), ...(details && { details }) } };
  }
}

/** A request that cannot be right, whatever there is. */
export function badRequest(message: string, target?: string): RestError {
  return new RestError(400, 'BadRequest', message, { target });
}

/** There is no such resource. @param what - such as `hybrid connection sql of the namespace contoso` */
export function resourceNotFound(what: string): RestError {
  return new RestError(404, 'ResourceNotFound', `There is no ${what}.`);
}
