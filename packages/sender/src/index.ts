/**
 * A socket that comes out in another network: hand it to a database driver. And HTTP requests that do.
 * @module
 */
export { isRelayError, RelayError, type RelayErrorCode } from '@hybridge/protocol';
export type { AccessOptions, AccessToken, TokenProvider } from '@hybridge/sas';
export type { HybridConnectionSocket } from '@hybridge/socket';
export { connect } from './connect.js';
export { type DiagnosisStep, diagnose, type SenderDiagnoseOptions } from './diagnose.js';
export { forIoredis, type IoredisTunnel } from './drivers/ioredis.js';
export { forKafkajs, type KafkajsBroker, type KafkajsTunnel } from './drivers/kafkajs.js';
export { forLdapts, type LdaptsTunnel } from './drivers/ldapts.js';
export { forMariadb, type MariadbTunnel } from './drivers/mariadb.js';
export { forMongodb, type MongodbTunnel } from './drivers/mongodb.js';
export { forMysql2, type Mysql2Tunnel } from './drivers/mysql2.js';
export { forNodemailer, type NodemailerCallback, type NodemailerTunnel } from './drivers/nodemailer.js';
export { forPg, type PgTunnel } from './drivers/pg.js';
export { forPostgres, type PostgresTunnel } from './drivers/postgres.js';
export { forSsh2, type Ssh2Tunnel } from './drivers/ssh2.js';
export { forTedious, type TediousTunnel } from './drivers/tedious.js';
export type { TunnelSource, TunnelSourceFor } from './drivers/tunnel-source.js';
export {
  forUndici,
  type UndiciConnectCallback,
  type UndiciConnectOptions,
  type UndiciTunnel,
} from './drivers/undici.js';
export { HybridConnectionAgent, HybridConnectionHttpsAgent } from './http-agents.js';
export type { MultiplexOptions } from './multiplex-options.js';
export type { HybridConnectionSenderOptions, NativeSenderOptions, SenderOptions } from './options.js';
export { type Answer, type RequestOptions, request } from './request.js';
export { HybridConnectionSender } from './sender.js';
export type { ConnectError } from './translate.js';
