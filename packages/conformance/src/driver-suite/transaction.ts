/**
 * A transaction of a driver that leaves it to its users to begin, commit and roll back.
 * @module
 */
import type { SqlSession } from './driver.js';

/** The part of a driver's connection that is used. */
export interface Transactional {
  beginTransaction(): Promise<void>;
  commit(): Promise<void>;
  rollback(): Promise<void>;
}

/** Begins, and commits; rolls back when the body throws. @param session - what the body is given, on the same connection */
export async function inTransaction(
  connection: Transactional,
  session: SqlSession,
  body: (session: SqlSession) => Promise<void>,
): Promise<void> {
  await connection.beginTransaction();
  try {
    await body(session);
  } catch (error) {
    await connection.rollback();
    throw error;
  }
  await connection.commit();
}
