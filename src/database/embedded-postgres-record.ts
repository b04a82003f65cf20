import { writePrivateFile, readIfExists } from '../config/private-file.js';
import { isRunning, type ProcessIdentity } from '../config/process-identity.js';
import { type DataPlace, giveToServerUser } from './embedded-postgres-data.js';

/** One use of the server by a program. `id` tells two uses by the same program apart. */
export interface ServerUse extends ProcessIdentity {
  id: string;
}

/** The running server and who uses it, kept beside the data; read and written under the place's lock only. */
export interface ServerRecord {
  postmaster: ProcessIdentity;
  /** In order of arrival: the first one that still runs owns the server. */
  uses: ServerUse[];
}

/** The record without the programs that have died; undefined when there is none that can be read. */
export function readRecord(place: DataPlace): ServerRecord | undefined {
  const content = readIfExists(place.recordFile);
  if (content === undefined) return undefined;
  try {
    const record = JSON.parse(content) as ServerRecord;
    return { postmaster: record.postmaster, uses: record.uses.filter(isRunning) };
  } catch {
    // Only a foreign hand can damage it; the server itself is then recognised by asking it.
    return undefined;
  }
}

/** Replaces the record. */
export function writeRecord(place: DataPlace, record: ServerRecord): void {
  writePrivateFile(place.recordFile, `${JSON.stringify(record)}\n`);
  giveToServerUser(place, place.recordFile);
}
