// Blocks to hosts.
#include "mlkit/job/client/input_hosts.h"

#include <algorithm>

namespace tusk::ml {
namespace {

constexpr size_t kHostsMax = 3;   // of a worker

// The hosts with the most bytes.
std::vector<std::string> Best(const std::map<std::string, uint64_t>& bytes) {
  std::vector<std::pair<uint64_t, std::string>> hosts;
  for (const auto& [host, count] : bytes) hosts.emplace_back(count, host);
  std::sort(hosts.begin(), hosts.end(), [](const auto& a, const auto& b) { return a.first != b.first ? a.first > b.first : a.second < b.second; });
  std::vector<std::string> best;
  for (size_t i = 0; i < std::min(hosts.size(), kHostsMax); ++i) best.push_back(hosts[i].second);
  return best;
}

}  // namespace

std::map<std::string, int> HostsForRuns(const std::vector<mapreduce::BlockLocation>& blocks, int workers) {
  uint64_t total = 0;
  for (const mapreduce::BlockLocation& block : blocks) total += block.length;
  std::map<std::string, int> hosts;
  size_t first = 0;        // the block in which the worker's run begins
  uint64_t first_at = 0;
  const uint64_t runs = static_cast<uint64_t>(std::max(1, workers));
  for (uint64_t worker = 0; worker < runs && total > 0; ++worker) {
    const uint64_t begin = total / runs * worker, end = worker + 1 == runs ? total : total / runs * (worker + 1);
    while (first + 1 < blocks.size() && first_at + blocks[first].length <= begin) first_at += blocks[first++].length;
    std::map<std::string, uint64_t> bytes;
    uint64_t at = first_at;
    for (size_t i = first; i < blocks.size() && at < end; at += blocks[i++].length) {
      const uint64_t low = std::max(at, begin), high = std::min(at + blocks[i].length, end);
      for (const std::string& host : blocks[i].hosts) {
        if (high > low) bytes[host] += high - low;
      }
    }
    for (const std::string& host : Best(bytes)) ++hosts[host];
  }
  return hosts;
}

Result<std::map<std::string, int>> HostsForWorkers(mapreduce::FileSystems& files, const std::vector<std::string>& inputs, int workers) {
  std::vector<mapreduce::BlockLocation> blocks;
  for (const std::string& input : inputs) {
    ASSIGN_OR_RETURN(const mapreduce::Location location, files.Resolve(input));
    if (location.fs->uri().starts_with("file")) continue;
    ASSIGN_OR_RETURN(const mapreduce::FileStatus status, location.fs->Stat(location.path));
    ASSIGN_OR_RETURN(std::vector<mapreduce::BlockLocation> found, location.fs->Locations(location.path, 0, status.length));
    std::move(found.begin(), found.end(), std::back_inserter(blocks));
  }
  return HostsForRuns(blocks, workers);
}

}  // namespace tusk::ml
