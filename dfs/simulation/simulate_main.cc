// dfs-simulate [--seed N] [--seeds COUNT] [--minutes VIRTUAL] [--seconds REAL] [--datanodes N] [--verbose]: runs of the
// simulation; exit code 1 and the seed where something was lost. With --seconds it goes on for so long.
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "base/env/real_env.h"
#include "base/log/log.h"
#include "dfs/simulation/simulation.h"

int main(int argc, char** argv) {
  uint64_t seed = 1, seeds = 1;
  double real_seconds = 0;
  tusk::dfs::simulation::SimulationOptions options;
  tusk::SetLogLevel("", tusk::LogLevel::kOff);
  for (int i = 1; i < argc; ++i) {
    const auto number = [&] { return i + 1 < argc ? std::strtod(argv[++i], nullptr) : 0; };
    if (std::strcmp(argv[i], "--seed") == 0) {
      seed = static_cast<uint64_t>(number());
    } else if (std::strcmp(argv[i], "--seeds") == 0) {
      seeds = static_cast<uint64_t>(number());
    } else if (std::strcmp(argv[i], "--minutes") == 0) {
      options.span = std::chrono::seconds(static_cast<int64_t>(number() * 60));
    } else if (std::strcmp(argv[i], "--seconds") == 0) {
      real_seconds = number();
    } else if (std::strcmp(argv[i], "--datanodes") == 0) {
      options.datanodes = static_cast<int>(number());
    } else if (std::strcmp(argv[i], "--verbose") == 0) {
      options.log = true;
      tusk::SetLogLevel("", tusk::LogLevel::kInfo);
    } else {
      std::fprintf(stderr, "dfs-simulate: %s: unknown option; see the head of simulate_main.cc\n", argv[i]);
      return 2;
    }
  }
  const std::unique_ptr<tusk::Clock> clock = tusk::MakeSystemClock();
  const tusk::TimePoint start = clock->Now();
  const auto elapsed = [&] { return std::chrono::duration<double>(clock->Now() - start).count(); };
  double hours = 0;
  uint64_t runs = 0, failed = 0, operations = 0, faults = 0;
  for (; real_seconds > 0 ? elapsed() < real_seconds : runs < seeds; ++runs) {
    const tusk::dfs::simulation::SimulationReport report = tusk::dfs::simulation::Simulate(seed + runs, options);
    hours += report.simulated_hours;
    operations += report.operations;
    for (const auto& [fault, count] : report.faults) faults += static_cast<uint64_t>(count);
    for (const std::string& violation : report.violations) std::printf("seed %llu: %s\n", static_cast<unsigned long long>(report.seed), violation.c_str());
    failed += report.violations.empty() ? 0 : 1;
    if (options.log) {
      std::printf("seed %llu: %llu operations, %llu writes acknowledged, %llu in doubt, %llu files, %.1f MB read back, %llu events\n",
                  static_cast<unsigned long long>(report.seed), static_cast<unsigned long long>(report.operations),
                  static_cast<unsigned long long>(report.acknowledged_writes), static_cast<unsigned long long>(report.failures),
                  static_cast<unsigned long long>(report.files), static_cast<double>(report.bytes_verified) / 1e6,
                  static_cast<unsigned long long>(report.events));
    }
    std::fflush(stdout);
  }
  std::printf("%llu seeds, %llu failed; %.1f simulated hours in %.1f s, %llu operations, %llu faults\n", static_cast<unsigned long long>(runs),
              static_cast<unsigned long long>(failed), hours, elapsed(), static_cast<unsigned long long>(operations),
              static_cast<unsigned long long>(faults));
  return failed == 0 ? 0 : 1;
}
