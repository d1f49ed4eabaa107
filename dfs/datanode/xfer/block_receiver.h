// BlockReceiver: takes the packets of one replica from a client or a datanode, hands them on to the next datanode,
// writes them, and passes acks up.
//
// Three coroutines share one session: the receiver reads packets into slabs and forwards them; the writer takes all
// that has come since its last turn to the disk pool, then publishes it; the responder joins a packet's own outcome
// with the ack from downstream, in order. A slab is used again when nobody refers to it.
//
// A writer in full flow, who sends nothing but full packets, is read several packets at a time: each waking, each trip
// to the disk pool and each write of a file costs as much as copying some packets. A shorter packet is the end of an
// hflush or of the block: then every packet is taken at once again until megabytes of full ones have passed.
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/async/sync.h"
#include "base/async/task_scope.h"
#include "dfs/common/data_transfer.h"
#include "dfs/datanode/store/block_store.h"
#include "dfs/datanode/xfer/xfer_context.h"

namespace tusk::dfs::datanode {

struct ReceiveOptions {
  std::string pool_id;
  bool send_acks = true;        // a client's pipeline; false for copies between datanodes
  bool verify = true;           // the last node of a pipeline, and copies
  bool sync_each = false;
  bool finalize = true;         // false: TRANSFER_RBW, the copy becomes an RBW
  std::string delete_hint;
  BalanceThrottle* throttle = nullptr;  // of a balancer's move
};

class BlockReceiver {
 public:
  // `up_reader` may hold bytes behind the op already. `down` is null for the last node.
  BlockReceiver(XferContext& context, Stream& up, FrameReader& up_reader, Stream* down, ReceiveOptions options,
                OpenReplica open);
  ~BlockReceiver();
  // Until the last packet is finalized (and acked), or what went wrong. The replica is let go of either way.
  Task<Status> Run();
  uint64_t bytes_received() const { return open_.writer != nullptr ? open_.writer->length() : final_length_; }

 private:
  struct Slab {
    std::unique_ptr<uint8_t[]> bytes;
    size_t size = 0;
    int users = 0;
  };
  struct Arrived {
    PacketView packet;
    Slab* slab = nullptr;
  };
  struct Pending {  // waits for its ack to be sent
    int64_t seqno = 0;
    uint64_t end_offset = 0;
    bool last = false;
    bool written = false;
    TransferStatus own = kTransferSuccess;
  };

  Task<void> ReceiveLoop();
  Task<void> WriteLoop();
  Task<void> RespondLoop();
  Task<bool> Respond(FrameReader* down_reader, std::string* acks);
  Task<bool> JoinFromBelow(FrameReader& down_reader, int64_t seqno, PipelineAck* ack);
  Task<bool> SendUp(std::string* acks);
  Task<Slab*> FreeSlab(size_t bytes_min);
  void Release(Slab* slab);
  // Takes the whole packets off slab[begin, end); gives where the first incomplete one starts.
  Result<size_t> TakePackets(Slab& slab, size_t begin, size_t end, size_t* bytes_needed);
  void CountForBulk(const PacketView& packet);
  Task<Result<size_t>> ReadMore(MutableByteView room, bool drained);
  Task<void> Forward(ByteView bytes);
  Task<Status> WriteBatch(const std::deque<Arrived>& batch);
  void CountBatch(const std::deque<Arrived>& batch, Duration writing, std::optional<Duration> syncing);
  Task<void> DrainUntilClosed();
  void Fail(Status why);

  XferContext& context_;
  Stream& up_;
  FrameReader& up_reader_;
  Stream* down_;
  ReceiveOptions options_;
  OpenReplica open_;
  const TimePoint began_{context_.env.clock.Now()};

  TaskScope tasks_;
  std::vector<std::unique_ptr<Slab>> slabs_;
  AsyncEvent slab_freed_;
  std::deque<Arrived> arrived_;   // for the writer
  AsyncEvent work_arrived_;
  std::deque<Pending> pending_;   // for the responder
  size_t pending_written_ = 0;    // how many at the front are written
  AsyncEvent progress_;           // for the responder
  AsyncEvent acked_;              // for the receiver, when too many acks are due
  size_t packet_bytes_ = 0;       // of the largest packet yet
  uint64_t bulk_bytes_ = 0;       // since a packet that a writer may be waiting for
  bool input_ended_ = false;      // the last packet came, or nothing more will
  bool last_seen_ = false;
  bool done_ = false;             // finalized, and acked where acks are sent
  bool down_failed_ = false;
  bool answered_error_ = false;   // an ack with an error went up: the client will close
  uint64_t final_length_ = 0;
  Status failure_;
};

}  // namespace tusk::dfs::datanode
