// The loop of `tusk top`: ask, show, wait for a key or the next turn.
#include "tools/tusk/top/top_verb.h"

#include <poll.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include <charconv>

#include "tools/tusk/top/top_text.h"

namespace tusk::tools {
namespace {

constexpr const char* kUsage =
    "Usage: tusk top [--once] [--json] [--delay SECONDS] [--sort COLUMN] [--rows N]\n"
    "  --once   one look, then the end; so too where the output is no terminal\n"
    "  --json   one look, for programs\n"
    "  --delay  seconds between looks (2)\n"
    "  --sort   applications by memory, vcores, containers, time, progress, user or name\n"
    "  --rows   most rows of each table (20; in a terminal as many as fit)\n"
    "Keys: q ends, m v c t p u n sort, a blank looks at once.\n";

struct TopOptions {
  bool once = false;
  bool json = false;
  bool hadoop = false;  // columns of `yarn top`
  double delay_seconds = 2;
  TopSort sort = TopSort::kMemory;
  size_t rows = 20;
};

Status ParseTop(const std::vector<std::string>& args, TopOptions& options) {
  for (size_t i = 0; i < args.size(); ++i) {
    std::string word = args[i];
    if (word.starts_with('-') && !word.starts_with("--")) word.insert(0, "-");  // Hadoop's have one dash
    if (word == "--once") options.once = true;
    else if (word == "--json") options.json = true;
    else if ((word == "--delay" || word == "--sort" || word == "--rows") && i + 1 < args.size()) {
      const std::string& value = args[++i];
      const char* end = value.data() + value.size();
      bool good = true;
      if (word == "--sort") {
        const auto sort = TopSortNamed(value);
        good = sort.has_value();
        options.sort = sort.value_or(options.sort);
      } else if (word == "--rows") {
        good = std::from_chars(value.data(), end, options.rows).ptr == end;
      } else {
        good = std::from_chars(value.data(), end, options.delay_seconds).ptr == end && options.delay_seconds >= 0.1 && options.delay_seconds <= 3600;
      }
      if (!good) return Status(Code::kInvalidArgument, args[i - 1] + ": \"" + value + "\" will not do");
    } else {
      return Status(Code::kInvalidArgument, "unknown option " + args[i]);
    }
  }
  return Status::Ok();
}

// Keys come one by one and are not shown, until the end.
class RawTerminal {
 public:
  RawTerminal() : works_(::tcgetattr(STDIN_FILENO, &before_) == 0) {
    if (!works_) return;
    termios raw = before_;
    raw.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO);
    ::tcsetattr(STDIN_FILENO, TCSANOW, &raw);
  }
  RawTerminal(const RawTerminal&) = delete;
  ~RawTerminal() {
    if (works_) ::tcsetattr(STDIN_FILENO, TCSANOW, &before_);
  }

 private:
  termios before_{};
  bool works_;
};

// The key pressed within the time; 0 for none, 'q' where the input has ended.
char AwaitKey(double seconds) {
  pollfd waits{STDIN_FILENO, POLLIN, 0};
  if (::poll(&waits, 1, static_cast<int>(seconds * 1000)) <= 0) return 0;
  char key = 0;
  return ::read(STDIN_FILENO, &key, 1) == 1 ? key : 'q';
}

void Show(CliContext& context, const std::vector<std::string>& lines, bool screen) {
  winsize size{};
  if (screen && (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_row == 0)) size = {24, 80, 0, 0};
  if (screen) std::fputs("\x1b[H", context.out);
  size_t left = screen ? size.ws_row - 1 : lines.size();
  for (const std::string& line : lines) {
    if (left-- == 0) break;
    std::fprintf(context.out, "%s%s\n", (screen ? line.substr(0, size.ws_col) : line).c_str(), screen ? "\x1b[K" : "");
  }
  if (screen) std::fputs("\x1b[J", context.out);
  std::fflush(context.out);
}

std::optional<TopSort> SortOfKey(char key) {
  switch (key) {
    case 'm': return TopSort::kMemory;
    case 'v': return TopSort::kVcores;
    case 'c': return TopSort::kContainers;
    case 't': return TopSort::kTime;
    case 'p': return TopSort::kProgress;
    case 'u': return TopSort::kUser;
    case 'n': return TopSort::kName;
    default: return std::nullopt;
  }
}

int RunTopLoop(CliContext& context, TopOptions options) {
  PageReader pages(context);
  const bool screen = !options.once && !options.json && ::isatty(STDOUT_FILENO) == 1 && ::isatty(STDIN_FILENO) == 1;
  std::optional<RawTerminal> raw;
  if (screen) {
    raw.emplace();
    std::fputs("\x1b[?1049h\x1b[2J", context.out);  // a screen of its own
  }
  int code = 0;
  for (;;) {
    TopSnapshot top = TakeTopSnapshot(pages, context.conf, context.clock.WallMillis());
    SortTop(top, options.sort);
    code = !top.dfs.trouble.empty() && !top.yarn.trouble.empty() ? 1 : 0;
    if (options.json) std::fprintf(context.out, "%s\n", TopJson(top).dump(1, ' ', false, nlohmann::ordered_json::error_handler_t::replace).c_str());
    else Show(context, options.hadoop ? YarnTopLines(top, options.rows) : TopLines(top, options.rows), screen);
    if (!screen) return code;
    const char key = AwaitKey(options.delay_seconds);
    if (key == 'q' || key == 4) break;
    options.sort = SortOfKey(key).value_or(options.sort);
  }
  std::fputs("\x1b[?1049l", context.out);
  return code;
}

}  // namespace

int RunTop(CliContext& context, std::vector<std::string> args) {
  if (args.size() == 1 && (args[0] == "-help" || args[0] == "--help" || args[0] == "-h")) {
    std::fputs(kUsage, context.out);
    return 0;
  }
  TopOptions options;
  options.hadoop = context.program == "yarn";
  const Status parsed = ParseTop(args, options);
  if (!parsed.ok()) {
    std::fprintf(context.err, "%s top: %s\n%s", context.program.c_str(), std::string(parsed.message()).c_str(), kUsage);
    return 2;
  }
  const std::string usual = EnvironmentVariable("HOME").value_or("/tmp") + "/.tusk/conf";
  if (context.conf_folder.empty() && context.disk.Exists(usual)) {
    const Status loaded = context.conf.LoadFolder(context.disk, usual);
    if (!loaded.ok()) {
      std::fprintf(context.err, "%s top: %s\n", context.program.c_str(), std::string(loaded.message()).c_str());
      return 1;
    }
  }
  return RunTopLoop(context, options);
}

}  // namespace tusk::tools
