// `tusk man [DIR]`: manual pages in roff (man macros): tusk(1), tusk-VERB(1), tusk-configuration(5).
#include <fmt/core.h>

#include "base/config/known_keys.h"
#include "dfs/shell/command.h"
#include "tools/tusk/docs/docs_verbs.h"
#include "tools/tusk/docs/help_texts.h"
#include "tools/tusk/verbs.h"

namespace tusk::tools {
namespace {

constexpr std::string_view kDate = "2026-11-22";

// Text as roff shows it: backslashes and dashes escaped, no line that is taken for a macro.
std::string Roff(std::string_view text) {
  std::string out;
  bool line_begins = true;
  for (char c : text) {
    if (line_begins && (c == '.' || c == '\'')) out += "\\&";
    line_begins = c == '\n';
    if (c == '\\') out += "\\e";
    else if (c == '-') out += "\\-";
    else if (c == '\t') out += "        ";
    else out += c;
  }
  return out;
}

std::string Trimmed(std::string text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) text.pop_back();
  return text;
}

std::string Head(std::string_view name, int section, std::string_view summary) {
  std::string upper(name);
  for (char& c : upper) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return fmt::format(".\\\" Made by `tusk man`.\n.TH {} {} {} tusk \"tusk manual\"\n.SH NAME\n{} \\- {}\n", Roff(upper), section, kDate, Roff(name), Roff(summary));
}

std::string Example(const std::string& text) { return ".nf\n" + Roff(Trimmed(text)) + "\n.fi\n"; }

std::string_view HadoopsProgram(unsigned programs) {
  if ((programs & kHdfs) != 0) return "hdfs";
  if ((programs & kHadoop) != 0) return "hadoop";
  if ((programs & kYarn) != 0) return "yarn";
  return (programs & kMapred) != 0 ? "mapred" : "";
}

std::string MainPage() {
  std::string page = Head("tusk", 1, "filesystem, resource manager and MapReduce that speak Hadoop's protocols");
  page += ".SH SYNOPSIS\n.B tusk\n[\\fB\\-\\-config\\fR \\fIDIR\\fR] \\fIVERB\\fR [\\fIARGUMENTS\\fR]\n"
          ".SH DESCRIPTION\nOne program for users, administrators and daemons. Called as hdfs, hadoop, yarn or mapred it has the verbs of Hadoop's script of that "
          "name. Each verb has a page of its own, tusk\\-VERB(1), and answers to\n.BR \\-help .\n.SH VERBS\n";
  for (const Verb& verb : Verbs()) {
    if (verb.summary.empty()) continue;
    page += fmt::format(".TP\n.B {}\n{}\n", Roff(verb.name), Roff(verb.summary));
    if (auto program = HadoopsProgram(verb.programs); !program.empty()) page += fmt::format("(also: {} {})\n", program, Roff(verb.name));
  }
  page += ".SH OPTIONS\n.TP\n.BI \\-\\-config \" DIR\"\nThe folder of core\\-site.xml, hdfs\\-site.xml, yarn\\-site.xml and mapred\\-site.xml.\n"
          ".TP\n.BI \\-D \" key=value\"\nA setting, after the verb.\n.TP\n.BI \\-fs \" URI\"\nAnother filesystem than fs.defaultFS, after the verb.\n"
          ".SH ENVIRONMENT\n.TP\n.B HADOOP_CONF_DIR\nThe configuration folder where \\-\\-config is not given.\n"
          ".TP\n.B HADOOP_USER_NAME\nThe user that the commands act as.\n"
          ".SH FILES\n.TP\n.I /etc/tusk/conf\nConfiguration of the packaged daemons.\n.TP\n.I ~/.tusk\nThe cluster of tusk up.\n"
          ".SH EXIT STATUS\nThat of Hadoop's commands: 0 for success; 1, 2 or 255 for failure.\n"
          ".SH SEE ALSO\n.BR tusk\\-configuration (5),\n.BR tusk\\-dfs (1),\n.BR tusk\\-doctor (1)\n";
  return page;
}

std::string ShellPage(const Verb& verb) {
  std::string page = Head(fmt::format("tusk-{}", verb.name), 1, verb.summary);
  page += fmt::format(".SH SYNOPSIS\n.B tusk {}\n[\\fIgeneric options\\fR] \\fB\\-command\\fR [\\fIoptions\\fR] [\\fIpath\\fR ...]\n", Roff(verb.name));
  page += ".SH DESCRIPTION\nCommands on files of the filesystem that fs.defaultFS names, or of the one in a path's scheme (hdfs://, file://). Patterns with *, ?, [] and {} are expanded.\n.SH COMMANDS\n";
  for (const auto& command : dfs::Verbs()) {
    page += fmt::format(".SS \\-{}\n.B \\-{}\n{}\n.PP\n{}\n", Roff(command.info.name), Roff(command.info.name), Roff(command.info.usage), Roff(Trimmed(command.info.description)));
    if (!command.info.replaced_by.empty()) page += fmt::format("An old name of \\fB{}\\fR.\n", Roff(command.info.replaced_by));
  }
  return page + ".SH SEE ALSO\n.BR tusk (1),\n.BR tusk\\-configuration (5)\n";
}

std::string VerbPage(const Verb& verb, const HelpText& help) {
  std::string page = Head(fmt::format("tusk-{}", verb.name), 1, verb.summary);
  page += fmt::format(".SH SYNOPSIS\n.B tusk {}\n[\\fIarguments\\fR]\n", Roff(verb.name));
  if (auto program = HadoopsProgram(verb.programs); !program.empty()) {
    page += fmt::format(".SH DESCRIPTION\nHadoop's \\fB{} {}\\fR: words, output and exit code are the same.\n", program, Roff(verb.name));
  }
  if (!help.text.empty()) page += ".SH USAGE\n" + Example(help.text);
  return page + ".SH SEE ALSO\n.BR tusk (1),\n.BR tusk\\-configuration (5)\n";
}

std::string KeysPage() {
  std::string page = Head("tusk-configuration", 5, "the keys of tusk's configuration files");
  page += ".SH DESCRIPTION\nHadoop's XML files (core\\-site.xml, hdfs\\-site.xml, yarn\\-site.xml, mapred\\-site.xml, capacity\\-scheduler.xml) are read as they are. "
          "These keys are read; Hadoop's others are accepted and change nothing. A * stands for a name. \\fBtusk config explain\\fR tells the value in force and where it is set.\n.SH KEYS\n";
  for (const KnownKey& key : KnownKeys()) {
    if (!key.explained() || StateOfKey(key.name) != KeyState::kImplemented) continue;
    page += fmt::format(".TP\n.B {}\n{}\n", Roff(key.name), Roff(key.meaning));
    page += fmt::format("({}{}{})\n", Roff(key.type), key.value.empty() ? "" : ", default: ", Roff(key.value));
  }
  return page + ".SH SEE ALSO\n.BR tusk (1)\n";
}

Status WritePages(CliContext& context, const std::string& folder) {
  ASSIGN_OR_RETURN(auto help, AskForHelp(context));
  RETURN_IF_ERROR(context.disk.MakeDirs(folder + "/man1", 0755));
  RETURN_IF_ERROR(context.disk.MakeDirs(folder + "/man5", 0755));
  auto write = [&](const std::string& name, const std::string& page) { return context.disk.WriteFileAtomic(folder + "/" + name, AsBytes(page)); };
  RETURN_IF_ERROR(write("man1/tusk.1", MainPage()));
  RETURN_IF_ERROR(write("man5/tusk-configuration.5", KeysPage()));
  for (const Verb& verb : Verbs()) {
    if (verb.summary.empty()) continue;
    const bool shell = verb.name == "dfs" || verb.name == "fs";
    RETURN_IF_ERROR(write(fmt::format("man1/tusk-{}.1", verb.name), shell ? ShellPage(verb) : VerbPage(verb, help[std::string(verb.name)])));
  }
  return Status::Ok();
}

}  // namespace

int RunMan(CliContext& context, std::vector<std::string> args) {
  if (args.size() > 1 || (!args.empty() && args[0].starts_with('-'))) {
    std::fputs("Usage: tusk man [DIR]\n  writes the manual pages to DIR/man1 and DIR/man5; without DIR tusk(1) to the output (tusk man | man -l -)\n", context.err);
    return 2;
  }
  if (args.empty()) {
    std::fputs(MainPage().c_str(), context.out);
    return 0;
  }
  const std::string folder = args[0].starts_with('/') ? args[0] : JoinPath(context.working_directory, args[0]);
  const Status written = WritePages(context, folder);
  if (written.ok()) return 0;
  std::fprintf(context.err, "tusk man: %s\n", std::string(written.message()).c_str());
  return 1;
}

}  // namespace tusk::tools
