// Streams in memory.
#include "base/sim/sim_network.h"

#include <algorithm>
#include <deque>

#include "base/async/sync.h"

namespace tusk::sim {
namespace {

constexpr size_t kPieceBytesMax = 64 << 10;

Status ClosedHere() { return Status(Code::kCancelled, "connection closed here"); }

}  // namespace

// One direction of a connection.
struct Pipe {
  explicit Pipe(EventLoop& loop) : readable(loop), writable(loop) {}
  struct Piece {
    TimePoint at;
    std::string bytes;  // empty: the end
  };
  std::deque<Piece> flying;
  TimePoint last_at{};
  std::string arrived;
  size_t under_way = 0;  // flying and arrived
  bool end_sent = false;
  bool end_arrived = false;
  bool reader_gone = false;
  AsyncEvent readable;
  AsyncEvent writable;
};

struct Connection : std::enable_shared_from_this<Connection> {
  Connection(SimFabric& the_fabric, HostPort client_at, HostPort server_at)
      : fabric(the_fabric), ends{std::move(client_at), std::move(server_at)}, pipes{Pipe(the_fabric.loop_), Pipe(the_fabric.loop_)} {}

  void Send(int from, std::string bytes) {
    Pipe& pipe = pipes[from];
    pipe.under_way += bytes.size();
    pipe.last_at = std::max(pipe.last_at, fabric.loop_.Now() + fabric.DelayBetween(ends[0].host, ends[1].host));
    pipe.flying.push_back({pipe.last_at, std::move(bytes)});
    fabric.loop_.At(pipe.last_at, [self = shared_from_this(), from] { self->Deliver(from); });
  }
  void Deliver(int from) {
    Pipe& pipe = pipes[from];
    if (broken || fabric.IsCut(ends[from].host, ends[1 - from].host)) return;
    while (!pipe.flying.empty() && pipe.flying.front().at <= fabric.loop_.Now()) {
      std::string bytes = std::move(pipe.flying.front().bytes);
      pipe.flying.pop_front();
      if (bytes.empty()) {
        pipe.end_arrived = true;
      } else if (pipe.reader_gone) {
        Break();  // as a TCP that gets bytes for a closed socket
        return;
      } else {
        pipe.arrived += bytes;
      }
    }
    pipe.readable.Set();
  }
  void Break() {
    broken = true;
    for (Pipe& pipe : pipes) {
      pipe.readable.Set();
      pipe.writable.Set();
    }
  }

  SimFabric& fabric;
  HostPort ends[2];
  Pipe pipes[2];  // [0] from the client to the server
  bool broken = false;
};

class SimStream : public Stream {
 public:
  SimStream(std::shared_ptr<Connection> connection, int side) : connection_(std::move(connection)), side_(side) {}
  ~SimStream() override { Close(); }

  Task<Result<size_t>> ReadSome(MutableByteView out, TimePoint deadline) override {
    Pipe& pipe = connection_->pipes[1 - side_];
    for (;;) {
      if (closed_) co_return ClosedHere();
      if (!pipe.arrived.empty()) {
        // Sometimes less than there is, as from a real socket.
        SimRandom& random = connection_->fabric.random_;
        size_t count = std::min(out.size(), pipe.arrived.size());
        if (count > 1 && random.Below(4) == 0) count = 1 + random.Below(count);
        std::copy_n(pipe.arrived.begin(), count, out.begin());
        pipe.arrived.erase(0, count);
        pipe.under_way -= count;
        pipe.writable.Set();
        co_return count;
      }
      if (connection_->broken) co_return Reset();
      if (pipe.end_arrived) co_return size_t{0};
      pipe.readable.Reset();
      Status waited = co_await pipe.readable.Wait(deadline);
      if (!waited.ok()) co_return TimedOut();
    }
  }

  Task<Status> WriteParts(std::vector<ByteView> parts, TimePoint deadline) override {
    Pipe& pipe = connection_->pipes[side_];
    for (ByteView part : parts) {
      while (!part.empty()) {
        if (closed_ || pipe.end_sent) co_return ClosedHere();
        if (connection_->broken) co_return Reset();
        size_t window = connection_->fabric.conditions_.window_bytes;
        if (pipe.under_way >= window) {
          pipe.writable.Reset();
          Status waited = co_await pipe.writable.Wait(deadline);
          if (!waited.ok()) co_return TimedOut();
          continue;
        }
        size_t count = std::min({part.size(), window - pipe.under_way, kPieceBytesMax});
        connection_->Send(side_, std::string(AsText(part.first(count))));
        part = part.subspan(count);
      }
    }
    co_return Status::Ok();
  }

  Task<Status> SendFile(File& file, uint64_t offset, uint64_t length, TimePoint deadline) override {
    std::vector<uint8_t> buffer(kPieceBytesMax);
    while (length > 0) {
      MutableByteView space = MutableByteView(buffer).first(std::min<uint64_t>(buffer.size(), length));
      CO_ASSIGN_OR_RETURN(size_t count, file.ReadAt(offset, space));
      if (count == 0) co_return Status(Code::kEndOfFile, "the file ended before the range to send");
      CO_RETURN_IF_ERROR(co_await Write(space.first(count), deadline));
      offset += count;
      length -= count;
    }
    co_return Status::Ok();
  }

  void ShutdownWrite() override {
    Pipe& pipe = connection_->pipes[side_];
    if (pipe.end_sent) return;
    pipe.end_sent = true;
    connection_->Send(side_, "");
  }
  void Close() override {
    if (closed_) return;
    ShutdownWrite();
    closed_ = true;
    Pipe& in = connection_->pipes[1 - side_];
    in.reader_gone = true;
    in.readable.Set();
    connection_->pipes[side_].writable.Set();
  }
  HostPort local() const override { return connection_->ends[side_]; }
  HostPort remote() const override { return connection_->ends[1 - side_]; }

 private:
  Status Reset() const { return Status(Code::kConnectionReset, "Connection reset by " + remote().ToString()); }
  Status TimedOut() const { return Status(Code::kTimedOut, remote().ToString() + ": timed out waiting for the network"); }

  std::shared_ptr<Connection> connection_;
  int side_;
  bool closed_ = false;
};

class SimListener : public Listener {
 public:
  SimListener(SimFabric& fabric, HostPort at) : fabric_(fabric), at_(std::move(at)), arrived_(fabric.loop_) {
    fabric_.listeners_[at_] = this;
  }
  ~SimListener() override { Close(); }
  Task<Result<std::unique_ptr<Stream>>> Accept() override {
    while (!closed_ && waiting_.empty()) {
      arrived_.Reset();
      [[maybe_unused]] Status waited = co_await arrived_.Wait();
    }
    if (closed_) co_return Status(Code::kCancelled, "listener closed");
    std::unique_ptr<Stream> stream = std::move(waiting_.front());
    waiting_.pop_front();
    co_return stream;
  }
  void Close() override {
    if (closed_) return;
    closed_ = true;
    fabric_.listeners_.erase(at_);
    waiting_.clear();
    arrived_.Set();
  }
  HostPort local() const override { return at_; }
  void Add(std::unique_ptr<Stream> stream) {
    waiting_.push_back(std::move(stream));
    arrived_.Set();
  }

 private:
  SimFabric& fabric_;
  HostPort at_;
  bool closed_ = false;
  std::deque<std::unique_ptr<Stream>> waiting_;
  AsyncEvent arrived_;
};

class SimNetwork : public Network {
 public:
  SimNetwork(SimFabric& fabric, std::string name, std::string address, std::shared_ptr<const bool> power)
      : fabric_(fabric), name_(std::move(name)), address_(std::move(address)), power_(std::move(power)) {}

  Task<Result<std::unique_ptr<Stream>>> Connect(HostPort to, TimePoint deadline) override {
    if (!*power_) co_return NoPower();
    Result<std::string> address = ResolveBlocking(to.host);
    if (!address.ok()) co_return address.status();
    auto stream = co_await fabric_.Connect(address_, {*address, to.port}, deadline);
    if (!*power_) co_return NoPower();
    co_return stream;
  }
  Result<std::unique_ptr<Listener>> Listen(const HostPort& at) override {
    if (!*power_) return NoPower();
    HostPort where{address_, at.port != 0 ? at.port : fabric_.next_port_++};
    if (fabric_.listeners_.contains(where)) {
      return Status(Code::kAddressInUse, "listen on " + where.ToString() + ": Address already in use");
    }
    return std::unique_ptr<Listener>(std::make_unique<SimListener>(fabric_, where));
  }
  std::string LocalHostName() const override { return name_; }
  Result<std::string> ResolveBlocking(const std::string& host) const override {
    if (host == "127.0.0.1" || host == "localhost" || host == "0.0.0.0") return address_;
    for (const auto& [name, address] : fabric_.address_of_) {
      if (host == name || host == address) return address;
    }
    return Status(Code::kUnknownHost, host + ": Name or service not known");
  }

 private:
  Status NoPower() const { return Status(Code::kNoRouteToHost, name_ + " has no power"); }

  SimFabric& fabric_;
  std::string name_;
  std::string address_;
  std::shared_ptr<const bool> power_;
};

SimFabric::SimFabric(SimLoop& loop, SimRandom& random, WireConditions conditions)
    : loop_(loop), random_(random), conditions_(conditions) {}
SimFabric::~SimFabric() = default;

std::unique_ptr<Network> SimFabric::Join(const std::string& name) {
  auto [entry, fresh] = address_of_.try_emplace(name);
  if (fresh) entry->second = "10.0.0." + std::to_string(address_of_.size());
  std::shared_ptr<bool>& power = power_of_[name];
  if (power == nullptr || !*power) power = std::make_shared<bool>(true);
  return std::make_unique<SimNetwork>(*this, name, entry->second, power);
}

std::string SimFabric::AddressOf(const std::string& name) const {
  auto found = address_of_.find(name);
  TUSK_CHECK(found != address_of_.end()) << "no machine " << name;
  return found->second;
}

std::vector<std::shared_ptr<Connection>> SimFabric::Living() {
  std::vector<std::shared_ptr<Connection>> living;
  for (const auto& weak : connections_) {
    if (auto connection = weak.lock()) living.push_back(std::move(connection));
  }
  connections_.assign(living.begin(), living.end());
  return living;
}

size_t SimFabric::open_connections() const {
  return static_cast<size_t>(std::count_if(connections_.begin(), connections_.end(), [](const auto& weak) { return !weak.expired(); }));
}

void SimFabric::Cut(const std::string& a, const std::string& b) {
  CutOneWay(a, b);
  CutOneWay(b, a);
}

void SimFabric::CutOneWay(const std::string& from, const std::string& to) { cuts_.insert({AddressOf(from), AddressOf(to)}); }

void SimFabric::Heal(const std::string& a, const std::string& b) {
  cuts_.erase({AddressOf(a), AddressOf(b)});
  cuts_.erase({AddressOf(b), AddressOf(a)});
  for (const auto& connection : Living()) {
    for (int side : {0, 1}) connection->Deliver(side);
  }
}

void SimFabric::HealAll() {
  cuts_.clear();
  for (const auto& connection : Living()) {
    for (int side : {0, 1}) connection->Deliver(side);
  }
}

void SimFabric::SetSlowness(const std::string& name, int factor) { slowness_of_[AddressOf(name)] = factor; }

Duration SimFabric::DelayBetween(const std::string& a, const std::string& b) {
  int factor = 1;
  for (const std::string& end : {a, b}) {
    if (const auto slow = slowness_of_.find(end); slow != slowness_of_.end()) factor = std::max(factor, slow->second);
  }
  return random_.Between(conditions_.delay_min, conditions_.delay_max) * factor;
}

void SimFabric::BreakConnections(const std::string& a, const std::string& b) {
  const std::string first = AddressOf(a), second = AddressOf(b);
  for (const auto& connection : Living()) {
    const std::string &client = connection->ends[0].host, &server = connection->ends[1].host;
    if ((client == first && server == second) || (client == second && server == first)) connection->Break();
  }
}

void SimFabric::SwitchOff(const std::string& name) {
  std::string address = AddressOf(name);
  if (const auto power = power_of_.find(name); power != power_of_.end()) *power->second = false;
  for (const auto& connection : Living()) {
    if (connection->ends[0].host == address || connection->ends[1].host == address) connection->Break();
  }
  std::vector<SimListener*> gone;
  for (const auto& [at, listener] : listeners_) {
    if (at.host == address) gone.push_back(listener);
  }
  for (SimListener* listener : gone) listener->Close();
}

Task<Result<std::unique_ptr<Stream>>> SimFabric::Connect(std::string from, HostPort to, TimePoint deadline) {
  CO_RETURN_IF_ERROR(co_await SleepFor(loop_, DelayBetween(from, to.host) * 2));
  if (IsCut(from, to.host) || IsCut(to.host, from)) {
    CO_RETURN_IF_ERROR(co_await SleepUntil(loop_, deadline));
    co_return Status(Code::kTimedOut, "connect to " + to.ToString() + ": timed out waiting for the network");
  }
  auto listener = listeners_.find(to);
  if (listener == listeners_.end()) co_return Status(Code::kConnectionRefused, "connect to " + to.ToString() + ": Connection refused");
  auto connection = std::make_shared<Connection>(*this, HostPort{from, next_port_++}, to);
  connections_.push_back(connection);
  listener->second->Add(std::make_unique<SimStream>(connection, 1));
  co_return std::unique_ptr<Stream>(std::make_unique<SimStream>(connection, 0));
}

}  // namespace tusk::sim
