/**
 * `node --import @hybridge/redirect/register app.js`: redirects the connections of this process, as `HYBRIDGE_CONFIG` or
 * `HYBRIDGE_CONNECTIONS` says.
 * @module
 */
export {};
