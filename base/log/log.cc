// The sink behind Log, over spdlog.
#include "base/log/log.h"

#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <atomic>
#include <map>
#include <memory>
#include <mutex>

namespace tusk {
namespace {

// The one process-wide object of tusk: log lines come from everywhere, also before and after Env.
struct LogState {
  std::shared_ptr<spdlog::logger> logger = MakeLogger(std::make_shared<spdlog::sinks::stderr_sink_mt>());
  std::atomic<LogLevel> default_level{LogLevel::kWarn};
  std::atomic<bool> has_overrides{false};
  std::mutex mutex;
  std::map<std::string, LogLevel, std::less<>> overrides;

  static std::shared_ptr<spdlog::logger> MakeLogger(std::shared_ptr<spdlog::sinks::sink> sink) {
    auto logger = std::make_shared<spdlog::logger>("tusk", std::move(sink));
    logger->set_pattern("%Y-%m-%d %H:%M:%S,%e %v");
    logger->set_level(spdlog::level::trace);
    logger->flush_on(spdlog::level::info);
    return logger;
  }
};

LogState& State() {
  static LogState state;
  return state;
}

constexpr const char* kNames[] = {"TRACE", "DEBUG", "INFO", "WARN", "ERROR", "OFF"};
constexpr spdlog::level::level_enum kLevels[] = {spdlog::level::trace, spdlog::level::debug, spdlog::level::info,
                                                 spdlog::level::warn,  spdlog::level::err,   spdlog::level::off};

}  // namespace

LogLevel GetLogLevel(std::string_view module) {
  LogState& state = State();
  if (state.has_overrides) {
    std::lock_guard lock(state.mutex);
    // "namenode" also speaks for "namenode.editlog".
    for (std::string_view name = module;; name = name.substr(0, name.rfind('.'))) {
      if (auto found = state.overrides.find(name); found != state.overrides.end()) return found->second;
      if (name.find('.') == std::string_view::npos) break;
    }
  }
  return state.default_level;
}

bool LogEnabled(std::string_view module, LogLevel level) { return level >= GetLogLevel(module); }

void LogLine(std::string_view module, LogLevel level, std::string_view text) {
  auto index = static_cast<size_t>(level);
  State().logger->log(kLevels[index], "{} {}: {}", kNames[index], module, text);
}

void OpenLogFile(const std::string& path) {
  State().logger = LogState::MakeLogger(std::make_shared<spdlog::sinks::basic_file_sink_mt>(path));
  State().default_level = LogLevel::kInfo;
}

void OpenLogStderr(LogLevel level) { State().default_level = level; }

void SetLogLevel(std::string_view module, LogLevel level) {
  LogState& state = State();
  if (module.empty()) {
    state.default_level = level;
    return;
  }
  std::lock_guard lock(state.mutex);
  state.overrides[std::string(module)] = level;
  state.has_overrides = true;
}

}  // namespace tusk
