// Serving map outputs. The order of the checks and their texts are Hadoop's.
#include "mapreduce/shuffle/shuffle_service.h"

#include <charconv>

#include "base/async/blocking_pool.h"
#include "base/core/writable.h"
#include "base/log/log.h"
#include "base/security/hmac.h"
#include "base/security/token.h"
#include "mapreduce/shuffle/shuffle_wire.h"

namespace tusk::mapreduce {

namespace {
constexpr uint64_t kIndexBytesMax = 64 << 20;
constexpr size_t kMapsMax = 10'000;  // of one request

http::ResponseHead HeadOf(int status) {
  http::ResponseHead head;
  head.status = status;
  head.headers.Add("name", kShuffleHttpName);
  head.headers.Add("version", kShuffleHttpVersion);
  return head;
}

// Attempt ids become part of a path: nothing but their own letters may be in them.
bool IsAttemptId(std::string_view id) {
  return id.starts_with("attempt_") && id.size() < 200 &&
         id.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") == std::string_view::npos;
}
}  // namespace

ShuffleService::ShuffleService(Env env, HostPort bind) : env_(env), bind_(std::move(bind)) {}
ShuffleService::~ShuffleService() = default;

Result<HostPort> ShuffleService::BindAddress(const Configuration& conf) {
  ASSIGN_OR_RETURN(int64_t port, conf.GetInt("mapreduce.shuffle.port", kShufflePortDefault));
  if (port < 0 || port > 65535) return Status(Code::kInvalidArgument, "mapreduce.shuffle.port: " + std::to_string(port) + " is no port");
  std::string host = conf.Get("yarn.nodemanager.bind-host", "");
  if (host.empty()) {
    ASSIGN_OR_RETURN(HostPort address, HostPort::Parse(conf.Get("yarn.nodemanager.address", "127.0.0.1:0"), 0));
    host = address.host;
  }
  return HostPort{host, static_cast<uint16_t>(port)};
}

std::string ShuffleService::name() const { return kShuffleServiceName; }

Task<Status> ShuffleService::Start() {
  http::ServerOptions options;
  options.bind = bind_;
  options.name = "shuffle";
  CO_ASSIGN_OR_RETURN(server_, http::Server::Listen(env_, std::move(options)));
  server_->Handle("", "/", [this](http::Exchange& exchange) { return Serve(exchange); });
  port_ = server_->address().port;
  server_->Start();
  LogInfo("shuffle", "serving map outputs on port {}", port_);
  co_return Status::Ok();
}

Task<void> ShuffleService::Stop() {
  if (server_) co_await server_->Shutdown();
}

std::string ShuffleService::metadata() const {
  uint8_t bytes[4];
  StoreBigEndian<uint32_t>(bytes, port_);
  return std::string(AsText(bytes));
}

Status ShuffleService::InitializeApplication(const yarn::AuxApplication& application) {
  WritableReader reader(AsBytes(application.service_data));
  ASSIGN_OR_RETURN(Token token, ReadToken(reader));
  std::string job = JobIdOfApplication(application.application_id);
  jobs_[job] = {application.application_id, application.user, token.password, application.local_dirs};
  LogInfo("shuffle", "Added token for {}", job);
  return Status::Ok();
}

void ShuffleService::StopApplication(const std::string& application_id) { jobs_.erase(JobIdOfApplication(application_id)); }

ShuffleService::Refusal ShuffleService::ReadQuery(const http::Request& request, Wanted& wanted) {
  if (request.headers.Get("name", "") != kShuffleHttpName || request.headers.Get("version", "") != kShuffleHttpVersion) {
    return {400, "Incompatible shuffle request version"};
  }
  int jobs = 0, reduces = 0;
  std::string reduce;
  for (const auto& [key, value] : request.query.pairs()) {
    if (key == "job") {
      wanted.job = value;
      ++jobs;
    } else if (key == "reduce") {
      reduce = value;
      ++reduces;
    } else if (key == "keepAlive") {
      wanted.keep_alive = value == "true";
    } else if (key == "map") {
      for (size_t at = 0; at <= value.size();) {
        size_t comma = std::min(value.find(',', at), value.size());
        if (comma > at) wanted.maps.push_back(value.substr(at, comma - at));
        at = comma + 1;
      }
    }
  }
  if (jobs == 0 || reduces == 0 || wanted.maps.empty()) return {400, "Required param job, map and reduce"};
  if (jobs > 1 || reduces > 1) return {400, "Too many job/reduce parameters"};
  auto [end, error] = std::from_chars(reduce.data(), reduce.data() + reduce.size(), wanted.reduce);
  if (error != std::errc() || end != reduce.data() + reduce.size()) return {400, "Bad reduce parameter"};
  if (!wanted.job.starts_with("job_") || wanted.maps.size() > kMapsMax) return {400, "Bad job parameter"};
  return {};
}

ShuffleService::Refusal ShuffleService::Authenticate(const http::Request& request, const JobOutputs& job, std::string& reply_hash) const {
  std::optional<std::string_view> url_hash = request.headers.Get(kUrlHashHeader);
  if (!url_hash) return {401, "fetcher cannot be authenticated"};
  if (!EqualInConstantTime(*url_hash, ShuffleUrlHash(job.secret, port_, request.target))) {
    return {401, "Verification of the hashReply failed"};
  }
  reply_hash = ShuffleReplyHash(job.secret, *url_hash);
  return {};
}

Result<ShuffleService::Segment> ShuffleService::OpenSegment(Disk& disk, const JobOutputs& job, const std::string& attempt, int reduce) {
  if (IsAttemptId(attempt)) {
    for (const std::string& dir : job.local_dirs) {
      std::string path = dir + "/output/" + attempt + "/file.out";
      if (!disk.Exists(path + ".index")) continue;
      ASSIGN_OR_RETURN(std::string index_bytes, disk.ReadFile(path + ".index", kIndexBytesMax));
      ASSIGN_OR_RETURN(std::vector<SegmentIndex> index, DecodeSpillIndex(AsBytes(index_bytes)));
      if (reduce < 0 || static_cast<size_t>(reduce) >= index.size()) {
        return Status(Code::kInvalidArgument, "Invalid request  Map Id = " + attempt + " Reducer = " + std::to_string(reduce) +
                                                  " Index Info Length = " + std::to_string(index.size()));
      }
      const SegmentIndex& wanted = index[static_cast<size_t>(reduce)];
      Segment segment;
      segment.header = ShuffleHeader{attempt, wanted.part_length, wanted.raw_length, reduce}.Encode();
      ASSIGN_OR_RETURN(segment.file, disk.Open(path, OpenMode::kRead));
      segment.start = wanted.start;
      segment.length = wanted.part_length;
      return segment;
    }
  }
  return Status(Code::kFileNotFound, "Could not find usercache/" + job.user + "/appcache/" + job.application_id + "/output/" + attempt +
                                         "/file.out.index in any of the directories");
}

Task<Status> ShuffleService::SendSegments(http::Exchange& exchange, std::vector<Segment> segments, std::string reply_hash, bool keep_alive) {
  uint64_t length = 0;
  for (const Segment& segment : segments) length += segment.header.size() + segment.length;
  http::ResponseHead head = HeadOf(200);
  head.headers.Add(kReplyHashHeader, std::move(reply_hash));
  if (!keep_alive) exchange.CloseAfter();
  CO_RETURN_IF_ERROR(co_await exchange.Begin(std::move(head), length));
  for (const Segment& segment : segments) {
    CO_RETURN_IF_ERROR(co_await exchange.Write(segment.header));
    CO_RETURN_IF_ERROR(co_await exchange.WriteFile(*segment.file, segment.start, segment.length));
  }
  co_return Status::Ok();
}

Task<void> ShuffleService::Serve(http::Exchange& exchange) {
  const http::Request& request = exchange.request();
  Wanted wanted;
  Refusal refusal;
  std::string reply_hash;
  std::vector<Segment> segments;
  if (request.method != "GET") {
    refusal = {405, ""};
  } else {
    refusal = ReadQuery(request, wanted);
  }
  auto job = jobs_.find(wanted.job);
  if (refusal.status == 0 && job == jobs_.end()) refusal = {401, "Can't find job token for job " + wanted.job + " !!"};
  if (refusal.status == 0) refusal = Authenticate(request, job->second, reply_hash);
  if (refusal.status == 0) {
    JobOutputs outputs = job->second;  // the job may go while the disk is read
    Result<std::vector<Segment>> opened = co_await env_.disk_pool.Run([&]() -> Result<std::vector<Segment>> {
      std::vector<Segment> found;
      for (const std::string& map : wanted.maps) {
        ASSIGN_OR_RETURN(Segment segment, OpenSegment(env_.disk, outputs, map, wanted.reduce));
        found.push_back(std::move(segment));
      }
      return found;
    });
    if (opened.ok()) {
      segments = std::move(opened).value();
    } else {
      refusal = {500, std::string(opened.status().message())};
    }
  }
  if (refusal.status != 0) {
    LogWarn("shuffle", "{} from {}: {} {}", request.target.substr(0, 200), request.remote.ToString(), refusal.status, refusal.text);
    http::Response response{HeadOf(refusal.status), refusal.text};
    if (!refusal.text.empty()) response.head.headers.Add("Content-Type", "text/plain; charset=UTF-8");
    (void)co_await exchange.Reply(std::move(response));
    co_return;
  }
  bool keep_alive = wanted.keep_alive;
  Status sent = co_await SendSegments(exchange, std::move(segments), std::move(reply_hash), keep_alive);
  if (!sent.ok()) LogDebug("shuffle", "sending to {}: {}", request.remote.ToString(), sent.ToString());
}

}  // namespace tusk::mapreduce
