/**
 * The numbers of the protocol, each with its unit and where it comes from.
 *
 * A number is either the service's own, documented or observed, or one of ours where the service says nothing;
 * the comment says which. Anything that enforces one of them takes it as the default of an option.
 *
 * Source: docs/protocol.md, section 9 (limits) and the sections named below.
 * @module
 */

/** Listeners that may be connected to one hybrid connection at once. Documented (section 9.1). */
export const MAX_LISTENERS = 25;

/** Joined connections of one namespace at once. Documented (section 9.1). */
export const MAX_CONNECTIONS_PER_NAMESPACE = 5_000;

/** Hybrid connections of one namespace. Documented (section 9.1). */
export const MAX_HYBRID_CONNECTIONS_PER_NAMESPACE = 10_000;

/** Shared access policies of one hybrid connection, and again of one namespace. Documented (section 9.1). */
export const MAX_AUTHORIZATION_RULES = 12;

/**
 * Bytes of one text message on the control channel. Clients read into a fixed buffer of this size: the .NET client
 * stalls on a longer message, the Java client closes with 1009 (section 2.5).
 */
export const MAX_CONTROL_MESSAGE_BYTES = 65_536;

/** Bytes of request headers that may travel on the control channel. Documented as 32 kB (section 4.1). */
export const MAX_REQUEST_HEADER_BYTES = 32_768;

/** Bytes of an HTTP body that may travel on the control channel. Documented as 64 kB (section 4.1). */
export const MAX_INLINE_BODY_BYTES = 65_536;

/** Payload bytes of one data frame: longer ones are split, shorter ones never. The Java client's limit (section 3.6). */
export const MAX_FRAME_PAYLOAD_BYTES = 65_536;

/** UTF-8 bytes of the text in a Close frame: 125 less the two of the code. RFC 6455, section 5.5. */
export const MAX_CLOSE_REASON_BYTES = 123;

/** How long a rendezvous address can be used, and how long a sender waits for a listener. Documented (section 3.1). */
export const ACCEPT_TIMEOUT_MS = 30_000;

/** How long the .NET and Java listeners take, at most, to dial a rendezvous address (section 3.1). */
export const RENDEZVOUS_DIAL_TIMEOUT_MS = 20_000;

/** How long the .NET and Java senders wait for their connection: above {@link ACCEPT_TIMEOUT_MS} (section 3.1). */
export const SENDER_CONNECT_TIMEOUT_MS = 70_000;

/** How long a listener may take to answer an HTTP request. Documented (section 4.5). */
export const RESPONSE_TIMEOUT_MS = 60_000;

/** Silence allowed between two frames of an HTTP body. Documented (section 4.5). */
export const BODY_IDLE_TIMEOUT_MS = 60_000;

/** How long after its expiry a token still keeps a control channel open. Observed on the live service (section 2.7). */
export const TOKEN_GRACE_MS = 300_000;

/** Pause between two pings on any leg. Ours: well below the four minutes after which front ends drop a silent flow (section 2.6). */
export const PING_INTERVAL_MS = 60_000;

/** Characters of a reason phrase. Ours: HTTP sets no limit, and clients read the status line into small buffers (section 2.2). */
export const MAX_REASON_PHRASE_CHARS = 512;

/** Characters of a request target. Ours: addresses carry a token of some 300 characters and the sender's query (section 1.4). */
export const MAX_REQUEST_TARGET_CHARS = 16_384;

/** Characters of a hybrid connection's path. Ours: Microsoft's own names exceed 110 (section 1.4). */
export const MAX_ENTITY_PATH_CHARS = 512;

/** Random bytes in the secret of a rendezvous address: 128 bits cannot be guessed within its 30 seconds (section 3.2). */
export const RENDEZVOUS_SECRET_BYTES = 16;
