// Logging: one line per event on the sink that `main` opened (a file, or standard error), "time LEVEL module: text".
// Lines at error level fail simulation runs. Never log secrets. Not for inner loops.
//
//   LogInfo("editlog", "rolled segment, first txid {}", txid);
#pragma once

#include <fmt/core.h>

#include <string>
#include <string_view>

namespace tusk {

enum class LogLevel { kTrace, kDebug, kInfo, kWarn, kError, kOff };

// Whether a line of `level` from `module` would be written.
bool LogEnabled(std::string_view module, LogLevel level);
void LogLine(std::string_view module, LogLevel level, std::string_view text);

// Called by `main` once, before threads start. Before it, kWarn and up go to standard error.
void OpenLogFile(const std::string& path);
void OpenLogStderr(LogLevel level);
// "" sets the default of all modules; what /logLevel changes.
void SetLogLevel(std::string_view module, LogLevel level);
LogLevel GetLogLevel(std::string_view module);

template <typename... Args>
void Log(LogLevel level, std::string_view module, fmt::format_string<Args...> format, Args&&... args) {
  if (LogEnabled(module, level)) LogLine(module, level, fmt::format(format, std::forward<Args>(args)...));
}
template <typename... Args>
void LogDebug(std::string_view module, fmt::format_string<Args...> format, Args&&... args) {
  Log(LogLevel::kDebug, module, format, std::forward<Args>(args)...);
}
template <typename... Args>
void LogInfo(std::string_view module, fmt::format_string<Args...> format, Args&&... args) {
  Log(LogLevel::kInfo, module, format, std::forward<Args>(args)...);
}
template <typename... Args>
void LogWarn(std::string_view module, fmt::format_string<Args...> format, Args&&... args) {
  Log(LogLevel::kWarn, module, format, std::forward<Args>(args)...);
}
template <typename... Args>
void LogError(std::string_view module, fmt::format_string<Args...> format, Args&&... args) {
  Log(LogLevel::kError, module, format, std::forward<Args>(args)...);
}

}  // namespace tusk
