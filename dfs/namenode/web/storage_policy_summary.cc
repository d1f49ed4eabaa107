// StoragePolicySummary, see the header. Columns and words are Hadoop's.
#include "dfs/namenode/web/storage_policy_summary.h"

#include <algorithm>
#include <cstdio>

namespace tusk::dfs {
namespace {

// As Hadoop orders its storage types.
int Rank(int type) {
  constexpr int kRanks[] = {0, 3, 2, 4, 1, 5, 6};  // by StorageTypeProto's number
  return type > 0 && type < kStorageTypesEnd ? kRanks[type] : 0;
}

void SortTypes(std::vector<int>& types) {
  std::sort(types.begin(), types.end(), [](int a, int b) { return Rank(a) < Rank(b); });
}

// A policy's last type is the one of all further replicas.
const StoragePolicy* PolicyThatPlaces(const std::vector<int>& types) {
  for (const StoragePolicy& policy : StoragePolicies()) {
    std::vector<int> wanted = policy.creation;
    SortTypes(wanted);
    if (wanted.size() > types.size()) continue;
    wanted.resize(types.size(), wanted.back());
    if (wanted == types) return &policy;
  }
  return nullptr;
}

// "DISK:2,ARCHIVE:1(WARM)"
std::string Describe(const std::vector<int>& types, const StoragePolicy* actual) {
  std::string text;
  for (size_t i = 0; i < types.size();) {
    const size_t begin = i;
    while (i < types.size() && types[i] == types[begin]) ++i;
    if (!text.empty()) text += ",";
    text += std::string(StorageTypeName(types[begin])) + ":" + std::to_string(i - begin);
  }
  return actual == nullptr ? text : text + "(" + std::string(actual->name) + ")";
}

std::string Columns(const std::string& left, size_t width, const std::string& right) {
  return left + std::string(left.size() < width ? width - left.size() : 0, ' ') + right;
}

}  // namespace

void StoragePolicySummary::Add(std::vector<int> storage_types, uint8_t policy) {
  SortTypes(storage_types);
  const StoragePolicy* wanted = FindStoragePolicy(policy == 0 ? kDefaultStoragePolicy : policy);
  ++blocks_;
  for (Combination& known : combinations_) {
    if (known.wanted != wanted || known.types != storage_types) continue;
    ++known.blocks;
    return;
  }
  const StoragePolicy* actual = PolicyThatPlaces(storage_types);
  combinations_.push_back({std::move(storage_types), wanted, actual, 1});
}

std::string StoragePolicySummary::ToString() const {
  std::vector<const Combination*> sorted;
  for (const Combination& one : combinations_) sorted.push_back(&one);
  std::sort(sorted.begin(), sorted.end(), [](const Combination* a, const Combination* b) {
    return a->blocks != b->blocks ? a->blocks > b->blocks : a < b;
  });
  std::string good =
      "\nBlocks satisfying the specified storage policy:\n"
      "Storage Policy                  # of blocks       % of blocks\n";
  std::string bad;
  for (const Combination* combination : sorted) {
    const Combination& one = *combination;
    char numbers[64];
    std::snprintf(numbers, sizeof numbers, " %10llu  %19.4f%%\n", static_cast<unsigned long long>(one.blocks),
                  100.0 * static_cast<double>(one.blocks) / static_cast<double>(blocks_));
    const std::string what = Describe(one.types, one.actual);
    if (one.wanted == one.actual) {
      good += Columns(what, 25, numbers);
      continue;
    }
    if (bad.empty()) {
      bad = "\nBlocks NOT satisfying the specified storage policy:\n"
            "Storage Policy                  Specified Storage Policy      # of blocks       % of blocks\n";
    }
    bad += Columns(what, 35, " " + Columns(one.wanted == nullptr ? "" : std::string(one.wanted->name), 20, numbers));
  }
  return good + (bad.empty() ? "\nAll blocks satisfy specified storage policy.\n" : bad);
}

}  // namespace tusk::dfs
