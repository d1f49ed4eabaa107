// Short-circuit reads: a client on this machine is given the open files of a replica over the unix socket of
// dfs.domain.socket.path and reads them itself (hdfs-wire §3.6).
#pragma once

#include "base/async/task.h"
#include "dfs/common/data_transfer.h"
#include "dfs/datanode/xfer/xfer_context.h"

namespace tusk::dfs::datanode {

// REQUEST_SHORT_CIRCUIT_FDS: block file and meta file of a finalized replica. True: the connection may carry another op.
// Over TCP, where nothing can be passed, ERROR_UNSUPPORTED: the client reads over the wire.
Task<bool> ServeShortCircuitFds(XferContext& context, Stream& stream, FrameReader& reader);
// REQUEST_SHORT_CIRCUIT_SHM: shared memory segments are not offered; clients then go on without them.
Task<void> RefuseShortCircuitShm(XferContext& context, Stream& stream);

}  // namespace tusk::dfs::datanode
