// LoginLimiter: how often somebody may be wrong. Failures are counted by user and by address; who has logged in from an
// address before is not shut out of it by what others do in his name.
#pragma once

#include <deque>
#include <map>
#include <set>
#include <string>

#include "base/core/time.h"

namespace tusk::web {

class LoginLimiter {
 public:
  // How long until this user may try from this address; zero: now.
  Duration WaitFor(const std::string& user, const std::string& address, TimePoint now) const;
  void Failed(const std::string& user, const std::string& address, TimePoint now);
  // A try that was counted as a failure before it was known to be right.
  void Succeeded(const std::string& user, const std::string& address);

 private:
  static constexpr size_t kEntriesMax = 10000;
  // Tries that are left: `tries` at most, one more each `refill`.
  struct Rule {
    double tries;
    Duration refill;
  };
  static constexpr Rule kByUser{10, std::chrono::seconds(30)};
  static constexpr Rule kByAddress{20, std::chrono::seconds(10)};
  struct Bucket {
    double left = 0;
    TimePoint at{};
  };
  using Buckets = std::map<std::string, Bucket, std::less<>>;
  static double Left(const Buckets& buckets, const std::string& key, const Rule& rule, TimePoint now);
  static void GiveBack(Buckets& buckets, const std::string& key, const Rule& rule);
  static void Take(Buckets& buckets, const std::string& key, const Rule& rule, TimePoint now);

  Buckets users_;
  Buckets addresses_;
  std::set<std::pair<std::string, std::string>> known_;
};

}  // namespace tusk::web
