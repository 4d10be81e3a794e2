/**
 * Joins the payload of small frames that arrived together, so that what it costs to deliver them does not grow with
 * their number.
 * @module
 */

/** Payload pieces below this size are moved together rather than delivered one by one. */
const JOIN_BELOW_BYTES = 2048;

/** Who gets what has been joined. */
export interface PayloadSink {
  /** Takes payload, valid only during the call. */
  onJoined(payload: Buffer): void;
}

/** Joins small payload pieces of one chunk, moving them towards its start; output never overtakes input. */
export class PayloadRun {
  #bytes: Buffer | undefined;
  #start = 0;
  #end = 0;

  add(bytes: Buffer, start: number, end: number, sink: PayloadSink): void {
    if (this.#bytes !== undefined && end - start < JOIN_BELOW_BYTES) {
      bytes.copyWithin(this.#end, start, end);
      this.#end += end - start;
      return;
    }
    this.flush(sink);
    this.#bytes = bytes;
    this.#start = start;
    this.#end = end;
  }

  flush(sink: PayloadSink): void {
    const bytes = this.#bytes;
    if (bytes === undefined) return;
    this.#bytes = undefined;
    sink.onJoined(bytes.subarray(this.#start, this.#end));
  }
}
