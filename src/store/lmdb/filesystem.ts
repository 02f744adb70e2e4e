import { statfsSync } from "node:fs";
import { PersistError } from "../../errors.ts";

/**
 * File systems that several machines can mount at once, or whose shared memory maps do not work:
 * LMDB's lock file does not protect anything there. The numbers are `f_type` of statfs(2) on Linux
 * (linux/magic.h and the file systems' own headers).
 */
const SHARED = new Map([
  [0x6969, "NFS"],
  [0x517b, "SMB"],
  [0xff534d42, "CIFS"],
  [0xfe534d42, "SMB"],
  [0x01021997, "9p"],
  [0x00c36400, "Ceph"],
  [0x0bd00bd0, "Lustre"],
  [0x5346414f, "AFS"],
  [0x6b414653, "AFS"],
  [0x73757245, "Coda"],
  [0x564c, "NCP"],
  [0x47504653, "GPFS"],
  [0x19830326, "BeeGFS"],
  [0xaad7aaea, "PanFS"],
  [0x7461636f, "OCFS2"],
  [0x01161970, "GFS2"],
  [0x786f4256, "a VirtualBox shared folder"],
]);

/** The name of a file system that cannot hold an LMDB store; undefined for the others. */
export function sharedFilesystem(type: number): string | undefined {
  // The kernel gives a signed number on some machines.
  return SHARED.get(type >>> 0);
}

/** @throws PersistError `ERR_STORE_SHARED` if the directory lies on a network file system */
export function refuseSharedFilesystem(path: string): void {
  if (process.platform !== "linux") return;
  const kind = sharedFilesystem(statfsSync(path).type);
  if (kind === undefined) return;
  throw new PersistError(
    "ERR_STORE_SHARED",
    `The store directory ${path} lies on ${kind}, where an LMDB store would lose data. ` +
      "Choose a directory on a local disk, or a store on a server for several machines.",
  );
}
